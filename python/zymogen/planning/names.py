"""Names in generated C++: those of the signature, unless C++ or the generated code itself has a use for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from zymogen.signature import Signature

_RESERVED = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t
    class co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue
    contract_assert decltype default delete do double dynamic_cast else enum explicit export extern false
    float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or
    or_eq private protected public register reinterpret_cast requires return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename
    union unsigned using virtual void volatile wchar_t while xor xor_eq linux unix assert errno EOF INFINITY
    NAN NULL row rows failure evaluate std zymogen enzyme_dup enzyme_dupnoneed enzyme_const
    enzyme_width lanes lane block
    """.split()  # noqa: SIM905 (read as a text)
)
# Functions of the generated code; and what the language keeps for itself.
_RESERVED_FORMS = re.compile(r"(?:level|sweep|operand)_\d+|zymogen_.*|.*_index\d*_at|.*__.*|_[A-Z].*")


def symbol(name: str) -> str:
    """The C++ identifier for a name: `class` becomes `class_`, and `class_` then `class__`."""
    stem = name.rstrip("_")
    return f"{name}_" if stem in _RESERVED or _RESERVED_FORMS.fullmatch(stem) else name


def loop_namespace(loop: int) -> str:
    """The namespace of all that is generated for one loop but its entry.

    What is generated at namespace scope begins with `zymogen_`, which no name of a user's does.
    """
    return f"zymogen_loop_{loop}"


def entry_name(loop: int, below: int | None = None) -> str:
    """The symbol of the entry for one loop (element type) of a ufunc, or of one of the plans below its own."""
    return f"zymogen_entry_{loop}" if below is None else f"zymogen_below_{below}_{loop}"


def size_symbols(signature: Signature) -> dict[str, str]:
    """The C++ identifier of every dimension with a name: `n`, or `n_size` where an argument or a result is `n`."""
    arrays = {item.name for item in (*signature.arguments, *signature.results)}
    names = Names(arrays | set(signature.sizes))
    return {size: symbol(names.fresh(f"{size}_size") if size in arrays else size) for size in signature.sizes}


class Names:
    """Hands out names that are not taken."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def fresh(self, wanted: str) -> str:
        """`wanted`, or the first of `wanted2`, `wanted3`, ... that nobody has."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}{number}"
        self._taken.add(name)
        return name
