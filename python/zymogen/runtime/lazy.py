"""Attributes that are computed at their first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_Value = TypeVar("_Value")


class lazy(Generic[_Value]):  # noqa: N801  used as a decorator, as `property` is
    """A property that is computed once, and an attribute from then on.

    Before Python 3.12, `functools.cached_property` has one lock for the property of all objects: of two derivatives
    that compile in threads, one would wait for the other. Here nobody waits. Threads that ask one object at the same
    time may compute the same twice, so it must be of equal use to have either; of builds the store makes one.
    """

    def __init__(self, compute: Callable[[Any], _Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[_Value]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...

    def __get__(self, instance: object | None, owner: type) -> lazy[_Value] | _Value:
        """Compute the value; the next time the attribute is found before this is."""
        if instance is None:
            return self
        value: _Value = instance.__dict__.setdefault(self._name, self._compute(instance))
        return value
