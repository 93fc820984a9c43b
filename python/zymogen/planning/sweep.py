"""Sweeps: indices that run over components in compiled code, and where the results of each step belong.

The levels of a nest know single components only. The outermost function of a nest with sweeps calls them for each
component, and puts what they compute into the whole results: column by column, or row by row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zymogen.planning.function import Array, Component, Function, Input, Listing, Local, Seed
from zymogen.planning.names import Names


@dataclass(frozen=True)
class Sweep:
    """An index that runs over the components of `arrays`, taken one after the other as if they were one."""

    component: Component
    arrays: tuple[Array, ...]
    listing: Listing | None = None
    """Only these components, of the one array."""
    start: Sweep | None = None
    """The sweep at whose component this one begins; entries before it are equal by symmetry."""
    lanes: int = 1
    seeds: tuple[Seed, ...] = ()
    """For each array, where tangents are dense."""

    @property
    def name(self) -> str:
        return self.component.name

    @property
    def position(self) -> str:
        """C++ variable that counts: components themselves, or entries of the list."""
        return self.component.symbol if self.listing is None else f"{self.component.symbol}_at"

    @property
    def indices(self) -> tuple[str, ...]:
        """The component that each lane goes along, as C++ expressions."""
        symbol = self.component.symbol
        if self.component.lanes > 1:
            return tuple(f"{symbol}[{lane}]" for lane in range(self.lanes))
        return tuple(f"{symbol} + {lane}" if lane else symbol for lane in range(self.lanes))

    def dims(self, segment: int) -> tuple[str, ...]:
        """Dimensions that a whole result has for this index, for one of the arrays."""
        return (self.listing.count,) if self.listing is not None else self.arrays[segment].dims


@dataclass(frozen=True)
class Layout:
    """Which indices a level's result has in the whole result: names of sweeps, and None for its own dimensions."""

    axes: tuple[str | None, ...] = (None,)
    summed: bool = False
    """Whether steps are added up along the sweeps that are not among the axes."""

    @property
    def is_whole(self) -> bool:
        """Whether one step gives all of it."""
        return self.axes == (None,) and not self.summed


def extent(array: Array, sizes: Mapping[str, str]) -> str:
    """The number of an array's components, as a C++ expression: a product."""
    return product([sizes.get(dim, dim) for dim in array.dims])


def product(factors: Sequence[str]) -> str:
    """The product of C++ expressions that are products themselves."""
    return " * ".join(factor for factor in factors if factor != "1") or "1"


Segments = Mapping[str, int]
"""For the name of each sweep, which of its arrays."""


@dataclass(frozen=True)
class Part:
    """One step's share of a whole array, or of several: one for each choice of the arrays that are swept over."""

    step: Array
    """What the level has of it."""
    layout: Layout
    wholes: tuple[tuple[tuple[tuple[str, int], ...], Array], ...]

    @classmethod
    def of(cls, step: Array, name: str, layout: Layout, sweeps: tuple[Sweep, ...], names: Names) -> Part:
        """Wholes are called `name`; where there are several, names of arguments follow, and a number if need be."""
        own = [sweep for sweep in sweeps if sweep.name in layout.axes]
        wholes = []
        for choice in itertools.product(*(range(len(sweep.arrays)) for sweep in own)):
            segments = {sweep.name: segment for sweep, segment in zip(own, choice, strict=True)}
            several = [
                sweep.arrays[segment].name for sweep, segment in zip(own, choice, strict=True) if len(sweep.arrays) > 1
            ]
            called = names.fresh("_".join([name, *several])) if several else name
            dims = whole_dims(step, layout, own, segments)
            wholes.append((tuple(segments.items()), Array(called, step.element, dims)))
        return cls(step, layout, tuple(wholes))

    @property
    def arrays(self) -> tuple[Array, ...]:
        return tuple(array for _, array in self.wholes)


def whole_dims(step: Array, layout: Layout, sweeps: list[Sweep], segments: Segments) -> tuple[str, ...]:
    """Dimensions of a whole array, of which one step has `step`."""
    by_name = {sweep.name: sweep for sweep in sweeps}
    dims: list[str] = []
    for axis in layout.axes:
        dims.extend(step.dims if axis is None else by_name[axis].dims(segments[axis]))
    return tuple(dims)


@dataclass(frozen=True)
class Loops:
    """What the outermost function does: for each component of all sweeps, one call."""

    sweeps: tuple[Sweep, ...]
    gathered: tuple[Part, ...]
    """Cotangents: each step gets its share of the whole."""
    scattered: tuple[Part, ...]
    """Results: each step gives its share."""
    arguments: tuple[str, ...]
    """Of the call, as C++ expressions."""
    buffers: tuple[str, ...]
    """C++ addresses of the steps' own arrays: of those gathered, then of those scattered."""


def swept(
    inner: Function,
    name: str,
    sweeps: tuple[Sweep, ...],
    gathered: tuple[Part, ...],
    layouts: tuple[Layout, ...],
    names: Names,
) -> Function:
    """The function around the outermost level that runs all sweeps."""
    locals_: list[Local] = []
    scratch = list(inner.scratch)

    def buffer(array: Array) -> str:
        fresh = Array(names.fresh(f"{array.name}_step"), array.element, array.dims, lanes=array.lanes)
        if array.is_number:
            locals_.append(Local(fresh, "0"))
            return f"&{fresh.symbol}"
        scratch.append(fresh)
        return fresh.symbol

    by_component = {sweep.name: sweep for sweep in sweeps}
    steps = {part.step.name: part for part in gathered}
    inputs: list[Input] = []
    arguments: list[str] = []
    buffers: list[str] = []
    for item in inner.inputs:
        if item.name in steps:
            inputs.extend(steps[item.name].arrays)
            buffers.append(buffer(steps[item.name].step))
            arguments.append(buffers[-1])
            continue
        arguments.extend(item.values)
        listing = by_component[item.name].listing if item.name in by_component else None
        if item.name not in by_component:
            inputs.append(item)
        elif listing is not None:
            inputs.append(listing)
    results: list[Array] = []
    scattered: list[Part] = []
    for result, layout in zip(inner.results, layouts, strict=True):
        if layout.is_whole:
            results.append(result)
            arguments.append(result.symbol)
            continue
        part = Part.of(result, result.name, layout, sweeps, names)
        results.extend(part.arrays)
        scattered.append(part)
        buffers.append(buffer(result))
        arguments.append(buffers[-1])
    arguments.extend(item.symbol for item in inner.scratch)
    in_order = tuple(steps[item.name] for item in inner.inputs if item.name in steps)
    return Function(
        name=name,
        inputs=tuple(inputs),
        results=tuple(results),
        scratch=tuple(scratch),
        level=inner.level,
        locals=tuple(locals_),
        calls=inner.name,
        lanes=inner.lanes,
        loops=Loops(sweeps, in_order, tuple(scattered), tuple(arguments), tuple(buffers)),
    )


def mirrored(sweeps: Sequence[Sweep], segments: Segments) -> Iterator[tuple[Segments, tuple[Sweep, ...]]]:
    """Entries that are equal by symmetry: their segments, and the sweeps whose index and start change places."""
    symmetric = [sweep for sweep in sweeps if sweep.start is not None and sweep.start.name in segments]
    for count in range(1, len(symmetric) + 1):
        for swapped in itertools.combinations(symmetric, count):
            other = dict(segments)
            for sweep in swapped:
                if sweep.start is not None:
                    other[sweep.name], other[sweep.start.name] = segments[sweep.start.name], segments[sweep.name]
            yield other, swapped
