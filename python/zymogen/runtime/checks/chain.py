"""All levels of a derivative compared, each with differences of the one below, from the outermost to the kernel."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from zymogen.errors import ZymogenError
from zymogen.runtime.checks.directions import Direction, generator, random_like
from zymogen.runtime.checks.level import Comparison, compare_level
from zymogen.runtime.checks.probes import NothingToCompareError
from zymogen.runtime.checks.projection import Results

if TYPE_CHECKING:
    from zymogen.runtime.kernel import Kernel


def compare(kernel: Kernel, arguments: Direction, known: Results | None = None) -> Iterator[Comparison]:
    """Compare every level of a derivative, the outermost first.

    Parameters
    ----------
    kernel : with all components as arguments of the call, see `Kernel.opened`
    arguments : for one row, by name; of the loop's element types
    known : what a call has computed for them

    Returns
    -------
    An iterator that ends after a level that differs.
    """
    rng = generator(tuple(arguments.values()))
    generic = with_generic_seeds(kernel, arguments, rng)
    if any(generic[name] is not array for name, array in arguments.items()):
        known = None
    chain = (*kernel.below, kernel)
    for below, derivative in reversed(list(itertools.pairwise(chain))):
        try:
            alone = _built_alone(kernel) if below is chain[0] else None
            comparison = compare_level(derivative, below, generic, rng, known=known, alone=alone)
        except (ZymogenError, NothingToCompareError) as error:
            # The kernel throws, or no derivative of this level is kept: there is nothing to compare.
            comparison = Comparison(derivative, "unknown", reason=str(error))
        known = None
        yield comparison
        if comparison.verdict == "differs":
            return


def _built_alone(kernel: Kernel) -> Kernel | None:
    """The kernel in a build of its own, where there is one; nothing is built for that.

    Not with options by which the compiler may round otherwise from build to build: steps of a function may then lie
    elsewhere. Nor where some of the kernel's results are chosen before it is differentiated.
    """
    if kernel.unit.options.math != "strict" or kernel.below[0].request.levels:
        return None
    return kernel.plain if kernel.plain.finished is not None else None


def with_generic_seeds(kernel: Kernel, arguments: Direction, rng: np.random.Generator) -> Direction:
    """The arguments with random tangents and cotangents.

    Levels are linear in these, and what a caller gives, such as unit vectors, shows a part of the derivative only.
    """
    own = {item.name for item in kernel.plan.declaration.signature.arguments}
    return {
        name: random_like(array, rng) if name not in own and array.dtype.kind == "f" else array
        for name, array in arguments.items()
    }
