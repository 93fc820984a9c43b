"""A kernel's signature: NumPy's gufunc notation with argument names in front, such as `M(a,c), x(c) -> y(a)`.

The same notation is read at compile time by `zymogen/signature.hpp`, which says exactly what is allowed. What one of
the two accepts, the other does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zymogen.errors import SignatureError

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_SPACE = "[ \\n\\t]*"
_ITEM = re.compile(rf"{_SPACE}(?P<name>{_NAME})?{_SPACE}(?P<dims>\((?P<inside>[^()]*)\))?{_SPACE}(?P<comma>,|\Z)")
_DIMENSION = re.compile(rf"{_NAME}|[1-9][0-9]{{0,8}}")
_CALCULATED = re.compile(r"\w+\s*[-+*/].*", re.DOTALL)
_BLANK = " \n\t"

# The same limits as in zymogen/signature.hpp.
_MAX_RANK = 8
_MAX_ITEMS = 32


@dataclass(frozen=True)
class Argument:
    """An array, or a scalar where `dims` is empty. A dimension is a name or a fixed positive number, as text."""

    name: str
    dims: tuple[str, ...]

    @property
    def rank(self) -> int:
        return len(self.dims)

    def __str__(self) -> str:
        return f"{self.name}({','.join(self.dims)})"


@dataclass(frozen=True)
class Signature:
    """The arguments and results of a kernel.

    `order` holds the names of all inputs as the C++ function takes them; those that are no argument are bare
    sizes, whose value is the size of the dimension of that name.
    """

    text: str
    order: tuple[str, ...]
    arguments: tuple[Argument, ...]
    results: tuple[Argument, ...]
    known: tuple[tuple[str, str], ...] = ()
    """Dimensions that had a name, and the number that stands in its place now; see `with_sizes`."""

    def with_sizes(self, sizes: Mapping[str, int]) -> Signature:
        """The signature with numbers in the place of some named dimensions."""

        def put(item: Argument) -> Argument:
            return Argument(item.name, tuple(str(sizes.get(dim, dim)) for dim in item.dims))

        arguments, results = tuple(map(put, self.arguments)), tuple(map(put, self.results))
        texts = {item.name: str(item) for item in arguments}
        left = ", ".join(texts.get(name, name) for name in self.order)
        text = f"{left} -> {', '.join(map(str, results))}"
        known = (*self.known, *((name, str(size)) for name, size in sizes.items()))
        return Signature(text, self.order, arguments, results, known)

    @property
    def sizes(self) -> tuple[str, ...]:
        """Names of all dimensions, in order of first appearance; fixed ones are not among them."""
        dims = (dim for item in self.arguments + self.results for dim in item.dims)
        return tuple(dict.fromkeys(dim for dim in dims if not dim.isdigit()))

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read `text`.

        Raises
        ------
        SignatureError
            If the text is not in the notation; the message quotes the part that is not.
        """
        left, arrow, right = text.partition("->")
        if not arrow:
            raise _error(text, 'there is no "->". Write arguments -> results, as in x(n) -> ()')
        inputs = _items(left, text) if left.strip(_BLANK) else []
        outputs = _items(right, text)
        _check(inputs, outputs, text)
        arguments = tuple(Argument(name, dims) for name, dims in inputs if dims is not None)
        names = _result_names(inputs, outputs)
        results = tuple(Argument(name, dims or ()) for name, (_, dims) in zip(names, outputs, strict=True))
        return cls(text, tuple(name for name, _ in inputs), arguments, results)


_Item = tuple[str, tuple[str, ...] | None]
"""A name, empty for a result without one, and dimensions, None for a bare size."""


def _error(text: str, what: str) -> SignatureError:
    return SignatureError(f'signature "{text}": {what}.')


def _result_names(inputs: Sequence[_Item], outputs: Sequence[_Item]) -> list[str]:
    """Give results without a name one that nothing else has: `out`, or `out0`, `out1`, ... where there are several."""
    taken = {name for name, _ in (*inputs, *outputs)}
    unnamed = [position for position, (name, _) in enumerate(outputs) if not name]
    names = [name for name, _ in outputs]
    for position in unnamed:
        name = "out" if len(unnamed) == 1 else f"out{position}"
        while name in taken:
            name += "_"
        taken.add(name)
        names[position] = name
    return names


def _items(side: str, text: str) -> list[_Item]:
    items: list[_Item] = []
    position = 0
    while True:
        match = _ITEM.match(side, position)
        if match is None or not (match["name"] or match["dims"]):
            raise _error(text, f'an argument or a result is expected at "{side[position:].strip(_BLANK)}"')
        items.append((match["name"] or "", None if match["dims"] is None else _dims(match["inside"], text)))
        if len(items) > _MAX_ITEMS:
            raise _error(text, f"there are more than {_MAX_ITEMS} arguments or results")
        if not match["comma"]:
            return items
        position = match.end()


def _dims(inside: str, text: str) -> tuple[str, ...]:
    if not inside.strip(_BLANK):
        return ()
    dims = tuple(dim.strip(_BLANK) for dim in inside.split(","))
    for dim in dims:
        if not _DIMENSION.fullmatch(dim):
            raise _error(
                text,
                f'"{dim}" is no dimension. Write a name or a positive number of at most nine digits{_way_out(dim)}',
            )
    if len(dims) > _MAX_RANK:
        raise _error(text, f"({inside}) has more than {_MAX_RANK} dimensions")
    return dims


def _way_out(dim: str) -> str:
    """Say what `SignatureReader::way_out` says of a size that is calculated from another one."""
    if not _CALCULATED.fullmatch(dim):
        return ""
    return (
        ". Sizes are not calculated: name a result of another size among the arguments, too, so that the caller's "
        "array fixes it, as y in x(n), y(m) -> y(m), or make it as long as an argument and leave the rest unused"
    )


def _check(inputs: Sequence[_Item], outputs: Sequence[_Item], text: str) -> None:
    """What `SignatureReader::check` checks."""
    known = {dim for _, dims in inputs for dim in dims or ()}
    for kind, items in (("arguments", inputs), ("results", outputs)):
        names = [name for name, _ in items if name]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise _error(text, f"two {kind} have the name {twice}")
    for number, (name, dims) in enumerate(inputs, start=1):
        if not name:
            raise _error(text, f"argument number {number} has no name")
        if dims is None and name not in known:
            raise _error(text, f"{name} is a bare size, and no argument has a dimension {name}")
    for name, dims in outputs:
        if dims is None:
            raise _error(text, f"the result {name} has no parentheses")
        free = next((dim for dim in dims if not dim.isdigit() and dim not in known), None)
        if free is not None:
            raise _error(text, f"no argument fixes the dimension {free} of a result")
