"""Sound derivatives of difficult kernels pass or stay undecided, at ordinary and at awkward points."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg
from zymogen.runtime.checks.chain import compare
from zymogen.runtime.checks.row import first_row

BODIES = {
    "iterated": """
        for (Real t : x) {
            const Real a = 1 + t * t;
            Real r = a;
            for (int i = 0; i < 50 && std::abs(r * r - a) > Real(1e-3); ++i) r = Real(0.5) * (r + a / r);
            s += r * t;
        }""",
    "fixed_point": """
        for (Real t : x) {
            Real r = 0, before = 1;
            for (int i = 0; i < 200 && std::abs(r - before) > Real(1e-4); ++i) {
                before = r;
                r = Real(0.9) * std::cos(r) + Real(0.01) * t;
            }
            s += r;
        }""",
    "cancelling": """
        Real mean = 0, squares = 0;
        for (Real t : x) { mean += t; squares += t * t; }
        mean /= x.size();
        s = squares / x.size() - mean * mean;""",
    "rounded_inside": "for (Real t : x) { const float f = static_cast<float>(t); s += f * f * std::sin(f); }",
    "floored": "for (Real t : x) s += std::floor(t * 10) / 10 + t * t;",
    "clamped": "for (Real t : x) s += std::clamp(t, Real(-0.5), Real(1)) * t;",
    "kinked": "for (Real t : x) s += std::abs(t) + std::max(t, Real(0.3));",
    "largest": "s = x[0]; for (Real t : x) s = std::max(s, t);",
    "picked": """
        std::size_t best = 0;
        for (std::size_t i = 0; i < x.size(); ++i) if (x[i] > x[best]) best = i;
        s = x[best] * x[best];""",
    "rooted": "for (Real t : x) s += std::sqrt(std::abs(t)) + std::cbrt(t);",
    "distance": "Real q = 0; for (Real t : x) q += t * t; s = std::sqrt(q);",
    "saturated": "for (Real t : x) s += 1 - std::tanh(t) + std::log(1 + std::exp(t));",
    "throwing": 'for (Real t : x) { if (t > 1) throw std::domain_error("x is above 1"); s += t * t * t; }',
    "interpolated": """
        static const Real table[] = {0, Real(.1), Real(.4), Real(.9), Real(1.6), Real(2.5), Real(3.6), Real(4.9), 6};
        for (Real t : x) {
            const Real a = std::abs(t) < 7 ? std::abs(t) : 7;
            const int i = static_cast<int>(a);
            s += table[i] + (a - i) * (table[i + 1] - table[i]);
        }""",
    "oscillating": "for (Real t : x) s += std::sin(1000 * t);",
    "chaotic": """
        for (Real t : x) {
            Real r = Real(0.5) + Real(0.4) * std::sin(t);
            for (int i = 0; i < 20; ++i) r = Real(3.9) * r * (1 - r);
            s += r;
        }""",
    "compact": "for (Real t : x) s += std::abs(t) < 1 ? std::exp(-1 / (1 - t * t)) : Real(0);",
    "constant": "s = 7 + 0 * x[0];",
    "linear": "for (std::size_t i = 0; i < x.size(); ++i) s += (i + 1) * x[i];",
}
HEADER = """
#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <zymogen/kernel.hpp>
using std::abs;
"""
POINTS = {
    "ordinary": [0.31, -0.72, 1.24, 0.05, -1.93],
    "zeros": [0.0] * 5,
    "ones": [1.0] * 5,
    "integers": [0.0, 1.0, 2.0, 3.0, 4.0],
    "ties": [0.3, 0.3, 1.0, 1.0, -0.5],
    "unit": [1.0, 0.0, 0.0, 0.0, 0.0],
    "beside kinks": [1.00001, 0.29999, -0.50001, -0.49999, 1e-4],
    "small": [1e-5, 0.3, -1e-9, 1e-12, 2.0],
    "uneven": [1e-20, 1.0, 1e5, -1e-5, 3.0],
    "tiny": [3e-30, -1e-30, 2e-31, 7e-30, -5e-30],
    "denormal": [3e-310, -1e-310, 2e-311, 7e-310, -5e-310],
    "far": [-51.0, 48.0, -50.0, 17.0, 33.0],
    "large": [3e5, -2e6, 1e6, 5e5, -4e5],
    "huge": [3e200, -2e200, 1e200, 5e200, -4e200],
    "not numbers": [np.nan, 1.0, 0.5, 2.0, 3.0],
    "infinite": [np.inf, 1.0, -np.inf, 2.0, 3.0],
    "one": [0.7],
}
# Where arguments are changed by less than what they are rounded to inside, or by more than a period, the differences
# belong to another function than the one that was meant.
BEYOND = {
    *((kernel, point) for kernel in ("floored", "rounded_inside") for point in ("uneven", "tiny", "large", "huge")),
    *((kernel, "huge") for kernel in ("fixed_point", "chaotic", "oscillating")),
}

DERIVATIVES = {
    "gradient": lambda f, _: zg.grad(f),
    "jacobian": lambda _, g: zg.jacobian(g, mode="forward"),
    "hessian": lambda f, _: zg.hessian(f, mode="reverse"),
}


@pytest.fixture(scope="module", params=["double", "float"])
def real(request):
    return request.param


@pytest.fixture(params=BODIES)
def kernels(request, real):
    name, body = request.param, BODIES[request.param].replace("Real", real)
    text = f"""{HEADER}
    {real} {name}(std::span<const {real}> x) {{ {real} s = 0; {body} return s; }}
    ZYMOGEN_KERNEL({name}, "x(n) -> ()");
    void each(std::span<const {real}> z, std::span<{real}> y) {{
        for (std::size_t i = 0; i < z.size(); ++i) y[i] = {name}(z.subspan(i, 1)) * z[(i + 1) % z.size()];
    }}
    ZYMOGEN_KERNEL(each, "z(n) -> y(n)");
    """
    library = zg.compile(text)
    return name, library[name], library.each


@pytest.mark.exhaustive
@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_sound_derivatives_are_never_called_wrong(kernels, real, derivative):
    name, f, g = kernels
    d = DERIVATIVES[derivative](f, g)
    ordinary, settled = [], []
    for point, values in POINTS.items():
        if (name, point) in BEYOND:
            continue
        with np.errstate(all="ignore"):
            x = np.array(values, dtype="f8" if real == "double" else "f4")
        row = first_row(d, (x,), {})
        for found in compare(d.opened, row.arguments):
            assert found.verdict != "differs", (point, found.worst)
            if point == "ordinary":
                ordinary.append(found.verdict)
                settled.append(found.settled)
    if name not in ("throwing", "chaotic", "oscillating"):
        assert "agrees" in ordinary
        # Where nothing is odd, one call is enough, unless nothing moves either.
        assert all(settled) or derivative != "gradient" or name == "constant"
