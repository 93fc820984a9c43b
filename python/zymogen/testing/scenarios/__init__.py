"""The table of scenarios: kernels, points and exact results, for the project's own tests and for yours."""

from zymogen.testing.scenarios.agreement import check_scenario
from zymogen.testing.scenarios.exact import Exact
from zymogen.testing.scenarios.operators import OPERATORS, Operator
from zymogen.testing.scenarios.scenario import Scenario, shared_source
from zymogen.testing.scenarios.table import scenarios

__all__ = ["OPERATORS", "Exact", "Operator", "Scenario", "check_scenario", "scenarios", "shared_source"]
