"""All scenarios that come with the package."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from zymogen.errors import MissingPackageError
from zymogen.testing.scenarios.scenario import Scenario

_THEMES = (
    "use_cases",
    "elementary",
    "control_flow",
    "language",
    "containers",
    "complex_numbers",
    "linear_algebra",
    "physics",
    "shapes",
)


@cache
def scenarios() -> dict[str, Scenario]:
    """The built-in scenarios by name.

    Raises
    ------
    ImportError
        If mpmath is not installed, which the references compute with.
    """
    try:
        themes = [import_module(f"zymogen.testing.scenarios.{theme}") for theme in _THEMES]
    except ModuleNotFoundError as error:
        if error.name != "mpmath":
            raise
        raise MissingPackageError(
            "scenarios: mpmath is not installed. Exact results are computed with it. Run `pip install mpmath`."
        ) from error
    return {scenario.name: scenario for theme in themes for scenario in theme.TABLE}
