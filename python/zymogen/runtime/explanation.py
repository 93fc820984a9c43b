"""`explain`: all that is known of a kernel or derivative on one readable page, without compiling anything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zymogen.build.pipeline import Artifact
from zymogen.declaration import Parameter
from zymogen.derivative.function import Array
from zymogen.derivative.nest import SeedKind
from zymogen.derivative.plan import Plan
from zymogen.derivative.request import Level, OneHot, Reverse
from zymogen.errors import NotDifferentiableError
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.ufunc import dtype_of, visible

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
    its element types, activity of every argument, the levels of differentiation, passes and estimated cost, scratch
    memory in bytes per thread, and where the build lies

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
    seed = artifact.seed if artifact is not None else "implicit"
    instances = f.plan.declaration.instances
    plans = [Plan(f.plan.declaration, instance, f.request, seed) for instance in instances]
    lines = [f.name, "=" * min(len(f.name), _WIDTH)]
    for label, entries in (
        ("C++", _functions(plans)),
        ("ufunc", _loops(f, plans)),
        ("activity", _activity(f)),
        ("levels", _levels(f, artifact)),
        ("passes", _passes(f)),
        ("cost", _cost(f)),
        ("scratch", _scratch(plans, artifact)),
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
    components = [operand for operand in f.plan.inputs if operand.role == "index"]
    for operand, component in zip(components, f.bound, strict=True):
        chosen = "chosen at the call" if component is None else f"fixed to {', '.join(map(str, component))}"
        yield f"{operand.name}: the component of {operand.array}, {chosen}; an integer, never differentiated"


def _active(level: Level) -> tuple[str, ...]:
    return (level.argument,) if isinstance(level, OneHot) else level.arguments


def _levels(f: Kernel, artifact: Artifact | None) -> Iterator[str]:
    if not f.request.levels:
        yield "none: this is the kernel itself"
        return
    for number, level in enumerate(f.request.levels, start=1):
        yield f"{number}. {level} (of {'the kernel' if number == 1 else f'level {number - 1}'})"
    if len(f.request.levels) > 1:
        yield "the first is the innermost; all are one nest of Enzyme calls in one compiled loop"
    if f.plan.has_one_hot:
        yield f"one-hot tangents: {_seed(None if artifact is None else artifact.seed)}"


def _seed(seed: SeedKind | None) -> str:
    if seed is None:
        return "implicit (no array) or dense (a buffer); known once it is built"
    if seed == "implicit":
        return "implicit: each load of the tangent became a comparison of indices, and no array holds it"
    return (
        "dense: a buffer of zeros in which one entry is set and reset, because the kernel hands the argument to code "
        "in which Enzyme cannot replace the loads of a tangent, such as a function that is not inlined"
    )


def _passes(f: Kernel) -> Iterator[str]:
    if not f.request.levels:
        yield "0: nothing is differentiated"
        return
    kinds = " inside of ".join("reverse" if isinstance(level, Reverse) else "forward" for level in f.request.levels)
    yield f"{f.passes} for each row of a batch: {kinds}"


def _cost(f: Kernel) -> Iterator[str]:
    if not f.request.levels:
        yield "1 evaluation"
        return
    most = 1.0
    for level in f.request.levels:
        most *= _REVERSE if isinstance(level, Reverse) else _FORWARD
    only_forward = not any(isinstance(level, Reverse) for level in f.request.levels)
    amount = f"about 1 to {most:.3g}" if only_forward else f"at most about {most:.3g}"
    nested = ", factors of nested levels multiplied" if len(f.request.levels) > 1 else ""
    yield (
        f"{amount} evaluations of the kernel. This is an estimate from operation counts, and no "
        f"measurement: forward 1 to 2.5 for each tangent, reverse at most about 4 to 5{nested} "
        "(Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4)"
    )


def _scratch(plans: Sequence[Plan], artifact: Artifact | None) -> Iterator[str]:
    if not plans[0].scratch:
        yield "none from the entry"
    for plan in plans:
        if plan.scratch:
            terms = " + ".join(_bytes(array) for array in plan.scratch)
            names = ", ".join(str(array) for array in plan.scratch)
            of = f" ({plan.outermost.results[0].element})" if len(plans) > 1 else ""
            yield f"{terms} bytes for each thread{of}: {names}"
    if artifact is None and plans[0].has_one_hot:
        yield "and an array for each one-hot tangent, should it turn out dense"
    if plans[0].request.levels:
        yield "not counted: what the kernel allocates, and what Enzyme keeps of a forward sweep for a reverse one"


def _bytes(array: Array) -> str:
    return " * ".join([*array.dims, str(dtype_of(array.element).itemsize)])


def _build(artifact: Artifact | None) -> str:
    if artifact is None:
        return "not built yet; the first call builds it, and so does .build()"
    return f"in the cache: {artifact.entry.folder}"
