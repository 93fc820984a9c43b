"""Functions that put a message together and throw it are no obstacle to derivatives."""

from __future__ import annotations

import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

# A template, as in libraries, of which the compiler does not conclude that it never returns.
KERNELS = r"""
#include <zymogen/kernel.hpp>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>

struct Words {
    virtual ~Words() = default;
    virtual std::string text(double x) const { return std::to_string(x); }
};

template <class T>
[[gnu::noinline]] void refuse(const char* function, T x, const Words& words) {
    std::string message = "Error in function %1%: a root of " + words.text(x);
    message.replace(message.find("%1%"), 3, function);
    throw std::domain_error(message);
}

struct Short : Words {
    std::string text(double x) const override { return std::to_string(static_cast<int>(x)); }
};

const Words usual;
const Short other;

double root(double x, int is_short) {
    if (x < 0) refuse("root", x, is_short ? other : usual);
    return std::sqrt(x) * x;
}
ZYMOGEN_KERNEL(root, "x(), is_short() -> ()");

// The same in the kernel itself, by a stream.
double inverse(double x, int is_short) {
    if (x < 0) {
        std::ostringstream message;
        message << "Error: the inverse of " << (is_short ? other : usual).text(x);
        throw std::domain_error(message.str());
    }
    return 1 / x;
}
ZYMOGEN_KERNEL(inverse, "x(), is_short() -> ()");
"""


@pytest.fixture(scope="module", params=["root", "inverse"])
def kernel(request):
    """A kernel, its first and second derivative at 4, and what it says of -1."""
    known = {
        "root": (3.0, 0.375, r"Error in function root: a root of -1\.0"),
        "inverse": (-1 / 16, 1 / 32, r"Error: the inverse of -1\.0"),
    }
    return zg.compile(KERNELS)[request.param], *known[request.param]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives_past_what_throws_are_right(kernel, mode):
    f, first, second, _ = kernel
    assert zg.hessian(f, "x", mode=mode)(4.0, 0) == pytest.approx(second, rel=1e-15)
    assert zg.grad(f, "x")(4.0, 0) == pytest.approx(first, rel=1e-15)
    assert zg.partial(f, "x")(4.0, 0) == pytest.approx(first, rel=1e-15)


@pytest.mark.parametrize("operator", [zg.grad, zg.partial], ids=["grad", "partial"])
def test_what_is_thrown_comes_out_of_derivatives(kernel, operator):
    f, first, _, message = kernel
    derivative = operator(f, "x")
    with pytest.raises(ValueError, match=message):
        derivative([4.0, -1.0], 0)
    assert derivative(4.0, 0) == pytest.approx(first, rel=1e-15)
