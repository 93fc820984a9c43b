"""`check_derivatives`: forward against reverse mode, and both against differences."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any, Literal, get_args

from zymogen.declaration import REAL
from zymogen.errors import (
    ArgumentError,
    DerivativeCheckError,
    EnzymeError,
    NotDifferentiableError,
    ShapeError,
    ZymogenError,
)
from zymogen.runtime.checks.chain import with_generic_seeds
from zymogen.runtime.checks.complaint import suspected_rules
from zymogen.runtime.checks.directions import generator
from zymogen.runtime.checks.level import compare_level
from zymogen.runtime.checks.row import Row, first_row
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.no_kernel import no_kernel
from zymogen.runtime.recovery import wrong_count
from zymogen.testing.nests import SINGLES, Nest, Seeds, nests, with_other_mode
from zymogen.testing.report import DerivativeReport, Finding

Subsets = Literal["few", "all"]

_MANY = 6  # arguments, up to which all their subsets are taken unasked: 63, and 315 builds up to order 2


def check_derivatives(
    f: Kernel,
    args: Sequence[Any],
    order: int = 2,
    *loose: Any,
    rtol: float | None = None,
    subsets: Subsets | None = None,
) -> DerivativeReport:
    """Compare derivatives of a kernel in forward and in reverse mode with each other, and with differences.

    Parameters
    ----------
    f : kernel, or a derivative
    args : its arguments, in one tuple; of a batch, the first row counts. Choose a point where f is smooth
    order : up to this order of differentiation
    loose : nothing; arguments of f that are not in a tuple end here, and the error has the right call
    rtol : how far two modes may be apart, relative to the largest entry; by default 1e-8 for float64 and 1e-3 for
        float32. What differences may be off is estimated from themselves
    subsets : which of the real arguments are differentiated together. "all": all subsets, which are 2^k - 1 of k
        arguments. "few": each argument by itself, and all together. By default all, and with more than six arguments
        you are asked to choose

    Returns
    -------
    DerivativeReport : print it; `.findings` has the worst entry of every comparison, `.unknown` what could not be
        said, because of kinks, NaN or rounding, and `.refused` what Enzyme does not do for this kernel

    Raises
    ------
    AssertionError
        If a comparison fails: `zymogen.errors.DerivativeCheckError`, with the report as its text.
    ValueError
        If arguments are missing or not in one tuple, `order` is less than 1, `subsets` is none of these, or it is not
        given and f has more than six real arguments.
    TypeError
        If f has no real argument or no real result.

    Notes
    -----
    For each choice of arguments, with random tangents u, v, ... and cotangents w,

    - order 1: `zg.jvp` and `zg.vjp`
    - order 2: forward over forward, forward over reverse, reverse over forward
    - order 3 and more: forward over forward over ..., with forward or reverse innermost

    are compared by the dot-product test: all of them give w . D^k f[u, v, ...], and so do their entries for single
    components, up to 32 of them. Each level by itself is compared with Richardson-extrapolated central differences of
    the level below, as it is at its first use (see `zg.set_checks`). Every derivative is compiled, about one second
    each: two for each choice of arguments at order 1, five up to order 2, seven up to order 3. All subsets of three
    arguments are 7, and 35 builds up to order 2; of six, 63 and 315: begin with `order=1` or `subsets="few"` there.
    Builds stay in the cache, so that the same check takes seconds the next time.
    """
    if not isinstance(f, Kernel):
        raise no_kernel(f, "check_derivatives")
    call = f"check_derivatives({f.name})"
    _refuse_other_arguments(call, f, args, order, loose)
    if order < 1:
        raise ArgumentError(f"{call}: order is {order!r}. Expected is 1, 2, 3, ...")
    if subsets is not None and subsets not in get_args(Subsets):
        raise ArgumentError(f"{call}: subsets is {subsets!r}. Expected is 'all' or 'few'.")
    names = [operand.name for operand in f.operands if operand.role == "input" and operand.element in REAL]
    if not names:
        raise NotDifferentiableError(f"{call}: all arguments of `{f.name}` are integers. Expected is a real one.")
    if subsets is None and len(names) > _MANY:
        raise ArgumentError(
            f"{call}: `{f.name}` has {len(names)} real arguments: {', '.join(names)}. All their subsets are "
            f"{2 ** len(names) - 1:,}, of which each has builds of its own. Say subsets='few' for each argument by "
            "itself and all together, or subsets='all' if you have the time."
        )
    f(*args)  # wrong arguments get their own message
    row = first_row(f, args, {})
    if row is None:
        raise ShapeError(f"{call}: there is no first row: an array is empty, or not NumPy's. Give arrays with entries.")
    arguments = dict(row.arguments)
    found: list[Finding] = []
    for subset in _chosen(names, subsets):
        seeds = Seeds.random(f, arguments, subset, order)
        for number in range(1, order + 1):
            found.extend(_compared(f, row, seeds, number, rtol))
    report = DerivativeReport(f.name, order, tuple(found))
    if report.failed:
        raise DerivativeCheckError(
            f"{call}: derivatives in forward mode, in reverse mode and from differences are not the same.\n{report}\n"
            f"Expected is that all agree. {_rules(f, names)}Rewrite the place in the kernel that makes the difference, "
            "or use the mode that agrees with differences.",
            report,
        )
    return report


def _refuse_other_arguments(call: str, f: Kernel, args: Any, order: Any, loose: Sequence[Any]) -> None:
    """Refuse arguments of f that are not in one tuple, or another number of them."""
    right = f"zg.testing.check_derivatives({f.name}, ({', '.join(f.arguments)}{',' * (len(f.arguments) == 1)}))"
    if loose or not isinstance(args, (tuple, list)) or not isinstance(order, Real):
        raise ArgumentError(f"{call}: the arguments of `{f.name}` are not in a tuple. Expected is one of all: {right}.")
    if len(args) != len(f.arguments):
        raise ArgumentError(f"{call}: in the tuple, {wrong_count(args, f.arguments)} Call {right}.")


def _rules(f: Kernel, names: Sequence[str]) -> str:
    """The rules to look at, from a derivative that could be built."""
    for nest in nests(f, tuple(names), 1):
        try:
            return suspected_rules(nest.derivative)
        except EnzymeError:
            continue
    return ""


def _compared(f: Kernel, row: Row, seeds: Seeds, order: int, rtol: float | None) -> Iterator[Finding]:
    """All comparisons of one order, for one choice of active arguments."""
    built: list[Nest] = []
    for nest in nests(f, seeds.active, order):
        try:
            nest.derivative.build()
        except EnzymeError as error:
            yield Finding(order, seeds.active, nest.name, "Enzyme", "refused", reason=str(error))
            continue
        built.append(nest)
        yield _with_differences(nest, row, seeds.up_to(order))
    forward = next((nest for nest in built if nest.is_forward), None)
    for nest in built:
        if forward is not None and not nest.is_forward:
            yield with_other_mode(forward, nest, row, seeds.up_to(order), rtol)


def _with_differences(nest: Nest, row: Row, seeds: Seeds) -> Finding:
    derivative, order = nest.derivative.opened, len(seeds.tangents)
    rng = generator(tuple(row.arguments.values()))
    arguments = with_generic_seeds(derivative, {**row.arguments, **nest.named(seeds)}, rng)
    try:
        found = compare_level(derivative, derivative.below[-1], arguments, rng, singles=SINGLES)
    except ZymogenError as error:
        return Finding(order, seeds.active, nest.name, "differences", "unknown", reason=str(error))
    return Finding(order, seeds.active, nest.name, "differences", found.verdict, found.worst, found.reason)


def _chosen(names: Sequence[str], subsets: Subsets | None) -> Iterator[tuple[str, ...]]:
    sizes = {1, len(names)} if subsets == "few" else range(1, len(names) + 1)
    for size in sorted(sizes):
        yield from itertools.combinations(names, size)
