"""The real fit: a mixture of three Gaussians on Fisher's iris measurements, from several starts."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from time import perf_counter

import iris
import numpy as np
from mixture import SMALLEST_DEVIATION, Fit, Likelihood, Parameters
from mixture_picture import draw
from screen import console, show_facts, summary

COMPONENTS = 3
SEED = 1936
PICTURE = Path(__file__).parent / "output" / "iris_mixture.png"


def fit_iris(starts: int) -> None:
    """Fit, print and draw."""
    console.rule("[bold]A real fit: three Gaussians in four dimensions on Fisher's irises")
    console.print(
        "150 flowers, four lengths each. Where do three clusters lie, how large are they, which way do they lean? "
        "The density is written in C++ (mixture.cpp); its gradient for all 45 parameters comes from one reverse pass a "
        "flower, the climbing is SciPy's L-BFGS-B, and Newton's method gives the last digits. "
        "No species is looked at.\n"
    )
    data, species = iris.read()
    likelihood = Likelihood(data, COMPONENTS)
    generator = np.random.default_rng(SEED)
    first = likelihood.start(generator)
    error = likelihood.gradient_error(first)
    begun = perf_counter()
    fits = [likelihood.fit(first), *(likelihood.fit(likelihood.start(generator)) for _ in range(starts - 1))]
    sound = [fit for fit in fits if not fit.parameters.is_degenerate]
    highest = max(sound, key=lambda fit: fit.log_likelihood)
    best = likelihood.polish(highest)
    seconds = perf_counter() - begun
    best = replace(best, parameters=_by_petal_length(best.parameters))
    _, gradient = likelihood.value_and_gradient(best.parameters.flat)
    memberships = likelihood.memberships(best.parameters)
    agreement = _agreement(memberships.argmax(axis=1), species)
    equal = sum(highest.log_likelihood - fit.log_likelihood < 1e-3 for fit in sound)
    draw(PICTURE, data, species, memberships, best, fits)
    show_facts(
        "What was reached",
        [
            ("log-likelihood", f"{best.log_likelihood:.8f}"),
            ("norm of the gradient there", f"{np.linalg.norm(gradient):.1e}"),
            ("iterations", f"{len(highest.path) - 1} (L-BFGS-B) + {len(best.path) - len(highest.path)} (Newton)"),
            ("gradient against central differences", f"{error:.1e} (largest error over largest entry, at a start)"),
            ("starts", f"{starts}, of which {equal} reached this maximum, {starts - len(sound)} became degenerate"),
            ("time of all fits", f"{seconds:.2f} s"),
        ],
    )
    _show_components(best)
    console.print(
        f"Agreement of clusters with species: {agreement} of {len(species)} flowers. This is only a check: "
        "the fit never saw the species, and a cluster need not be one. "
        "A mixture's likelihood has no upper limit (a component can shrink onto equal flowers), so standard deviations "
        f"are kept above {SMALLEST_DEVIATION} cm, and fits that end at this bound are called degenerate "
        "and set aside.\n"
    )
    console.print(f"Picture: {PICTURE}", soft_wrap=True)


def _show_components(best: Fit) -> None:
    fit = best.parameters
    deviations = np.sqrt(np.diagonal(fit.covariances, axis1=1, axis2=2))
    show_facts(
        f"Components ({', '.join(iris.MEASUREMENTS)}; cm)",
        [
            (
                f"{j + 1}: weight {fit.weights[j]:.4f}",
                f"means {summary(fit.means[j])}   deviations {summary(deviations[j])}",
            )
            for j in range(COMPONENTS)
        ],
    )


def _by_petal_length(found: Parameters) -> Parameters:
    """The same mixture with its components in an order that does not depend on the start."""
    order = np.argsort(found.means[:, 2])
    return Parameters(*(array[order] for array in found.arrays))


def _agreement(component: np.ndarray, species: np.ndarray) -> int:
    """Flowers that are where they belong when clusters are named after species in the best way."""
    kinds = np.unique(species)
    return max(int((np.array(names)[component] == species).sum()) for names in permutations(kinds))
