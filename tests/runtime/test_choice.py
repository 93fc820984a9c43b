"""Which of two ways a derivative takes: by the sizes of a call, or the one that Enzyme does not refuse."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import EnzymeError, NoDerivativeError, NotCompiledError, ShapeError, UnsupportedConstructError
from zymogen.planning.cost import cost_of_pass
from zymogen.runtime.choice import Choice

KERNELS = r"""
#include <cmath>
#include <memory>
#include <span>
#include <zymogen/kernel.hpp>

template <class T>
void layer(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(layer, "M(a,c), x(c) -> y(a)");

// Virtual calls: right in reverse mode, refused in forward mode.
struct Shape { virtual double value(double t) const = 0; virtual ~Shape() = default; };
struct Cube : Shape { double value(double t) const override { return t * t * t; } };
struct Square : Shape { double value(double t) const override { return t * t; } };
void shapes(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::unique_ptr<Shape> shape;
        if (i % 2 == 0) shape = std::make_unique<Cube>(); else shape = std::make_unique<Square>();
        y[i] = shape->value(x[i]);
    }
}
ZYMOGEN_KERNEL(shapes, "x(n) -> y(n)");

// What nothing can differentiate.
void opaque(std::span<const double> x, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        int quotient;
        y[i] = std::remquo(x[i], 0.75, &quotient);
    }
}
ZYMOGEN_KERNEL(opaque, "x(n) -> y(n)");
"""


# As short as a kernel can be that has two sizes, for tests that build it themselves.
SMALL = """#include <zymogen/kernel.hpp>
void scaled(std::span<const double> x, std::span<const double> w, std::span<double> y) {
    for (std::size_t a = 0; a < y.size(); ++a) y[a] = w[a] * x[0];
}
ZYMOGEN_KERNEL(scaled, "x(c), w(a) -> y(a)");
"""


@pytest.fixture(scope="module")
def lib():
    return zg.compile(KERNELS)


@pytest.fixture
def taken(monkeypatch):
    """Which way the last call took."""
    chosen, called = [], []
    original = zg.Derivative.__call__

    def choose(self, *args, **kwargs):
        chosen.append(self)
        return original_choice(self, *args, **kwargs)

    def call(self, *args, **kwargs):
        called.append(self)
        return original(self, *args, **kwargs)

    original_choice = Choice.__call__
    monkeypatch.setattr(Choice, "__call__", choose)
    monkeypatch.setattr(zg.Derivative, "__call__", call)
    return lambda: "second" if called[-1] is chosen[-1].other else "first"


def at(c, a):
    rng = np.random.default_rng(0)
    return rng.normal(size=(a, c)) / 10, rng.normal(size=c)


def jacobian(M, x):
    return (1 - np.tanh(M @ x) ** 2)[:, None] * M


@pytest.mark.parametrize(
    ("c", "a", "way"),
    [(3, 3, "first"), (100, 3, "second"), (3, 100, "first"), (100, 100, "first"), (24, 1, "second"), (0, 3, "first")],
)
def test_the_sizes_of_a_call_decide(lib, taken, c, a, way):
    d = zg.jacobian(lib.layer, "x")
    np.testing.assert_allclose(d(*at(c, a)), jacobian(*at(c, a)), rtol=1e-12, atol=1e-15)
    assert taken() == way


def test_the_rule_is_cost_times_passes(lib, taken):
    """Both sides of the border: passes times the cost of one, as `explain` states them."""
    d = zg.jacobian(lib.layer, "x")
    forward, reverse = cost_of_pass(d.plan), cost_of_pass(d.other.plan)
    for c in range(0, 70, 3):
        for a in (1, 2, 3, 5, 8):
            d(*at(c, a))
            passes = [way.count_passes(a=a, c=c) for way in (d.first, d.other)]
            ahead, back = passes[0] * forward, passes[1] * reverse
            assert taken() == ("second" if back < ahead else "first"), (c, a)
            assert d.count_passes(a=a, c=c) == (passes[1] if back < ahead else passes[0])


def test_hessians_choose_as_well(lib, taken):
    d = zg.hessian(lib.layer, "x")
    for c, a in ((2, 9), (40, 1)):
        M, x = at(c, a)
        y = np.tanh(M @ x)
        expected = (-2 * y * (1 - y**2))[:, None, None] * M[:, :, None] * M[:, None, :]
        np.testing.assert_allclose(d(M, x), expected, rtol=1e-11, atol=1e-14)
        costs = [way.plan.count_passes({"a": a, "c": c}) * cost_of_pass(way.plan) for way in (d, d.other)]
        assert taken() == ("second" if costs[1] < costs[0] else "first")


def test_lists_count_instead_of_sizes(lib, taken):
    M, x = at(100, 3)
    whole = jacobian(M, x)
    np.testing.assert_allclose(zg.jacobian(lib.layer, "x", cols=[5, 7])(M, x), whole[:, [5, 7]], rtol=1e-12)
    assert taken() == "first"
    M, x = at(100, 100)
    whole = jacobian(M, x)
    np.testing.assert_allclose(zg.jacobian(lib.layer, "x", rows=[5])(M, x), whole[[5]], rtol=1e-12)
    assert taken() == "second"


def test_leading_dimensions_do_not_count(lib, taken):
    M, x = at(3, 2)
    d = zg.jacobian(lib.layer, "x")
    d(M, np.tile(x, (1000, 1)))
    assert taken() == "first"
    M, x = at(100, 2)
    d(M, np.tile(x, (4, 1)))
    assert taken() == "second"


def test_axes_say_which_dimensions_count(lib, taken):
    M, x = at(3, 2)
    d = zg.jacobian(lib.layer, "x")
    columns = np.tile(x, (1000, 1)).T
    found = d(M, columns, axes=[(0, 1), (0,), (0, 1)])
    assert taken() == "first"
    np.testing.assert_array_equal(found[:, :, 0], d(M, x))
    M, x = at(100, 2)
    columns = np.tile(x, (3, 1)).T
    found = d(M, columns, axes=[(0, 1), 0, (0, 1)])
    assert taken() == "second"
    np.testing.assert_array_equal(found[:, :, 0], d(M, x))


def test_lists_of_numbers_are_arrays(lib):
    M, x = at(3, 2)
    np.testing.assert_array_equal(
        zg.jacobian(lib.layer, "x")(M.tolist(), x.tolist()), zg.jacobian(lib.layer, "x")(M, x)
    )


def test_wrong_calls_have_the_usual_messages(lib):
    d = zg.jacobian(lib.layer, "x")
    with pytest.raises(ShapeError, match=r"c is 3 in M\(a,c\)"):
        d(np.ones((2, 3)), np.ones(4))
    with pytest.raises(ShapeError, match=r"M\(a,c\) has shape \(3,\)"):
        d(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="axes"):
        d(np.ones((2, 3)), np.ones(3), axes=[(0, 1)])
    with pytest.raises(np.exceptions.AxisError):
        d(np.ones((2, 3)), np.ones(3), axes=[(0, 7), 0, (0, 1)])
    with pytest.raises(ValueError, match="1 argument was given"):
        d(np.ones((2, 3)))


def test_forward_is_replaced_by_reverse_where_it_is_refused(lib):
    x = np.array([0.5, -2.0, 3.0])
    d = zg.jacobian(lib.shapes, "x")
    expected = np.diag([3 * 0.25, -4.0, 27.0])
    for _ in range(3):  # the refusal is remembered
        np.testing.assert_allclose(d(x), expected, rtol=1e-15)
    assert d.count_passes(n=3) == 3
    with pytest.raises(UnsupportedConstructError, match="called through a pointer"):
        zg.jacobian(lib.shapes, "x", mode="forward")(x)
    np.testing.assert_allclose(zg.jacobian(lib.shapes, "x", rows=[2])(x), expected[[2]], rtol=1e-15)
    np.testing.assert_allclose(zg.jacobian(lib.shapes, "x", cols=[1])(x), expected[:, [1]], rtol=1e-15)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(d))(x), expected, rtol=1e-15)


def test_reverse_is_replaced_by_forward_where_it_is_refused(monkeypatch, tmp_path):
    """As if Enzyme refused reverse mode of a kernel; otherwise everything is real."""
    from zymogen.toolchain import stages

    differentiate = stages.differentiate

    def forward_only(tools, options, before, *more, **named):
        if "__enzyme_autodiff" in before.read_text(encoding="utf-8").replace("__enzyme_autodiff_present", ""):
            raise NoDerivativeError("refused in reverse")
        differentiate(tools, options, before, *more, **named)

    monkeypatch.setattr(stages, "differentiate", forward_only)
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    f, n = zg.compile(f"{KERNELS}// not built yet").layer, 40
    M, x = at(n, 1)
    d = zg.jacobian(f, "x")
    np.testing.assert_allclose(d(M, x), jacobian(M, x), rtol=1e-12)
    assert d.count_passes(a=1, c=n) == -(-n // 8)
    h = zg.hessian(f, "x")
    y = np.tanh(M @ x)
    np.testing.assert_allclose(h(M, x)[0], -2 * y * (1 - y**2) * np.outer(M, M), rtol=1e-10, atol=1e-14)
    with pytest.raises(NoDerivativeError, match="refused in reverse"):
        zg.jacobian(f, "x", mode="reverse")(M, x)


def test_where_both_are_refused_the_first_error_is_raised(lib):
    with pytest.raises(EnzymeError, match="remquo"):
        zg.jacobian(lib.opaque, "x")(np.ones(3))


def test_both_ways_are_built_beforehand(lib, tmp_path, monkeypatch, taken):
    """Nodes without a toolchain can then take either."""
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    d = zg.jacobian(zg.compile(f"{SMALL}// built beforehand").scaled, "x")
    assert d.build() is d
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "none"))
    for c, way in ((3, "first"), (100, "second")):
        np.testing.assert_array_equal(d(np.ones(c), [2.0, 3.0])[:, 0], [2.0, 3.0])
        assert taken() == way


@pytest.mark.parametrize(("mode", "c"), [("forward", 100), ("reverse", 3)])
def test_without_a_toolchain_the_way_that_was_built_is_taken(tmp_path, monkeypatch, mode, c):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))
    f = zg.compile(f"{SMALL}// {mode} alone is built").scaled
    zg.jacobian(f, "x", mode=mode).build()
    monkeypatch.setenv("ZYMOGEN_TOOLCHAIN_DIR", str(tmp_path / "none"))
    d = zg.jacobian(f, "x")
    for call in (d, d, zg.jacobian(f, "x").build()):
        np.testing.assert_array_equal(call(np.ones(c), [2.0, 3.0])[:, 0], [2.0, 3.0])
    with pytest.raises(NotCompiledError, match=r"jacobian\(scaled, 'w'\)"):
        zg.jacobian(f, "w")(np.ones(c), [2.0, 3.0])
    with pytest.raises(NotCompiledError, match=r"jacobian\(scaled, 'w'\)"):
        zg.jacobian(f, "w").build()


def test_where_the_first_way_is_refused_the_other_is_built_and_shown(lib):
    x = np.array([0.5, -2.0, 3.0])
    d = zg.jacobian(lib.shapes, "x").build()
    reverse = zg.jacobian(lib.shapes, "x", mode="reverse")
    np.testing.assert_allclose(d(x), np.diag([3 * 0.25, -4.0, 27.0]), rtol=1e-15)
    assert d.passes == reverse.passes
    fresh = zg.jacobian(lib.shapes, "x")
    assert fresh.source() == reverse.source()
    assert fresh.ir() == reverse.ir()
    assert fresh.location == reverse.location
    np.testing.assert_allclose(zg.jacobian(lib.shapes, "x").ufunc(x), d(x), rtol=1e-15)
    page = " ".join(str(zg.explain(fresh)).split())
    assert "mode reverse, as the other way was refused" in page
    assert "2. " not in page


def test_where_both_are_refused_nothing_is_built(lib):
    with pytest.raises(EnzymeError, match="remquo"):
        zg.jacobian(lib.opaque, "x").build()
    with pytest.raises(EnzymeError, match="remquo"):
        zg.jacobian(lib.opaque, "x").source()


def test_passes_are_those_of_either_way(lib):
    d = zg.jacobian(lib.layer, "x")
    formulas = [zg.jacobian(lib.layer, "x", mode=mode).passes for mode in ("forward", "reverse")]
    assert d.passes == " or ".join(formulas)
    assert zg.jacobian(lib.layer, "x", rows=[0], cols=[1]).passes == "x_count or y_count"


def test_compositions_take_the_first_way(lib):
    d = zg.jacobian(lib.layer, "x")
    assert [type(level).__name__ for level in zg.jacobian(d, "x").request.levels] == ["OneHot", "OneHot"]
    assert d.first.request == zg.jacobian(lib.layer, "x", mode="forward").request
    # Of an array, all components at once; of a number, products with the Hessian of a gradient.
    assert zg.hessian(lib.layer, "x").first.request == zg.hessian(lib.layer, "x", mode="forward").request


def test_a_reverse_level_takes_the_way_with_fewer_of_these(lib):
    d = zg.vjp(zg.hessian(lib.layer, "x"), "M")
    assert [type(level).__name__ for level in d.request.levels] == ["OneHot", "OneHot", "Reverse"]


def test_explain_states_the_rule(lib):
    d = zg.jacobian(lib.layer, "x")
    text = " ".join(str(zg.explain(d)).split())
    assert "forward (ceil(c / 8) passes of about 5 evaluations) or, where that is less, reverse (" in text
    assert "the sizes of a call decide" in text
    for label, way in (("forward", d.first), ("reverse", d.other)):
        part = text[text.index(f"{label} -------") :]
        assert f"passes {way.passes} for each row" in part
        assert f"cost about {cost_of_pass(way.plan):g} evaluations of the kernel for each pass, at most" in part
    assert str(zg.jacobian(lib.layer, "x")).startswith("jacobian(layer, 'x'): M(a,c), x(c) -> ")
