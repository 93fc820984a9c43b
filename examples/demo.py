"""Four questions answered with derivatives of C++ functions, then a real fit that ends in a picture.

Run it with `make demo`, or `python examples/demo.py`; `--quick` times calls less thoroughly and fits from fewer starts.
"""

from __future__ import annotations

import argparse
import os
from time import perf_counter

# The optimiser's matrices are 45 x 45: threads of the linear algebra library would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import use_cases
from iris_fit import fit_iris
from screen import console

import zymogen as zg


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short timing runs and few starts")
    quick = parser.parse_args().quick
    begun = perf_counter()
    # Costs compare work with work, on one thread; a batch would otherwise be split over all cores.
    threads = zg.get_num_threads()
    zg.set_num_threads(1)
    cases = (
        use_cases.one_component_of_a_gradient,
        use_cases.one_entry_of_a_third_derivative,
        use_cases.an_array_by_one_number,
        use_cases.second_derivatives_of_a_model,
    )
    for case in cases:
        case(rounds=11 if quick else 101).show()
    zg.set_num_threads(threads)
    fit_iris(starts=4 if quick else 12)
    console.print(
        f"All of this took {perf_counter() - begun:.1f} s. Compiled code is kept: the next run needs no compiler."
    )


if __name__ == "__main__":
    main()
