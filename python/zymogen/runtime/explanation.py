"""`explain`: all that is known of a kernel or derivative on one readable page, without compiling anything."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zymogen.build.artifact import Artifact, Variant
from zymogen.declaration import Parameter
from zymogen.planning.function import SeedKind
from zymogen.planning.plan import Plan
from zymogen.planning.request import Level, Select
from zymogen.runtime import account
from zymogen.runtime.choice import Choice
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.no_kernel import no_kernel
from zymogen.runtime.promotion import state_of
from zymogen.runtime.summed import SummedDerivative
from zymogen.runtime.ufunc import core_dimensions, dtype_of, visible

_WIDTH = 100
_LABEL = 12


@dataclass(frozen=True)
class Explanation:
    """A page of text; `str` and `repr` give it."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


class Explained(ABC):
    """What is no kernel, and has a page of its own."""

    @abstractmethod
    def explain(self) -> Explanation: ...


def explain(f: Kernel | Explained) -> Explanation:
    """Say what a kernel or derivative computes, how, and at what cost. Nothing is compiled.

    Parameters
    ----------
    f : kernel, derivative, or sparse derivative, for which it gives `f.explain()`

    Returns
    -------
    Explanation; print it, or let an interactive session show it. It has the C++ function, the generalized ufunc and
    its element types, activity of every argument, and the rule by which a mode is chosen; and of each mode the levels
    of differentiation, passes and estimated cost, memory in bytes, and where the build lies

    Raises
    ------
    TypeError
        If `f` is neither a kernel nor a derivative.

    Notes
    -----
    Costs are estimates from operation counts: Griewank and Walther, Evaluating Derivatives, 2nd ed., chapters 3 and 4.
    """
    if isinstance(f, Explained):
        return f.explain()
    if not isinstance(f, Kernel):
        raise no_kernel(f, "explain")
    lines = [f.name, "=" * min(len(f.name), _WIDTH)]
    for label, entries in (
        ("C++", _functions(f.plans)),
        ("ufunc", _loops(f, f.plans)),
        ("activity", _activity(f)),
        ("mode", [f.reason] if isinstance(f, Choice) else []),
    ):
        lines += _section(label, entries)
    if isinstance(f, Choice):
        for name, way in f.named_ways.items():
            lines += ["", name, "-" * len(name), *_way(way)]
    else:
        lines += _way(f)
    return Explanation("\n".join(lines))


def _way(f: Kernel) -> Iterator[str]:
    """What one build does, and what it costs."""
    artifact = f.finished
    variant = artifact.facts.variant if artifact is not None else Variant()
    plans = f.plans_of(variant)
    for label, entries in (
        ("levels", _levels(f, artifact)),
        ("rows", _rows(f, artifact)),
        ("passes", account.passes(f, plans[0])),
        ("cost", account.evaluations(f, plans[0])),
        ("memory", account.memory(f, plans, artifact)),
        ("build", [_build(artifact)]),
    ):
        yield from _section(label, entries)


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
        yield f"one-hot tangents: {_seed(None if artifact is None else artifact.facts.variant.seed)}"


def _rows(f: Kernel, artifact: Artifact | None) -> Iterator[str]:
    """Whether rows of a batch go side by side, and if not, why."""
    plan = f.plan
    if not plan.specialised:
        yield from _promoted(f)
        return
    together = f"{plan.rows_of_block} at a time, side by side in vectors of the processor"
    if plan.obstacle:
        yield f"one at a time: {plan.obstacle}"
    elif artifact is None:
        yield f"{together}, where the kernel allows that; known once it is built"
    elif artifact.facts.variant.blocks:
        yield together
    else:
        yield f"one at a time: {artifact.facts.hindrance}"


def _promoted(f: Kernel) -> Iterator[str]:
    """What has become of code for sizes whose batches took long."""
    if "ufunc" not in vars(f):
        return
    names = core_dimensions(f.plan, f.bound)
    for sizes, state in state_of(f.ufunc):
        known = ", ".join(f"{name} = {size}" for name, size in zip(names, sizes, strict=True))
        yield f"code for {known}, where rows go {f.plan.rows_of_block} at a time: {state}"


def _seed(seed: SeedKind | None) -> str:
    if seed is None:
        return "implicit (no array) or dense (a buffer); known once it is built"
    if seed == "implicit":
        return "implicit: each load of the tangent became a comparison of indices, and no array holds it"
    return (
        "dense: a buffer of zeros in which one entry is set and reset, because the kernel hands the argument to code "
        "in which Enzyme cannot replace the loads of a tangent, such as a function that is not inlined"
    )


def _build(artifact: Artifact | None) -> str:
    if artifact is None:
        return "not built yet; the first call builds it, and so does .build()"
    return artifact.place
