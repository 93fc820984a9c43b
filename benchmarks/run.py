"""Measure zymogen beside others: `python benchmarks/run.py [--quick | --full] [--only PROBLEM] [--json FILE]`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import one_thread

_RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure what was asked for, show it, and write it down."""
    options = _parser().parse_args()
    one_thread.set_environment()
    # What follows loads NumPy, and has to come after.
    from machine import description
    from problems import find_problems
    from report import as_json, write
    from screen import console, show
    from timing import FULL, QUICK, USUAL

    import zymogen as zg

    problems = find_problems()
    if unknown := set(options.only) - set(problems):
        _parser().error(f"no problem {', '.join(sorted(unknown))}. There are {', '.join(problems)}.")
    effort = QUICK if options.quick else FULL if options.full else USUAL
    effort = replace(effort, contenders=tuple(options.contender), clock=options.clock)
    machine = description()
    console.print(*(f"{name}: {value}" for name, value in machine.items()), sep="\n", highlight=False)
    zg.set_num_threads(1)
    figures, goals = [], []
    for problem in [problems[name] for name in options.only or problems]:
        with console.status(f"measuring {problem.about}"):
            measured = list(problem.measure(effort))
        show(problem, as_json(machine, effort, measured, problem.goals, quick=options.quick))
        figures += measured
        goals += problem.goals
        # After each problem: whoever interrupts the run has what was measured before.
        write(as_json(machine, effort, figures, goals, quick=options.quick), options.json)
    if options.quick:
        console.print("--quick: these numbers show that everything runs, and nothing else.")
    console.print(f"written to {options.json}, and as tables beside it", highlight=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure zymogen; README.md says how and what the figures mean.")
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_true", help="only show that everything runs")
    effort.add_argument("--full", action="store_true", help="take more samples, and wait for the slow ones")
    parser.add_argument("--only", metavar="PROBLEM", action="append", default=[], help="this one; may be repeated")
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu: time of this process alone, on a busy machine"
    )
    parser.add_argument(
        "--contender", metavar="NAME", action="append", default=[], help="this one alone; may be repeated"
    )
    parser.add_argument(
        "--json", metavar="FILE", type=Path, default=_RESULTS / "report.json", help="where to write the report"
    )
    return parser


if __name__ == "__main__":
    main()
