"""Every elementary function in a loop of its own, chosen by a number, so that one build serves all."""

from __future__ import annotations

import pytest

import zymogen as zg
from tests.fast_math.functions import FUNCTIONS

NAMES = [function.in_cpp for function in FUNCTIONS.values()]
LOOPS = "\n".join(
    f"case {number}: for (std::size_t i = 0; i < x.size(); ++i) y[i] = {name}(x[i]); break;"
    for number, name in enumerate(NAMES)
)
CALLS = "\n".join(f"case {number}: return {name}(x);" for number, name in enumerate(NAMES))
SOURCE = f"""
#include <cmath>
#include <zymogen/kernel.hpp>

inline double power_of_ten(double x) {{ return exp10(x); }}
inline float power_of_ten(float x) {{ return exp10f(x); }}

template <class T>
void loops(std::span<const T> x, int which, std::span<T> y) {{
    switch (which) {{ {LOOPS} }}
}}
void chosen(std::span<const double> x, int which, std::span<double> y) {{ loops(x, which, y); }}
ZYMOGEN_KERNEL(chosen, "x(n), which() -> y(n)");
void chosen_of_floats(std::span<const float> x, int which, std::span<float> y) {{ loops(x, which, y); }}
ZYMOGEN_KERNEL(chosen_of_floats, "x(n), which() -> y(n)");

double single(double x, int which) {{
    switch (which) {{ {CALLS} }}
    return 0;
}}
ZYMOGEN_KERNEL(single, "x(), which() -> ()");
"""


@pytest.fixture(scope="session")
def fast() -> zg.Library:
    return zg.compile(SOURCE, math="fast")


@pytest.fixture(scope="session")
def strict() -> zg.Library:
    return zg.compile(SOURCE)
