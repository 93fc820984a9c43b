"""Time derivatives built with other flags than zymogen's: `python benchmarks/flags.py [--quick] [--only PROBLEM]`.

Prints a table for each kind of arithmetic: the time of each quantity over that of what zymogen does, in one run.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import one_thread

_RESULTS = Path(__file__).parent / "results" / "flags.md"


def main() -> None:
    """Measure what was asked for, show it, and write it down."""
    options = _parser().parse_args()
    one_thread.set_environment()
    # What follows loads NumPy, and has to come after.
    from flag_tables import as_markdown, columns
    from machine import description
    from timing import QUICK, USUAL
    from variations import AS_IS, VARIATIONS

    import zymogen as zg

    zg.set_num_threads(1)
    zg.set_specialization("off")  # what is specialized is so from the beginning
    effort = QUICK if options.quick else replace(USUAL, most_seconds=8.0)
    chosen = [one for one in VARIATIONS if not options.variation or one is AS_IS or one.name in options.variation]
    parts = ["\n".join(f"- {name}: {value}" for name, value in description().items())]
    for math in ("strict", "fast"):
        variations = [one for one in chosen if math in one.maths]
        parts.append(as_markdown(math, variations, columns(math, variations, effort, options.only)))
        print(parts[-1], flush=True)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Time derivatives built with other flags than zymogen's.")
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    parser.add_argument("--only", metavar="PROBLEM", action="append", default=[], help="this one; may be repeated")
    parser.add_argument("--variation", metavar="NAME", action="append", default=[], help="this one; may be repeated")
    parser.add_argument("--output", metavar="FILE", type=Path, default=_RESULTS, help="where to write the tables")
    return parser


if __name__ == "__main__":
    main()
