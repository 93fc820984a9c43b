"""`explain`: all that is known of a kernel or derivative on one readable page, without compiling anything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zymogen.build.pipeline import Artifact, Variant
from zymogen.declaration import Parameter
from zymogen.errors import NotDifferentiableError
from zymogen.planning.function import Array
from zymogen.planning.nest import SeedKind
from zymogen.planning.plan import Plan
from zymogen.planning.request import Level, Reverse, Select
from zymogen.planning.sweep import LANES
from zymogen.runtime.choice import Choice
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.open_partial import OpenPartial
from zymogen.runtime.summed import SummedDerivative
from zymogen.runtime.ufunc import dtype_of, list_sizes, visible

_WIDTH = 100
_LABEL = 12

# At most so many evaluations of the function below, by the operation counts of Griewank and Walther.
_FORWARD, _REVERSE = 2.5, 5.0


@dataclass(frozen=True)
class Explanation:
    """A page of text; `str` and `repr` give it."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def explain(f: Kernel) -> Explanation:
    """Say what a kernel or derivative computes, how, and at what cost. Nothing is compiled.

    Parameters
    ----------
    f : kernel or derivative

    Returns
    -------
    Explanation; print it, or let an interactive session show it. It has the C++ function, the generalized ufunc and
    its element types, activity of every argument, the levels of differentiation, the rule by which
    a mode is chosen, passes and estimated cost, memory in bytes, and where the build lies

    Raises
    ------
    TypeError
        If `f` is neither a kernel nor a derivative.

    Notes
    -----
    Costs are estimates from operation counts: Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4.
    """
    if not isinstance(f, Kernel):
        raise NotDifferentiableError(
            f"explain: {f!r} is a {type(f).__name__}. Expected is a kernel, an attribute of what zg.compile gives, "
            "or a derivative of one."
        )
    artifact = f.finished
    variant = artifact.variant if artifact is not None else Variant()
    instances = f.plan.declaration.instances
    plans = [Plan(f.plan.declaration, instance, f.request, variant.seed, variant.wide) for instance in instances]
    lines = [f.name, "=" * min(len(f.name), _WIDTH)]
    for label, entries in (
        ("C++", _functions(plans)),
        ("ufunc", _loops(f, plans)),
        ("activity", _activity(f)),
        ("levels", _levels(f, artifact)),
        ("mode", [f.reason] if isinstance(f, Choice) else []),
        ("passes", _passes(f, plans[0])),
        ("cost", _cost(f)),
        ("memory", _memory(f, plans, artifact)),
        ("build", [_build(artifact)]),
    ):
        lines += _section(label, entries)
    return Explanation("\n".join(lines))


def _section(label: str, entries: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for entry in entries:
        yield textwrap.fill(
            entry,
            width=_WIDTH,
            initial_indent=label.ljust(_LABEL),
            subsequent_indent=" " * (_LABEL + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        label = ""


def _functions(plans: Sequence[Plan]) -> Iterator[str]:
    declaration = plans[0].declaration
    yield f"{declaration.name}: {declaration.signature.text}"
    signature = declaration.signature
    results = [item.name for item in signature.results if item.name not in signature.order]
    for plan in plans:
        returned = plan.instance.returns is not None
        names = [*signature.order, *results[1 if returned else 0 :]]
        parameters = ", ".join(map(_parameter, plan.instance.parameters, names))
        yield f"{plan.instance.returns or 'void'} {plan.instance.function.removeprefix('::')}({parameters})"
    yield f"registered at {declaration.place}"


def _parameter(parameter: Parameter, name: str) -> str:
    element = f"{'const ' if parameter.constant and parameter.form != 'value' else ''}{parameter.element}"
    return {
        "view": f"view of {element} {name}",
        "pointer": f"{element}* {name}",
        "reference": f"{element}& {name}",
        "value": f"{element} {name}",
    }[parameter.form]


def _loops(f: Kernel, plans: Sequence[Plan]) -> Iterator[str]:
    yield f.ufunc_signature
    for plan in plans:
        shown = visible(plan.operands, f.bound)
        types = [f"{operand.name} {dtype_of(operand.element)}" for operand in shown]
        results = sum(operand.role == "output" for operand in shown)
        yield f"{', '.join(types[:-results])} -> {', '.join(types[-results:])}"


def _activity(f: Kernel) -> Iterator[str]:
    for operand in f.plan.inputs:
        if operand.role != "input":
            continue
        levels = [str(number) for number, level in enumerate(f.request.levels, 1) if operand.name in _active(level)]
        where = (
            f" (level{'s' if len(levels) > 1 else ''} {' and '.join(levels)})"
            if levels
            else ": no shadow of it is made"
        )
        yield f"{operand.array}: {f.activity[operand.name]}{where if f.request.levels else ''}"
    fixed = zip((item for item in f.plan.inputs if item.role in ("index", "list")), f.bound, strict=True)
    for operand, component in ((item, choice) for item, choice in fixed if item.role == "index"):
        chosen = "chosen at the call" if component is None else f"fixed to {', '.join(map(str, component))}"
        yield f"{operand.name}: the component of {operand.array}, {chosen}; an integer, never differentiated"


def _active(level: Level) -> tuple[str, ...]:
    return () if isinstance(level, Select) else level.arguments


def _levels(f: Kernel, artifact: Artifact | None) -> Iterator[str]:
    if not f.request.levels:
        yield "none: this is the kernel itself"
        return
    for number, level in enumerate(f.request.levels, start=1):
        yield f"{number}. {level} (of {'the kernel' if number == 1 else f'level {number - 1}'})"
    if f.request.order > 1:
        yield "the first is the innermost; all are one nest of Enzyme calls in one compiled loop"
    if isinstance(f, SummedDerivative):
        yield "summed over the batch, but for results that belong to an argument with leading dimensions"
    if f.plan.has_one_hot:
        yield f"one-hot tangents: {_seed(None if artifact is None else artifact.variant.seed)}"


def _seed(seed: SeedKind | None) -> str:
    if seed is None:
        return "implicit (no array) or dense (a buffer); known once it is built"
    if seed == "implicit":
        return "implicit: each load of the tangent became a comparison of indices, and no array holds it"
    return (
        "dense: a buffer of zeros in which one entry is set and reset, because the kernel hands the argument to code "
        "in which Enzyme cannot replace the loads of a tangent, such as a function that is not inlined"
    )


def _passes(f: Kernel, plan: Plan) -> Iterator[str]:
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
        yield f"in large calls in which {f.operands[-1].name} alone is an array, one for up to {LANES} components"
    if any(sweep.start is not None for sweep in plan.sweeps):
        yield "entries that are equal by symmetry are computed once"


def _cost(f: Kernel) -> Iterator[str]:
    levels = [level for level in f.request.levels if not isinstance(level, Select)]
    if not levels:
        yield "1 evaluation"
        return
    most = 1.0
    for level in levels:
        most *= _REVERSE if isinstance(level, Reverse) else _FORWARD
    only_forward = not any(isinstance(level, Reverse) for level in levels)
    amount = f"about 1 to {most:.3g}" if only_forward else f"at most about {most:.3g}"
    nested = ", factors of nested levels multiplied" if len(levels) > 1 else ""
    each = " for each pass" if f.plan.sweeps else ""
    further = "; each further direction of a pass adds at most 1.5 for the outermost level" if f.plan.has_lanes else ""
    yield (
        f"{amount} evaluations of the kernel{each}. This is an estimate from operation counts, and no "
        f"measurement: forward 1 to 2.5 for each tangent, reverse at most about 4 to 5{nested}{further} "
        "(Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4)"
    )


def _memory(f: Kernel, plans: Sequence[Plan], artifact: Artifact | None) -> Iterator[str]:
    for plan in plans:
        of = f" ({plan.outermost.results[0].element})" if len(plans) > 1 else ""
        results = " + ".join(_bytes(operand.array) for operand in plan.outputs)
        yield f"{results} bytes for each row's results{of}"
        if plan.scratch:
            terms = " + ".join(_bytes(array) for array in plan.scratch)
            names = ", ".join(map(str, plan.scratch))
            yield f"{terms} bytes for each thread{of}: {names}"
    if not plans[0].scratch:
        yield "no working arrays from the entry"
    if artifact is None and plans[0].has_one_hot:
        yield "and an array for each one-hot tangent, should it turn out dense"
    if f.request.order:
        yield "not counted: what the kernel allocates, and what Enzyme keeps of a forward sweep for a reverse one"


def _bytes(array: Array) -> str:
    lanes = [str(array.lanes)] if array.lanes > 1 else []
    return " * ".join([*array.dims, *lanes, str(dtype_of(array.element).itemsize)])


def _build(artifact: Artifact | None) -> str:
    if artifact is None:
        return "not built yet; the first call builds it, and so does .build()"
    return f"in the cache: {artifact.entry.folder}"
