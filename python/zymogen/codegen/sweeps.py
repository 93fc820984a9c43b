"""The C++ text of a sweep: loops over components around one call, and where the step's results go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zymogen.codegen.wrapping import call
from zymogen.planning.function import Array, Function
from zymogen.planning.sweep import Part, Segments, Sweep, extent, mirrored, product

Sizes = Mapping[str, str]


def sweep_body(function: Function, sizes: Sizes) -> Iterator[str]:
    """The lines inside the function that runs all sweeps."""
    loops = function.loops
    if loops is None:
        return
    texts = {sweep.name: _Loop(sweep, sizes) for sweep in loops.sweeps}
    for part in loops.scattered:
        if part.layout.summed:
            for whole in part.arrays:
                yield f"    zymogen::clear({whole.symbol}, {extent(whole, sizes)});"
    invocation = call(f"{function.calls}(", [*loops.arguments, *sizes.values()], ");", margin=4)
    if any(passed in loops.arguments for passed in _whole_results(function)):
        # What no index runs over is computed once even where there are no components.
        empty = " || ".join(f"{text.total} == 0" for text in texts.values())
        yield f"    if ({empty}) {{"
        yield from (f"        {text.none()}" for text in texts.values())
        yield from (f"        {line}" for line in invocation)
        yield "    }"
    margin = "    "
    for text in texts.values():
        yield f"{margin}{text.head()}"
        margin += "    "
        yield from (f"{margin}{line}" for line in text.component())
    buffers = iter(loops.buffers)
    for part in loops.gathered:
        yield from (f"{margin}{line}" for line in _gather(part, next(buffers), texts, sizes))
    yield from (f"{margin}{line}" for text in texts.values() for line in text.seeds("1"))
    yield from (f"{margin}{line}" for line in invocation)
    yield from (f"{margin}{line}" for text in texts.values() for line in text.seeds("0"))
    for part in loops.scattered:
        yield from (f"{margin}{line}" for line in _scatter(part, next(buffers), texts, sizes))
    for depth in range(len(texts), 0, -1):
        yield f"{'    ' * depth}}}"


def _whole_results(function: Function) -> list[str]:
    scattered = {array.name for part in (function.loops.scattered if function.loops else ()) for array in part.arrays}
    return [result.symbol for result in function.results if result.name not in scattered]


class _Loop:
    """C++ expressions of one sweep."""

    def __init__(self, sweep: Sweep, sizes: Sizes) -> None:
        self.sweep = sweep
        self.symbol = sweep.component.symbol
        self.counts = [extent(array, sizes) for array in sweep.arrays]
        self.total = " + ".join(self.counts) if sweep.listing is None else sweep.listing.count

    def head(self) -> str:
        position, start = self.sweep.position, self.sweep.start
        first = start.component.symbol if start is not None else "0"
        step = f"{position} += {self.sweep.lanes}" if self.sweep.lanes > 1 else f"++{position}"
        return f"for (std::size_t {position} = {first}; {position} < {self.total}; {step}) {{"

    def component(self) -> Iterator[str]:
        sweep = self.sweep
        if sweep.listing is None:
            return
        if sweep.lanes == 1:
            listed = f"{sweep.listing.symbol}[{sweep.position}]"
            yield f"const std::size_t {self.symbol} = static_cast<std::size_t>({listed});"
        else:
            yield f"std::size_t {self.symbol}[{sweep.lanes}];"
            arguments = f"{self.symbol}, {sweep.lanes}, {sweep.listing.symbol}, {sweep.position}, {sweep.listing.count}"
            yield f"zymogen::list_lanes({arguments});"

    def none(self) -> str:
        """The component's variable where there is none to go along."""
        lanes = self.sweep.component.lanes
        return f"const std::size_t {self.symbol}{f'[{lanes}] = {{}}' if lanes > 1 else ' = 0'};"

    def first(self, segment: int) -> str:
        """The component at which an array begins."""
        return " + ".join(self.counts[:segment]) or "0"

    def index(self, segment: int) -> str:
        """Position in the whole along this sweep's axis, for a sweep with one lane."""
        less = "".join(f" - {count}" for count in self.counts[:segment])
        return f"{self.sweep.position}{less}"

    def count(self, segment: int) -> str:
        return self.counts[segment] if self.sweep.listing is None else self.sweep.listing.count

    def lanes(self, segment: int) -> str:
        limits = f"{self.first(segment)}, {self.count(segment)}"
        return f"zymogen::lanes_of({self.sweep.position}, {self.sweep.lanes}, {limits})"

    def is_inside(self, segment: int) -> str:
        """A condition: whether the component is one of this array; empty where it always is."""
        if len(self.counts) == 1:
            return ""
        return f"{self.index(segment)} < {self.counts[segment]}"  # unsigned: what is before the array is larger

    def is_apart(self) -> str:
        """A condition: whether the entry is not its own mirror image."""
        start = self.sweep.start
        return f"{self.symbol} != {start.component.symbol}" if start is not None else ""

    def lanes_apart(self, lanes: str) -> str:
        """Of some lanes, those for which that is so."""
        start = self.sweep.start
        return f"zymogen::lanes_after({lanes}, {self.symbol}, {start.component.symbol})" if start is not None else lanes

    def seeds(self, value: str) -> Iterator[str]:
        sweep = self.sweep
        for segment, seed in enumerate(sweep.seeds):
            element, count = seed.array.element, self.counts[segment]
            if sweep.listing is not None and sweep.lanes > 1:
                arguments = f"{seed.symbol}, {count}, {self.symbol}, {sweep.lanes}, {element}({value})"
                yield f"zymogen::set_listed_seeds({arguments});"
            elif sweep.lanes > 1:
                yield f"{{ const zymogen::Lanes lanes = {self.lanes(segment)};"
                less = "".join(f" - {count}" for count in self.counts[:segment])
                first = f"{self.symbol} + lanes.skip{less}"
                yield f"  zymogen::set_seeds({seed.symbol}, {count}, {first}, lanes, {element}({value})); }}"
            else:
                less = "".join(f" - {count}" for count in self.counts[:segment])
                condition = self.is_inside(segment)
                yield f"{f'if ({condition}) ' if condition else ''}{seed.symbol}[{self.symbol}{less}] = {value};"


Loops = Mapping[str, _Loop]


def _sweeps(loops: Loops) -> list[Sweep]:
    return [loop.sweep for loop in loops.values()]


def _scatter(part: Part, buffer: str, loops: Loops, sizes: Sizes) -> Iterator[str]:
    wide = next((loop for name, loop in loops.items() if name in part.layout.axes and loop.sweep.lanes > 1), None)
    verb = "add" if part.layout.summed else "scatter"
    count = extent(part.step, sizes)
    wholes = dict(part.wholes)
    for segments, array in part.wholes:
        chosen = dict(segments)
        if not _comes_first(chosen, loops):
            continue
        blocks: list[tuple[list[_Place], tuple[Sweep, ...]]] = [([_Place(array, part, chosen, loops, sizes)], ())]
        for other, swapped in mirrored(_sweeps(loops), chosen):
            place = _Place(wholes[tuple(other.items())], part, other, loops, sizes, swapped)
            if part.layout.summed:
                blocks.append(([place], swapped))  # what is its own mirror image must not be added twice
            else:
                blocks[0][0].append(place)
        inside = [loops[name].is_inside(segment) for name, segment in chosen.items() if loops[name] is not wide]
        for places, swapped in blocks:
            apart = [loops[sweep.name].is_apart() for sweep in swapped if loops[sweep.name] is not wide]
            condition = " && ".join(filter(None, [*inside, *apart]))
            yield f"if ({condition}) {{" if condition else "{"
            if wide is not None:
                lanes = wide.lanes(chosen[wide.sweep.name])
                yield f"    const zymogen::Lanes lanes = {wide.lanes_apart(lanes) if wide.sweep in swapped else lanes};"
            for place in places:
                arguments = [place.address(), place.step, buffer, count]
                if wide is not None:
                    arguments = [place.address(), place.step, place.lane_step, buffer, count, "lanes"]
                yield from (f"    {line}" for line in call(f"zymogen::{verb}(", arguments, ");", margin=16))
            yield "}"


def _gather(part: Part, buffer: str, loops: Loops, sizes: Sizes) -> Iterator[str]:
    count = extent(part.step, sizes)
    yield f"zymogen::clear({buffer}, {count});"
    wholes = dict(part.wholes)
    for segments, array in part.wholes:
        chosen = dict(segments)
        if not _comes_first(chosen, loops):
            continue
        conditions = [condition for name, at in chosen.items() if (condition := loops[name].is_inside(at))]
        place = _Place(array, part, chosen, loops, sizes)
        line = f"zymogen::gather({buffer}, {place.address()}, {place.step}, {count});"
        yield f"if ({' && '.join(conditions)}) {line}" if conditions else line
        for other, swapped in mirrored(_sweeps(loops), chosen):
            place = _Place(wholes[tuple(other.items())], part, other, loops, sizes, swapped)
            apart = [*conditions, *(loops[sweep.name].is_apart() for sweep in swapped)]
            yield f"if ({' && '.join(apart)})"
            yield f"    zymogen::gather({buffer}, {place.address()}, {place.step}, {count});"


def _comes_first(segments: Segments, loops: Loops) -> bool:
    """Whether the loops reach these entries themselves, not only those that are equal by symmetry."""
    for name, segment in segments.items():
        start = loops[name].sweep.start
        if start is not None and start.name in segments and segments[start.name] > segment:
            return False
    return True


class _Place:
    """Where one step's share lies in a whole array: address of its first entry, and strides in entries."""

    def __init__(
        self,
        whole: Array,
        part: Part,
        segments: Segments,
        loops: Loops,
        sizes: Sizes,
        swapped: tuple[Sweep, ...] = (),
    ) -> None:
        self.whole = whole
        self.step, self.lane_step = "1", "1"
        pairs = [(sweep.name, sweep.start.name) for sweep in swapped if sweep.start is not None]
        written = dict(pairs) | {start: name for name, start in pairs}
        strides: list[str] = []
        self._terms: list[str] = []
        for axis in reversed(part.layout.axes):
            stride = product(strides)
            if axis is None:
                self.step = stride
                strides.insert(0, extent(part.step, sizes))
                continue
            loop = loops[written.get(axis, axis)]  # the index that is written there
            segment = segments[axis]
            index = loop.index(segment)
            if loop.sweep.lanes > 1:
                self.lane_step = stride
                index = f"{loop.sweep.position} + lanes.skip" + index.removeprefix(loop.sweep.position)
            self._terms.insert(
                0, index if stride == "1" else f"({index}) * {stride}" if " " in index else f"{index} * {stride}"
            )
            strides.insert(0, loops[axis].count(segment))

    def address(self) -> str:
        return " + ".join([self.whole.symbol, *self._terms])
