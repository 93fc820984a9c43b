"""The store: finished builds on disk, shared by all processes of one user."""

from zymogen.build.store.entry import Entry
from zymogen.build.store.store import Store

__all__ = ["Entry", "Store"]
