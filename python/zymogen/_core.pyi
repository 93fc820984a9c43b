from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

__version__: str
abi_version: int

@final
class Operand:
    """One operand of an entry; `dims` and `extents` are positions among the signature's core dimensions.

    In `extents`, ``~extent`` stands for a fixed extent that is no core dimension.
    """

    def __init__(
        self,
        role: Literal["input", "index", "list", "output"],
        itemsize: int,
        dims: Sequence[int],
        bound: Sequence[int] | None = None,
        extents: Sequence[int] = (),
        label: str = "",
        names: Sequence[str] = (),
    ) -> None: ...

@final
class Scratch:
    """Working memory for one row and one thread."""

    def __init__(self, itemsize: int, dims: Sequence[int], zero: bool = False) -> None: ...

@final
class Loop:
    """A compiled entry with the NumPy type numbers of the operands that its ufunc shows.

    If `batch` is not negative, it is the position of the core dimension that is the batch: operands have it first or
    not at all, and outputs without it are sums over it.
    """

    def __init__(
        self,
        entry: int,
        types: Sequence[int],
        operands: Sequence[Operand],
        scratch: Sequence[Scratch] = (),
        batch: int = -1,
    ) -> None: ...

@final
class Library:
    """A loaded shared library; it stays loaded."""

    @property
    def path(self) -> str: ...
    def address(self, symbol: str) -> int: ...

class DirectCallable:
    """What may be called without Python code in between: the base class of kernels.

    A call goes straight to `_direct` if `settled` is what `set_settled` was given last, and nothing has to be looked
    at: there are as many arguments by position as `index_ranks`, none is of a subclass of arrays, a component is one
    integer or one array with that many dimensions, and no keyword is a tuple. If `_direct` raises an exception,
    `_recover(error, args, kwargs)` is called. All other calls go to `_call_with_care(args, kwargs)`. Both give flat
    results as a ufunc does, and these are then nested.

    Parameters
    ----------
    index_ranks : for each argument that is a component, the dimensions of its array; -1 for all others
    structure : the positions of results, nested as the results are to be; None leaves them as they are
    """

    settled: object
    _direct: Callable[..., Any] | None

    def __init__(self, index_ranks: Sequence[int], structure: object) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

def set_settled(settled: object) -> None:
    """Say what `settled` must be for calls to go directly, in all objects."""

def make_ufunc(
    name: str,
    doc: str,
    signature: str,
    nin: int,
    nout: int,
    loops: Sequence[Loop],
    recipe: object,
    watched: bool = False,
) -> np.ufunc: ...
def add_sized_entry(ufunc: np.ufunc, loop: int, size: Sequence[int], entry: int) -> None:
    """Let another entry compute rows with these core dimensions, from the next batch on."""

def set_watch(
    listener: Callable[[np.ufunc, int, tuple[int, ...]], Callable[[list[bytes]], None] | None] | None, seconds: float
) -> None:
    """Tell of batches of watched ufuncs, once for each size, when those of one size have taken so long together.

    The listener gets the ufunc, the number of the loop, and the core dimensions. What it gives back is called with the
    first rows of all operands, unless it is None.
    """

def states_of(ufunc: np.ufunc) -> dict[tuple[int, tuple[int, ...]], str]:
    """What has become of sizes whose batches take long, by the number of the loop and the sizes.

    It lives as long as the ufunc, and whoever listens (see `set_watch`) writes to it.
    """

def recipe_of(ufunc: object) -> object: ...
def set_num_threads(count: int) -> None: ...
def get_num_threads() -> int: ...
def set_error_types(types: dict[str, type[BaseException]]) -> dict[str, type[BaseException]]: ...
def open_library(path: str | PathLike[str]) -> Library: ...
def demangle(name: str) -> str: ...
def color_columns(start: NDArray[np.int64], index: NDArray[np.int32], rows: int, order: str) -> NDArray[np.int32]: ...
def color_star(start: NDArray[np.int64], index: NDArray[np.int32], rows: int, order: str) -> NDArray[np.int32]: ...
def star_sources(
    start: NDArray[np.int64], index: NDArray[np.int32], colors: NDArray[np.int32]
) -> NDArray[np.int64]: ...
def gather(source: NDArray[Any], index: NDArray[np.int32] | NDArray[np.int64], result: NDArray[Any]) -> None: ...
