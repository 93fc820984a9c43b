"""From a request to its nest of functions: who is active at each level, what shadows whom, what must be zero before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from zymogen.declaration import Declaration, Instance
from zymogen.planning.function import (
    Activity,
    Array,
    Component,
    Function,
    Input,
    Listing,
    Local,
    Passed,
    Picks,
    Preparation,
    Seed,
)
from zymogen.planning.names import Names, size_symbols
from zymogen.planning.request import Forward, OneHot, Request, Reverse, Select
from zymogen.planning.sweep import LANES, Layout, Part, Sweep, extent, lanes_for, product, swept

SeedKind = Literal["implicit", "dense"]
"""How a one-hot tangent is made: by replacing its loads, or from a buffer where Enzyme cannot do that."""


# Operators look at the plans of all they pass through, and a plan is cheap to compare and not to make.
@lru_cache(maxsize=256)
def nest(
    declaration: Declaration, instance: Instance, request: Request, seed: SeedKind, *, wide: bool = True
) -> tuple[Function, ...]:
    """The functions of `request`, innermost first.

    Parameters
    ----------
    wide : whether the outermost level may go along several directions in one pass
    """
    signature = declaration.signature
    given = {item.name for item in (*signature.arguments, *signature.results)}
    sizes = size_symbols(signature)
    names = Names(given.union(signature.sizes, sizes.values()))
    builder = _Nest(_kernel(declaration, instance, names), names, sizes, seed)
    last = max((number for number, level in enumerate(request.levels) if not isinstance(level, Select)), default=-1)
    for number, level in enumerate(request.levels):
        name = f"level_{number + 1}"
        match level:
            case Select():
                builder.select(level, name)
            case Forward():
                builder.along_tangents(level, name)
            case OneHot():
                # Lanes inside of further levels would be differentiated as many times, wanted or not.
                builder.along_components(level, name, LANES if wide and number == last else 1)
            case Reverse():
                builder.backward(level, name)
    if builder.sweeps:
        builder.sweep(f"sweep_{len(request.levels)}")
    return tuple(builder.functions)


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
        if array.is_number:
            self.locals.append(Local(array, initial))
            return f"&{array.symbol}"
        self.scratch.append(array)
        return array.symbol


class _Nest:
    """Functions so far, and how the results of the last one belong to whole results."""

    def __init__(self, kernel: Function, names: Names, sizes: Mapping[str, str], seed: SeedKind) -> None:
        self.functions = [kernel]
        self.names, self.sizes, self.seed = names, sizes, seed
        self.sweeps: list[Sweep] = []
        self.layouts = tuple(Layout() for _ in kernel.results)
        self.gathered: list[Part] = []

    @property
    def inner(self) -> Function:
        return self.functions[-1]

    def select(self, level: Select, name: str) -> None:
        inner, frame = self.inner, _Frame()
        chosen = [inner.results[position] for position in level.results]
        dropped = [result for result in inner.results if result not in chosen or level.listed]
        places = {result.name: frame.place(result) for result in dropped}
        listing = picks = None
        if level.listed:
            source = chosen[0]
            listing = replace(self._listing(source), of=self._called_by_users(source))
            picks = Picks(source, listing, _like(source, self.names.fresh(f"{source.name}_listed"), (listing.count,)))
            chosen = [picks.result]
        passed = [
            *_inputs(inner, {}),
            *(Passed("Const", places.get(item.name, item.symbol)) for item in (*inner.results, *inner.scratch)),
        ]
        self.layouts = tuple(self.layouts[position] for position in level.results)
        self.functions.append(
            Function(
                name=name,
                inputs=(*inner.inputs, *([listing] if listing is not None else [])),
                results=tuple(chosen),
                scratch=(*frame.scratch, *inner.scratch),
                level=level,
                locals=tuple(frame.locals),
                calls=inner.name,
                passed=tuple(passed),
                lanes=inner.lanes,
                picks=picks,
            )
        )

    def along_tangents(self, level: Forward, name: str) -> None:
        inputs = {item: self.inner.input(item) for item in level.arguments}
        tangents = {
            item: replace(_like(array, self.names.fresh(f"d{item}")), lanes=level.lanes)
            for item, array in inputs.items()
        }
        shadows = {item: self._lanes(tangent) for item, tangent in tangents.items()}
        self._forward(level, name, shadows, tuple(tangents.values()), self.layouts, lanes=level.lanes)

    def along_components(self, level: OneHot, name: str, lanes: int) -> None:
        arrays = tuple(self.inner.input(item) for item in level.arguments)
        if len(arrays) == 1 and arrays[0].rank == 0:
            number = arrays[0]
            shadow: tuple[str, ...] = (f"&zymogen::one<{number.element}>",)
            return self._forward(level, name, {number.name: shadow}, (), self.layouts)
        added: tuple[Input, ...] = ()
        if level.components == "diagonal":
            sweep = self.sweeps[-1]
        else:
            sweep, added = self._sweep(level, arrays, lanes)
        layouts = self.layouts
        if level.components not in ("one", "diagonal"):
            self.sweeps.append(sweep)
            layouts = tuple(replace(layout, axes=(*layout.axes, sweep.name)) for layout in layouts)
        return self._forward(level, name, self._shadows(sweep), added, layouts, sweep, sweep.lanes)

    def _sweep(self, level: OneHot, arrays: tuple[Array, ...], lanes: int) -> tuple[Sweep, tuple[Input, ...]]:
        """The index that runs over components, and what the level's function takes for it."""
        lanes = min(lanes, _lanes_of(level, arrays))
        stem = "_".join(item.name for item in arrays)
        component = Component(
            self.names.fresh(f"{stem}_index"), arrays[0], lanes if level.components == "listed" else 1
        )
        listing = self._listing(arrays[0]) if level.components == "listed" else None
        seeds: tuple[Seed, ...] = ()
        if self.seed == "dense":
            seeds = tuple(
                Seed(replace(_like(item, self.names.fresh(f"{item.name}_seed")), lanes=lanes), component)
                for item in arrays
            )
        start = self.sweeps[-1] if level.components == "symmetric" else None
        return Sweep(component, arrays, listing, start, lanes, seeds), (component, *seeds)

    def _shadows(self, sweep: Sweep) -> dict[str, tuple[str, ...]]:
        """The one-hot tangents of all arrays of a sweep, for each lane."""
        shadows = {}
        before: list[str] = []
        for position, array in enumerate(sweep.arrays):
            if sweep.seeds:
                shadows[array.name] = self._lanes(sweep.seeds[position].array)
            else:
                less = "".join(f" - {count}" for count in before)  # products bind more tightly
                shadows[array.name] = tuple(
                    f"zymogen::one_hot<{array.element}>({index}{less})" for index in sweep.indices
                )
            before.append(extent(array, self.sizes))
        return shadows

    def _listing(self, array: Array) -> Listing:
        return Listing(self.names.fresh(f"{array.name}_list"), array, self.names.fresh(f"{array.name}_count"))

    def _called_by_users(self, result: Array) -> Array:
        """A result of the last function, for messages: components of an adjoint are those of the argument."""
        level = self.inner.level
        if not isinstance(level, Reverse):
            return result
        adjoints = self.inner.results[-len(level.arguments) :]
        names = dict(zip((item.name for item in adjoints), level.arguments, strict=True))
        return replace(result, name=names.get(result.name, result.name))

    def _lanes(self, array: Array) -> tuple[str, ...]:
        """The address of an array in each lane."""
        steps = [product([str(lane), extent(array, self.sizes)]) for lane in range(1, array.lanes)]
        steps[:1] = [extent(array, self.sizes)] if steps else []
        return (array.symbol, *(f"{array.symbol} + {step}" for step in steps))

    def _forward(
        self,
        level: Forward | OneHot,
        name: str,
        shadows: Mapping[str, tuple[str, ...]],
        added: tuple[Input, ...],
        layouts: tuple[Layout, ...],
        along: Sweep | None = None,
        lanes: int = 1,
    ) -> None:
        inner, frame = self.inner, _Frame()
        tangents: list[Array] = []
        passed = _inputs(inner, shadows)
        for result in inner.results:
            value = result.symbol if level.value else frame.place(result)
            if result.is_real:
                tangent = replace(_like(result, self.names.fresh(f"d{result.name}")), lanes=lanes)
                tangents.append(replace(tangent, write_once=result.write_once and lanes == 1))
                passed.append(Passed(_need(result, level.value), value, self._lanes(tangent)))
            else:
                passed.append(Passed("Const", value))
        frame.scratch.extend(inner.scratch)
        for array in inner.scratch:
            if array.is_real:
                tangent = replace(_like(array, self.names.fresh(f"d{array.name}")), lanes=lanes)
                frame.place(tangent)
                passed.append(Passed("Duplicated", array.symbol, self._lanes(tangent)))
            else:
                passed.append(Passed("Const", array.symbol))
        real = tuple(layout for layout, result in zip(layouts, inner.results, strict=True) if result.is_real)
        self.layouts = (*(self.layouts if level.value else ()), *real)
        self.functions.append(
            Function(
                name=name,
                inputs=(*inner.inputs, *added),
                results=(*(inner.results if level.value else ()), *tangents),
                scratch=tuple(frame.scratch),
                level=level,
                locals=tuple(frame.locals),
                calls=inner.name,
                passed=tuple(passed),
                lanes=lanes,
                along=along,
            )
        )

    def backward(self, level: Reverse, name: str) -> None:
        inner, frame = self.inner, _Frame()
        inputs = {item: inner.input(item) for item in level.arguments}
        adjoints = {item: _like(array, self.names.fresh(f"{item}_bar")) for item, array in inputs.items()}
        preparations = [Preparation(adjoint) for adjoint in adjoints.values()]
        added: list[Input] = []
        passed = _inputs(inner, {item: (adjoint.symbol,) for item, adjoint in adjoints.items()})
        layout = self._adjoint_layout(level)
        for position, result in enumerate(inner.results):
            value = result.symbol if level.value else frame.place(result)
            if not result.is_real:
                passed.append(Passed("Const", value))
                continue
            # Enzyme consumes the cotangent, so it works on a copy of the given one.
            consumed = _like(result, self.names.fresh(f"{result.name}_consumed"))
            initial = "1"
            if level.cotangent == "given":
                cotangent = self._cotangent(result, self.layouts[position])
                added.append(cotangent)
                initial = f"*{cotangent.symbol}"
                if result.rank:
                    preparations.append(Preparation(consumed, cotangent))
            elif result.rank:
                added.append(self.sweeps[-1].component)
                preparations.append(Preparation(consumed, one=self.sweeps[-1].component))
            passed.append(Passed(_need(result, level.value), value, (frame.place(consumed, initial),)))
        frame.scratch.extend(inner.scratch)
        for array in inner.scratch:
            if not array.is_real:
                passed.append(Passed("Const", array.symbol))
                continue
            adjoint = _like(array, self.names.fresh(f"{array.name}_bar"))
            preparations.append(Preparation(adjoint))
            passed.append(Passed("Duplicated", array.symbol, (frame.place(adjoint),)))
        self.layouts = (*(self.layouts if level.value else ()), *[layout] * len(adjoints))
        self.functions.append(
            Function(
                name=name,
                inputs=(*inner.inputs, *added),
                results=(*(inner.results if level.value else ()), *adjoints.values()),
                scratch=tuple(frame.scratch),
                level=level,
                locals=tuple(frame.locals),
                preparations=tuple(preparations),
                calls=inner.name,
                passed=tuple(passed),
            )
        )

    def _adjoint_layout(self, level: Reverse) -> Layout:
        """Where adjoints belong; a reverse level that sweeps over the components of its result adds the sweep."""
        if level.cotangent == "unit":
            return Layout(summed=self.layouts[0].summed)
        if level.cotangent == "given":
            return Layout(summed=any(layout != Layout() for layout in self.layouts))
        result, before = self.inner.results[0], self.layouts[0]
        if result.rank == 0:
            return Layout((*(axis for axis in before.axes if axis is not None), None), before.summed)
        component = Component(self.names.fresh(f"{result.name}_index"), result)
        sweep = Sweep(component, (result,), self._listing(result) if level.cotangent == "listed" else None)
        self.sweeps.append(sweep)
        axes = tuple(sweep.name if axis is None else axis for axis in before.axes)
        return Layout((*axes, None), before.summed)

    def _cotangent(self, result: Array, layout: Layout) -> Array:
        """The cotangent that a level takes of a result; of a swept one it is a step's share of the whole."""
        name = self.names.fresh(f"{result.name}_bar")
        array = _like(result, name)
        if layout.axes != (None,):
            self.gathered.append(Part.of(array, name, layout, tuple(self.sweeps)))
        return array

    def sweep(self, name: str) -> None:
        layouts, sweeps = self.layouts, tuple(self.sweeps)
        self.functions.append(swept(self.inner, name, sweeps, tuple(self.gathered), layouts, self.names))


def _lanes_of(level: OneHot, arrays: tuple[Array, ...]) -> int:
    """How many components a level goes along in one pass, if it may go along several."""
    if level.components == "one":
        return 1
    count = _count(arrays)
    if level.components == "all" and count is not None:
        return lanes_for(count)
    return min(level.lanes or LANES, count or LANES, LANES)


def _count(arrays: tuple[Array, ...]) -> int | None:
    """The number of components of all arrays, where no dimension has a name."""
    total = 0
    for array in arrays:
        count = 1
        for dim in array.dims:
            if not dim.isdigit():
                return None
            count *= int(dim)
        total += count
    return total


def _like(array: Array, name: str, dims: tuple[str, ...] | None = None) -> Array:
    return Array(name, array.element, array.dims if dims is None else dims)


def _inputs(inner: Function, shadows: Mapping[str, tuple[str, ...]]) -> list[Passed]:
    """Inputs as the call passes them: those with a shadow are active, all others are not."""
    passed = []
    for item in inner.inputs:
        if item.name in shadows:
            passed.append(Passed("Duplicated", item.symbol, shadows[item.name]))
        else:
            passed.extend(Passed("Const", value) for value in item.values)
    return passed


def _need(result: Array, value_is_wanted: bool) -> Activity:
    return "DuplicatedNoNeed" if result.write_once and not value_is_wanted else "Duplicated"
