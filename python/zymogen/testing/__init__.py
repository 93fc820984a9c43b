"""Checks for the tests of those who use zymogen."""

from zymogen.testing.derivatives import check_derivatives
from zymogen.testing.inactivity import assert_inactive

# The function takes the place of the package of the same name, whose modules are an implementation's business.
from zymogen.testing.scenarios import OPERATORS, Operator, Scenario, check_scenario, scenarios

__all__ = ["OPERATORS", "Operator", "Scenario", "assert_inactive", "check_derivatives", "check_scenario", "scenarios"]
