"""Whether a call still has something to check.

Every call of a kernel that is not settled asks this. The records are imported when a derivative is called, and what
compares when there is something to compare, which most processes never have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from zymogen.runtime.checks.policy import policy

if TYPE_CHECKING:
    from zymogen.runtime.checks.first_use import FirstUse
    from zymogen.runtime.kernel import Kernel

_TYPES = frozenset({"dtype", "signature", "sig", "casting"})
"""Keywords that have a say in the choice of a loop."""

# Types of arguments whose loop is done, each beside the policy that it is done for.
_settled_types: WeakKeyDictionary[Kernel, set[tuple[Any, ...]]] = WeakKeyDictionary()


def first_use(kernel: Kernel, args: Sequence[Any], kwargs: Mapping[str, Any]) -> FirstUse | None:
    """Decide before a call whether its first row will be compared, and keep that row: the call may overwrite it.

    A kernel with nothing left to check is marked as settled, and so are the argument types of one whose loops for
    other types are still open.
    """
    settled = policy.settled
    if policy.mode == "off" or not kernel.request.order:
        kernel.settled = settled
        return None
    types = (settled, *map(_type_of, args))
    # Not `None in types`: a dtype equals None where it is NumPy's default.
    known = not _TYPES & kwargs.keys() and all(item is not None for item in types)
    if known and types in _settled_types.get(kernel, ()):
        return None
    from zymogen.runtime.checks import records
    from zymogen.runtime.checks.row import first_row

    keys = () if policy.mode == "always" else records.record_keys(kernel)
    if keys and all(map(records.is_done, keys)):
        kernel.settled = settled
        return None
    row = first_row(kernel, args, kwargs)
    if row is None:
        return None
    if keys and records.is_done(keys[row.loop]):
        if known:
            _settled_types.setdefault(kernel, set()).add(types)
        return None
    given = kwargs.get("out")
    outputs = (*args[len(kernel.operands) :], *(given if isinstance(given, tuple) else (given,)))
    from zymogen.runtime.checks.first_use import FirstUse

    return FirstUse(kernel, row, keys, outputs, dict(kwargs))


def _type_of(item: Any) -> Any:
    """What NumPy chooses a loop by; None for lists and the like."""
    if isinstance(item, (np.ndarray, np.generic)):
        return item.dtype
    return type(item) if type(item) in (int, float) else None
