"""From a request to its nest of functions: who is active at each level, what shadows whom, what must be zero before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from zymogen.declaration import Declaration, Instance
from zymogen.derivative.function import (
    Activity,
    Array,
    Component,
    Function,
    Input,
    Local,
    Passed,
    Preparation,
    Seed,
)
from zymogen.derivative.names import Names, size_symbols
from zymogen.derivative.request import Forward, OneHot, Request, Reverse

SeedKind = Literal["implicit", "dense"]
"""How a one-hot tangent is made: by replacing its loads, or from a buffer where Enzyme cannot do that."""


def nest(declaration: Declaration, instance: Instance, request: Request, seed: SeedKind) -> tuple[Function, ...]:
    """The functions of `request`, innermost first."""
    signature = declaration.signature
    given = {item.name for item in (*signature.arguments, *signature.results)}
    names = Names(given.union(signature.sizes, size_symbols(signature).values()))
    functions = [_kernel(declaration, instance, names)]
    for number, level in enumerate(request.levels, start=1):
        name = f"level_{number}"
        match level:
            case Forward():
                functions.append(_along_tangents(functions[-1], level, name, names))
            case OneHot():
                functions.append(_along_component(functions[-1], level, name, names, seed))
            case Reverse():
                functions.append(_backward(functions[-1], level, name, names))
    return tuple(functions)


def _kernel(declaration: Declaration, instance: Instance, names: Names) -> Function:
    """The kernel itself, with results that it fills in full: what it leaves untouched is zero."""
    signature = declaration.signature
    in_place = {item.name for item in signature.arguments} & {item.name for item in signature.results}
    parameters = iter(instance.parameters)
    inputs: list[Array] = []
    for name in signature.order:
        parameter = next(parameters)
        argument = next((item for item in signature.arguments if item.name == name), None)
        if argument is not None:
            inputs.append(Array(name, parameter.element, argument.dims))
    results, preparations = [], []
    for position, result in enumerate(signature.results):
        returned = position == 0 and instance.returns is not None
        if result.name in in_place:
            source = inputs[[item.name for item in signature.arguments].index(result.name)]
            array = Array(names.fresh(f"{result.name}_new"), source.element, result.dims)
            preparations.append(Preparation(array, source))
        else:
            element = instance.returns if returned and instance.returns else next(parameters).element
            array = Array(result.name, element, result.dims, write_once=returned)
            if not returned:
                preparations.append(Preparation(array))
        results.append(array)
    return Function("evaluate", tuple(inputs), tuple(results), preparations=tuple(preparations))


@dataclass
class _Frame:
    """Memory that a function needs beyond inputs and results: single numbers on its stack, arrays from the entry."""

    locals: list[Local] = field(default_factory=list)
    scratch: list[Array] = field(default_factory=list)

    def place(self, array: Array, initial: str = "0") -> str:
        """Room for `array`; its C++ address. `initial` is the value of a single number; arrays start undefined."""
        if array.rank == 0:
            self.locals.append(Local(array, initial))
            return f"&{array.symbol}"
        self.scratch.append(array)
        return array.symbol


def _along_tangents(inner: Function, level: Forward, name: str, names: Names) -> Function:
    tangents = {item: _like(inner.input(item), names.fresh(f"d{item}")) for item in level.arguments}
    shadows = {item: tangent.symbol for item, tangent in tangents.items()}
    return _forward(inner, level, name, names, shadows, tuple(tangents.values()))


def _along_component(inner: Function, level: OneHot, name: str, names: Names, seed: SeedKind) -> Function:
    array = inner.input(level.argument)
    if array.rank == 0:
        return _forward(inner, level, name, names, {array.name: f"&zymogen::one<{array.element}>"}, ())
    component = Component(names.fresh(f"{array.name}_index"), array)
    if seed == "implicit":
        shadow = f"zymogen::one_hot<{array.element}>({component.symbol})"
        return _forward(inner, level, name, names, {array.name: shadow}, (component,))
    dense = Seed(_like(array, names.fresh(f"{array.name}_seed")), component)
    return _forward(inner, level, name, names, {array.name: dense.symbol}, (component, dense))


def _forward(
    inner: Function, level: Forward | OneHot, name: str, names: Names, shadows: dict[str, str], added: tuple[Input, ...]
) -> Function:
    keep = isinstance(level, Forward) and level.value
    frame = _Frame()
    tangents: list[Array] = []
    passed = _inputs(inner, shadows)
    for result in inner.results:
        value = result.symbol if keep else frame.place(result)
        if result.is_real:
            tangent = _like(result, names.fresh(f"d{result.name}"), result.write_once)
            tangents.append(tangent)
            passed.append(Passed(_need(result, keep), value, tangent.symbol))
        else:
            passed.append(Passed("Const", value))
    frame.scratch.extend(inner.scratch)
    for array in inner.scratch:
        if array.is_real:
            tangent = _like(array, names.fresh(f"d{array.name}"))
            passed.append(Passed("Duplicated", array.symbol, frame.place(tangent)))
        else:
            passed.append(Passed("Const", array.symbol))
    results = (*(inner.results if keep else ()), *tangents)
    return Function(
        name=name,
        inputs=(*inner.inputs, *added),
        results=results,
        scratch=tuple(frame.scratch),
        level=level,
        locals=tuple(frame.locals),
        differentiates=inner.name,
        passed=tuple(passed),
    )


def _backward(inner: Function, level: Reverse, name: str, names: Names) -> Function:
    frame = _Frame()
    adjoints = {item: _like(inner.input(item), names.fresh(f"{item}_bar")) for item in level.arguments}
    preparations = [Preparation(adjoint) for adjoint in adjoints.values()]
    given, passed = [], _inputs(inner, {item: adjoint.symbol for item, adjoint in adjoints.items()})
    for result in inner.results:
        value = result.symbol if level.value else frame.place(result)
        if not result.is_real:
            passed.append(Passed("Const", value))
            continue
        # Enzyme consumes the cotangent, so it works on a copy of the given one.
        consumed = _like(result, names.fresh(f"{result.name}_consumed"))
        initial = "1"
        if level.cotangent:
            cotangent = _like(result, names.fresh(f"{result.name}_bar"))
            given.append(cotangent)
            initial = f"*{cotangent.symbol}"
            if result.rank:
                preparations.append(Preparation(consumed, cotangent))
        passed.append(Passed(_need(result, level.value), value, frame.place(consumed, initial)))
    frame.scratch.extend(inner.scratch)
    for array in inner.scratch:
        if not array.is_real:
            passed.append(Passed("Const", array.symbol))
            continue
        adjoint = _like(array, names.fresh(f"{array.name}_bar"))
        preparations.append(Preparation(adjoint))
        passed.append(Passed("Duplicated", array.symbol, frame.place(adjoint)))
    return Function(
        name=name,
        inputs=(*inner.inputs, *given),
        results=(*(inner.results if level.value else ()), *adjoints.values()),
        scratch=tuple(frame.scratch),
        level=level,
        locals=tuple(frame.locals),
        preparations=tuple(preparations),
        differentiates=inner.name,
        passed=tuple(passed),
    )


def _like(array: Array, name: str, write_once: bool = False) -> Array:
    return Array(name, array.element, array.dims, write_once)


def _inputs(inner: Function, shadows: dict[str, str]) -> list[Passed]:
    """Inputs as the call passes them: those with a shadow are active, all others are not."""
    return [
        Passed("Duplicated", item.symbol, shadows[item.name]) if item.name in shadows else Passed("Const", item.symbol)
        for item in inner.inputs
    ]


def _need(result: Array, value_is_wanted: bool) -> Activity:
    return "DuplicatedNoNeed" if result.write_once and not value_is_wanted else "Duplicated"
