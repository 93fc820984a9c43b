"""The signature that `inspect` shows of objects whose calls are made by compiled code."""

from __future__ import annotations

import inspect
from typing import Any


class CallSignature:
    """What `inspect.signature` finds for an object; for its class it goes on looking, and finds `__init__`."""

    def __get__(self, instance: object | None, owner: type) -> inspect.Signature:
        if instance is None:
            raise AttributeError("__signature__")
        return inspect.signature(_call)


def _call(*args: Any, **kwargs: Any) -> Any: ...
