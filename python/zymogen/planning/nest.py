"""From a request to its nest of functions: the kernel, and around it one function for each level."""

from __future__ import annotations

from functools import lru_cache

from zymogen.declaration import Declaration, Instance
from zymogen.planning.evaluation import evaluation
from zymogen.planning.function import Function, SeedKind
from zymogen.planning.names import Names, size_symbols
from zymogen.planning.request import Request


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
    kernel = evaluation(declaration, instance, names)
    if not request.levels:
        return (kernel,)
    # The import of an extension module plans its kernels, and needs nothing of derivatives.
    from zymogen.planning.levels import with_levels

    return with_levels(kernel, names, sizes, request, seed, wide=wide)
