"""What a derivative costs, in lines for people: passes, evaluations of the kernel, and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zymogen.build.artifact import Artifact
from zymogen.planning.cost import BOUND, ESTIMATE, cost_of_pass, lanes_pay
from zymogen.planning.function import Array
from zymogen.planning.lanes import LANES
from zymogen.planning.plan import Operand, Plan
from zymogen.planning.request import Reverse, Select
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.open_partial import OpenPartial
from zymogen.runtime.summed import SummedDerivative
from zymogen.runtime.ufunc import dtype_of, list_sizes, visible

_BLOCK = 256 * 1024
"""Bytes of `block_bytes` in cpp/src/batch.cpp."""


def passes(f: Kernel, plan: Plan) -> Iterator[str]:
    """How often derivative code runs through the kernel, and along how many directions."""
    if not f.request.order:
        yield "0: nothing is differentiated"
        return
    levels = [level for level in f.request.levels if not isinstance(level, Select)]
    kinds = " inside of ".join("reverse" if isinstance(level, Reverse) else "forward" for level in levels)
    lanes = f", up to {plan.outermost.lanes} directions in each" if plan.has_lanes else ""
    yield f"{plan.passes} for each row of a batch: {kinds}{lanes}"
    sizes = list_sizes(plan.operands, f.bound)
    if sizes:
        yield ", ".join(f"{name} = {size}" for name, size in sizes.items())
    if isinstance(f, OpenPartial):
        fewest = next(count for count in range(2, LANES + 1) if lanes_pay(f.request.levels[-1], count, LANES))
        yield (
            f"along an axis of {fewest} or more that {f.operands[-1].name} has and no other argument, "
            f"one for up to {LANES} components"
        )
    if any(sweep.start is not None for sweep in plan.sweeps):
        yield "entries that are equal by symmetry are computed once"


def evaluations(f: Kernel, plan: Plan) -> Iterator[str]:
    """What one pass costs."""
    if not f.request.order:
        yield "1 evaluation"
        return
    each = " for each pass" if plan.sweeps else ""
    reverse = [isinstance(level, Reverse) for level in f.request.levels if not isinstance(level, Select)]
    counts = []
    if not all(reverse):
        counts.append(
            f"a forward pass is 1 and, for each direction, {ESTIMATE.direction:g} (at most {BOUND.direction:g})"
        )
    if any(reverse):
        counts.append(f"a reverse pass is {ESTIMATE.reverse:g} (at most {BOUND.reverse:g})")
    if reverse[-1] and plan.outermost.lanes > 1:
        counts.append(f"each further row in it is {ESTIMATE.cotangent:g} (at most {BOUND.cotangent:g})")
    if len(reverse) > 1:
        counts.append("nested levels multiply")
    yield (
        f"about {cost_of_pass(plan):.3g} evaluations of the kernel{each}, at most {cost_of_pass(plan, BOUND):.3g}. "
        f"This is an estimate from operation counts, and no measurement: {', '.join(counts)} "
        "(Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4)"
    )


def memory(f: Kernel, plans: Sequence[Plan], artifact: Artifact | None) -> Iterator[str]:
    """Bytes of results, of scratch arrays and of sums, for the plans of all loops."""
    for plan in plans:
        of = f" ({plan.outermost.results[0].element})" if len(plans) > 1 else ""
        if isinstance(f, SummedDerivative):
            yield from _sums(f, plan, of)
        else:
            yield f"{_total(plan.outputs)} bytes for each row's results{of}"
        if plan.scratch:
            terms = " + ".join(_bytes(array) for array in plan.scratch)
            names = ", ".join(map(str, plan.scratch))
            yield f"{terms} bytes for each thread{of}: {names}"
    if not plans[0].scratch:
        yield "no working arrays from the entry"
    if artifact is None and plans[0].has_one_hot:
        yield "and an array for each one-hot tangent, should it turn out dense"
    yield from _copies(f, plans)
    if any(isinstance(level, Reverse) for level in f.request.levels):
        kept = "what Enzyme keeps of a forward sweep for a reverse one"
        yield f"not counted: what the kernel allocates, and {kept}"
    else:
        yield "not counted: what the kernel allocates"


def _copies(f: Kernel, plans: Sequence[Plan]) -> Iterator[str]:
    """What copies a call makes of arrays that compiled code cannot use where they lie."""
    for plan in plans:
        of = f" ({plan.outermost.results[0].element})" if len(plans) > 1 else ""
        arrays = [operand for operand in visible(plan.operands, f.bound) if operand.role != "index" and operand.dims]
        if not arrays:
            continue
        rows = ", ".join(f"{operand.name} {_bytes(operand.array)}" for operand in arrays)
        yield (
            f"copies of arrays that are not dense along core dimensions{of}: for each thread a block of rows, at most "
            f"{_BLOCK} bytes or one row of each ({rows}); where all rows share an argument, one for all threads"
        )
    if any(operand.dims for operand in (*f.operands, *plans[0].outputs)):  # else NumPy goes by blocks as well
        yield (
            "whole copies, by NumPy, of arrays of another type or byte order, and of arguments that share memory with "
            "out="
        )


def _sums(f: SummedDerivative, plan: Plan, of: str) -> Iterator[str]:
    """Which results are sums is known at the call; those that belong to no argument always are."""
    for output, related in zip(plan.outputs, f.relations, strict=True):
        wide = " * ".join([*output.dims, "8"])
        unless = f"; {_bytes(output.array)} bytes for each row if {' or '.join(related)} has the batch" * bool(related)
        yield f"{output.name}: {wide} bytes for each thread's sums, in float64{unless}{of}"
    yield f"a block of rows before they are added: at most {_BLOCK} bytes, or one row, for each thread{of}"


def _total(outputs: Sequence[Operand]) -> str:
    return " + ".join(_bytes(operand.array) for operand in outputs)


def _bytes(array: Array) -> str:
    lanes = [str(array.lanes)] if array.lanes > 1 else []
    return " * ".join([*array.dims, *lanes, str(dtype_of(array.element).itemsize)])
