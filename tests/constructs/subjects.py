"""All constructs, by subject: the kernels in the folder beside this file, and kernels made of one expression each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.packages import file_of

from . import references as exact
from .construct import Construct
from .expressions import OF_COMPLEX, OF_REAL, Family

KERNELS = Path(__file__).parent / "kernels"
_SINGLE = 1e-6  # float32 somewhere in the kernel
_HALF = 1e-2  # 11 bits

# A comment with the title, perhaps one with what to write instead, further functions, and the kernel.
_KERNEL = re.compile(
    r"^// (?P<title>[^\n]+)\n(?:// Instead: (?P<instead>[^\n]+)\n)?(?:(?!// |ZYMOGEN_KERNEL)[^\n]*\n)*"
    r"ZYMOGEN_KERNEL\((?P<name>\w+),",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Subject:
    """A section of the page."""

    title: str
    constructs: tuple[Construct, ...]
    family: Family | None = None
    """What the constructs were made by, where they are expressions."""


def _kernels(
    file: str,
    usual: Callable[..., Any],
    others: Mapping[str, Callable[..., Any]],
    *,
    ending: str = "",
    tolerances: Mapping[str, float] | None = None,
    by_default: Collection[str] | None = None,
    **options: Any,
) -> tuple[Construct, ...]:
    """The constructs of a file: most compute the usual function. Those of `by_default`, or all, have a short test."""
    path, tolerances = KERNELS / file, tolerances or {}
    return tuple(
        Construct(
            title=row["title"] + ending,
            name=row["name"],
            source=str(path),
            reference=others.get(row["name"], usual),
            instead=row["instead"] or "",
            options=options,
            tolerance=tolerances.get(row["name"], Construct.tolerance),
            exhaustive=by_default is not None and row["name"] not in by_default,
        )
        for row in _KERNEL.finditer(path.read_text(encoding="utf-8"))
    )


def _of_eigen() -> tuple[Construct, ...]:
    options: dict[str, Any] = {"include": [file_of("cmeel-eigen", "cmeel.prefix/include/eigen3")]}
    of_products = {
        "vectors": exact.vectors,
        "matrix_vector": exact.squared_image,
        "fixed_product": exact.fixed_product,
        "fixed_inverse": exact.fixed_inverse,
    }
    of_triangles = dict.fromkeys(("triangular_solve", "fixed_triangular_solve"), exact.solved_triangular)
    of_eigenvalues = {
        "direct_eigenvalues": exact.largest_of_three_eigenvalues,
        "singular_values": exact.largest_singular_value,
    }
    # Most take compilers long.
    long: dict[str, Any] = {**options, "by_default": ("vectors", "fixed_product", "fixed_lu_solve")}
    return (
        _kernels("linear_algebra.cpp", exact.sum_of_squared_matrix, of_products, **long)
        + _kernels("products.cpp", exact.sum_of_squared_matrix, {}, **long)
        + _kernels("lu.cpp", exact.solved_general, {"determinant": exact.determinant_of_general}, **long)
        + _kernels("cholesky.cpp", exact.solved_symmetric, of_triangles, **long)
        + _kernels("qr.cpp", exact.solved_general, {}, **long)
        + _kernels("eigenvalues.cpp", exact.logarithm_of_eigenvalue, of_eigenvalues, **long)
    )


@cache
def subjects() -> tuple[Subject, ...]:
    return (
        Subject(
            "Containers and views",
            _kernels(
                "containers.cpp",
                exact.ring,
                {
                    "vector_swapped": exact.time_steps,
                    "map": exact.of_three_keys,
                    "unordered_map": exact.of_three_keys,
                    "map_of_integers": exact.of_three_keys,
                },
            ),
        ),
        Subject("Memory", _kernels("memory.cpp", exact.ring, {"fast_inverse_root": exact.inverse_roots})),
        Subject(
            "Functions, classes, calls",
            _kernels(
                "functions.cpp",
                exact.cubes,
                dict.fromkeys(
                    (
                        "table_of_functions",
                        "switch_of_functions",
                        "virtual_on_the_stack",
                        "virtual_on_the_heap",
                        "variant_of_classes",
                    ),
                    exact.alternating,
                ),
            ),
        ),
        Subject(
            "Loops, branches, exceptions",
            _kernels(
                "control.cpp",
                exact.ring,
                {
                    "converging_loop": exact.roots,
                    "counted_by_data": exact.counted_by_data,
                    "break_and_continue": exact.break_and_continue,
                    "continue_in_while": exact.continue_in_while,
                    "out_of_a_nest": exact.out_of_a_nest,
                    "break_in_a_branch": exact.break_in_a_branch,
                    "early_return": exact.early_return,
                    "nested_loops": exact.nested_loops,
                    "switch_and_goto": exact.switch_and_goto,
                    "branches": exact.branches,
                    "interpolation": exact.interpolation,
                },
            ),
        ),
        Subject(
            "Algorithms",
            _kernels(
                "algorithms.cpp",
                exact.ring,
                {
                    **dict.fromkeys(
                        (
                            "sorted",
                            "sorted_by_distance",
                            "sorted_backwards",
                            "sorted_positions",
                            "sorted_pairs",
                            "sorted_by_member",
                            "sorted_stably",
                            "insertion_sort",
                        ),
                        exact.ranked,
                    ),
                    **dict.fromkeys(("sorted_in_part", "second_least"), exact.of_the_two_least),
                    "largest": exact.largest,
                    "inner_product": exact.products_and_sum,
                    "transform_reduce": exact.products_and_sum,
                    "lower_bound": exact.lower_bound,
                    "clamped": exact.clamped,
                    "views": exact.views,
                    "random_numbers": exact.random_numbers,
                },
                # What sorts takes compilers long, and tests/derivatives/test_sorting.py has all of it.
                by_default=(
                    "sorted_stably",
                    "insertion_sort",
                    "largest",
                    "inner_product",
                    "transform_reduce",
                    "partial_sum",
                    "scans",
                    "transform",
                    "rotated",
                    "lower_bound",
                    "clamped",
                    "views",
                    "zipped",
                    "random_numbers",
                ),
            ),
        ),
        Subject(
            "Variables that outlive a call, and the world outside",
            _kernels(
                "state.cpp",
                exact.ring,
                {
                    **dict.fromkeys(("constant_table", "global_vector_read", "static_vector"), exact.weighted_squares),
                    "computed_table": exact.evenly_weighted_squares,
                    "global_read": exact.one_and_a_half,
                    "thread_local_read": exact.one_and_a_half,
                    "global_written": exact.with_first_squared,
                    "unseen": exact.significands,
                },
            ),
        ),
        Subject(
            "Numbers of other sizes",
            _kernels(
                "precision.cpp",
                exact.ring,
                {
                    "float_functions": exact.functions_of_float,
                    "long_double_functions": exact.sines_and_exponentials,
                    "through_integers": exact.through_integers,
                    "complex_of_float": exact.complex_product,
                },
                tolerances={
                    **dict.fromkeys(("float_inside", "float_buffer", "float_functions", "complex_of_float"), _SINGLE),
                    "half_precision": _HALF,
                },
            ),
        ),
        Subject("Functions of numbers", tuple(map(OF_REAL.single, OF_REAL.functions)), OF_REAL),
        Subject("Functions of complex numbers", tuple(map(OF_COMPLEX.single, OF_COMPLEX.functions)), OF_COMPLEX),
        Subject("Eigen", _of_eigen()),
        Subject(
            "BLAS",
            _kernels(
                "blas.cpp",
                exact.ring,
                {
                    "dot": exact.dot,
                    "norm": exact.norm,
                    "axpy": exact.axpy,
                    "gemv": exact.gemv,
                    "gemm": exact.gemm,
                },
                libraries=[file_of("scipy-openblas32", "scipy_openblas32/lib/libscipy_openblas.so")],
            ),
        ),
        Subject(
            "OpenMP",
            _kernels("openmp.cpp", exact.ring, {}, ending=", without a flag")
            + _kernels("openmp.cpp", exact.ring, {}, ending=", with `-fopenmp`", flags=["-fopenmp"]),
        ),
    )
