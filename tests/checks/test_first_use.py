"""A derivative is checked when it is called for the first time, and that it passed is remembered."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from dask import array

import zymogen as zg
from zymogen.build.manifest import Manifest
from zymogen.build.store import Store
from zymogen.errors import ArgumentError, KernelValueError, WrongDerivativeError
from zymogen.planning.draft import Draft
from zymogen.runtime.checks import first_use, records
from zymogen.runtime.checks.policy import policy

KERNELS = r"""
#include <cmath>
#include <span>
#include <stdexcept>
#include <zymogen/kernel.hpp>

double bump(std::span<const double> x, std::span<const double> y) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
    return std::exp(-s);
}
ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");

template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y) {
    for (std::size_t a = 0; a < y.size(); ++a) {
        T s = 0;
        for (std::size_t c = 0; c < x.size(); ++c) s += M[a, c] * x[c];
        y[a] = std::tanh(s);
    }
}
ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");

// Reads its result back.
void twice(std::span<const double> x, double m, std::span<double> r) {
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = std::exp(-m * x[i]);
    for (std::size_t i = 0; i < x.size(); ++i) r[i] = r[i] * r[i];
}
ZYMOGEN_KERNEL(twice, "x(n), m() -> r(n)");

double roots(std::span<const double> x) {
    double s = 0;
    for (double t : x) {
        if (t < 0) throw std::domain_error("x is negative");
        s += t * std::sqrt(t);
    }
    return s;
}
ZYMOGEN_KERNEL(roots, "x(n) -> ()");

double largest(std::span<const double> x, int from) {
    double s = std::fabs(x[from]);
    for (double t : x) s = std::fmax(s, std::fabs(t));
    return s;
}
ZYMOGEN_KERNEL(largest, "x(n), from() -> ()");

void step(std::span<double> u) { for (double& t : u) t = t * t * t; }
ZYMOGEN_KERNEL(step, "u(n) -> u(n)");
"""
x, y = np.array([0.3, -0.7, 1.2]), np.array([0.1, 0.4, 0.9])


@pytest.fixture
def library(fresh):
    return zg.compile(KERNELS)


@pytest.fixture
def comparisons(noted):
    """The levels that were compared, in order."""
    return noted(lambda comparison: (comparison.derivative.name, comparison.verdict))


@pytest.fixture
def wrong(monkeypatch):
    """Derivatives with respect to results that are read back are wrong, as long as this is in force."""
    monkeypatch.setattr(
        Draft,
        "result_activity",
        lambda *_, value_is_wanted: "Duplicated" if value_is_wanted else "DuplicatedNoNeed",
    )


def test_only_the_first_call_is_compared(library, comparisons):
    d = zg.grad(library.bump)
    exact = -2 * (x - y) * np.exp(-((x - y) ** 2).sum())
    for _ in range(3):
        np.testing.assert_allclose(d(x, y), exact, rtol=1e-14)
    assert comparisons == [("grad(bump, 0)", "agrees")]
    assert d.settled is policy.settled


def test_every_level_is_compared(library, comparisons):
    zg.hvp(library.bump)(x, y, x)
    assert [verdict for _, verdict in comparisons] == ["agrees", "agrees"]


def test_other_components_and_objects_of_one_build_are_not_compared_again(library, comparisons):
    zg.partial(library.bump, ("x", 0))(x, y)
    zg.partial(library.bump, ("x", 2))(x, y)
    zg.partial(library.bump, "x")(x, y, 1)
    pickle.loads(pickle.dumps(zg.partial(library.bump, ("x", 0))))(x, y)
    assert len(comparisons) == 1


def test_a_later_process_reads_that_it_passed(library, comparisons, monkeypatch):
    zg.grad(library.bump)(x, y)
    monkeypatch.setattr(records, "_passed", set())
    zg.grad(library.bump)(x, y)
    assert len(comparisons) == 1


def test_the_record_of_what_passed_is_found_by_its_key(library):
    d = zg.grad(library.bump)
    d(x, y)
    assert Manifest(Store()).lookup(records.record_key(d.finished, 0)) == "passed"


def test_a_new_process_does_not_compare(library, tmp_path):
    zg.grad(library.bump)(x, y)
    script = tmp_path / "again.py"
    script.write_text(
        f"import numpy as np, zymogen as zg\n"
        f"from zymogen.runtime.checks import first_use\n"
        f"def refuse(*_): raise SystemExit('compared again')\n"
        f"first_use.compare = refuse\n"
        f"print(zg.grad(zg.compile({KERNELS!r}).bump)(np.ones(3), np.zeros(3)))\n"
    )
    done = subprocess.run([sys.executable, script], env={**os.environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_element_type_has_its_own_record(library, comparisons):
    d = zg.vjp(library.model, "x")
    M = np.random.default_rng(0).normal(size=(2, 3))
    d(M, x, np.ones(2))
    assert len(comparisons) == 2, "one loop for double, one for float"
    assert d(M.astype("f"), x.astype("f"), np.ones(2, "f")).dtype == np.float32
    assert len(comparisons) == 2


@pytest.mark.usefixtures("wrong")
class TestAWrongDerivative:
    def test_is_not_returned(self, library):
        with pytest.raises(WrongDerivativeError) as caught:
            zg.partial(library.twice, "m")(x, 0.5)
        text = str(caught.value)
        assert text.startswith("partial(twice, 'm'): the derivative of `twice` with respect to m is wrong. ")
        assert "The worst entry is dr[" in text
        assert "reverse mode, zg.grad or zg.vjp" in text
        assert 'zg.set_checks("off")' in text
        assert isinstance(caught.value, ArithmeticError)
        assert isinstance(caught.value, zg.ZymogenError)

    def test_names_argument_and_entry_with_both_values(self, library):
        with pytest.raises(WrongDerivativeError, match="x_bar") as caught:
            zg.vjp(library.twice, "x")(x, 0.5, np.ones(3))
        text = str(caught.value)
        place = int(text.partition("x_bar[")[2][0])
        given = float(text.partition("] = ")[2].partition(",")[0])
        expected = float(text.partition("`twice` give ")[2].partition(" ")[0])
        exact = -np.exp(-x[place])
        # Cotangents are random: the ratio of the two is not.
        assert given != pytest.approx(expected, rel=1e-3)
        assert expected / exact == pytest.approx(expected / -np.exp(-x[place]))

    def test_raises_at_every_call(self, library):
        d = zg.partial(library.twice, "m")
        for _ in range(3):
            with pytest.raises(WrongDerivativeError):
                d(x, 0.5)

    def test_fills_arrays_for_results_with_nan(self, library):
        out = np.zeros(3)
        with pytest.raises(WrongDerivativeError):
            zg.partial(library.twice, "m")(x, 0.5, out=out)
        assert np.isnan(out).all()
        out = np.zeros(3)
        with pytest.raises(WrongDerivativeError):
            zg.partial(library.twice, "m")(x, 0.5, out)
        assert np.isnan(out).all()

    def test_is_found_in_a_batch_and_with_axes(self, library):
        with pytest.raises(WrongDerivativeError):
            zg.partial(library.twice, "m")(np.tile(x, (4, 1)), np.full(4, 0.5))
        with pytest.raises(WrongDerivativeError):
            zg.partial(library.twice, "m")(np.tile(x, (4, 1)).T, np.full(4, 0.5), axes=[0, (), 0])

    def test_is_returned_when_checks_are_off(self, library):
        zg.set_checks("off")
        assert zg.partial(library.twice, "m")(x, 0.5).shape == (3,)
        zg.set_checks("first")
        with pytest.raises(WrongDerivativeError):
            zg.partial(library.twice, "m")(x, 0.5)

    def test_is_found_in_float_as_well(self, library):
        zg.set_checks("always")
        with pytest.raises(WrongDerivativeError):
            zg.vjp(library.twice, "x")(x.astype("f"), np.float32(0.5), np.ones(3, "f"))


def test_always_compares_every_call_and_remembers_nothing(library, comparisons):
    zg.set_checks("always")
    d = zg.grad(library.bump)
    d(x, y)
    d(x, y)
    zg.set_checks("first")
    d(x, y)
    d(x, y)
    assert len(comparisons) == 3


def test_off_compares_nothing(library, comparisons):
    zg.set_checks("off")
    zg.grad(library.bump)(x, y)
    assert comparisons == []


def test_kernels_themselves_are_not_compared(library, comparisons):
    zg.set_checks("always")
    library.bump(x, y)
    assert comparisons == []


def test_a_kink_is_tried_again_at_the_next_call(library, comparisons):
    d = zg.grad(library.largest)
    ties = np.array([1.0, 1.0, -1.0])
    d(ties, 0)
    d(ties, 0)
    assert [verdict for _, verdict in comparisons] == ["unknown"] * 2
    np.testing.assert_array_equal(d(x, 0), [0, 0, 1])
    d(x, 0)
    assert [verdict for _, verdict in comparisons] == ["unknown"] * 2 + ["agrees"]


def test_a_process_gives_up_after_some_tries(library, comparisons):
    d = zg.grad(library.largest)
    for _ in range(records.TRIES + 3):
        d(np.zeros(3), 0)
    assert len(comparisons) == records.TRIES
    assert d.settled is policy.settled
    zg.set_checks("always")
    d(np.zeros(3), 0)
    assert len(comparisons) == records.TRIES + 1


def test_a_kernel_that_throws_beside_the_point_can_be_judged_elsewhere(library, comparisons):
    d = zg.grad(library.roots)
    with np.errstate(invalid="ignore"):
        d(np.array([0.0, 0.0]))
    np.testing.assert_allclose(d(np.array([0.25, 4.0])), [0.75, 3.0], rtol=1e-15)
    assert [verdict for _, verdict in comparisons] == ["unknown", "agrees"]


def test_an_error_of_the_kernel_is_still_its_own(library):
    with pytest.raises(KernelValueError, match="x is negative"):
        zg.grad(library.roots)(-x)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_no_alarm(library, value):
    with np.errstate(all="ignore"):
        zg.grad(library.bump)(np.array([value, 1.0, 2.0]), y)
        zg.jvp(library.bump)(x, y, np.array([value, 1.0, 2.0]))


def test_an_empty_batch_and_empty_arrays_are_not_compared(library, comparisons):
    zg.grad(library.bump)(np.ones((0, 3)), y)
    zg.grad(library.bump)(np.ones(0), np.ones(0))
    assert comparisons == []


def test_arguments_stay_as_they_were(library):
    first, second = np.tile(x, (2, 1)), y.copy()
    first.flags.writeable = second.flags.writeable = False
    zg.hessian(library.bump, ("x", "y"))(first, second)
    np.testing.assert_array_equal(first, np.tile(x, (2, 1)))


def test_a_result_that_is_written_over_an_argument_is_compared_with_what_was_there(library, comparisons):
    zg.set_checks("always")
    u = x.copy()
    d = zg.vjp(library.step)
    d(u, np.ones(3), out=u)
    np.testing.assert_allclose(u, 3 * x**2, rtol=1e-15)
    assert [verdict for _, verdict in comparisons] == ["agrees"]


def test_results_that_are_rounded_into_an_array_are_no_alarm(library, comparisons):
    out = np.zeros(3, "f2")
    zg.grad(library.bump)(x, y, out=out)
    assert comparisons == [("grad(bump, 0)", "agrees")]


def test_large_results_need_no_copies(library):
    n = 3000
    d = zg.hessian(library.bump, mode="reverse").build()
    code = (
        "import resource, numpy as np, zymogen as zg\n"
        f"d = zg.hessian(zg.compile({KERNELS!r}).bump, mode='reverse').build()\n"
        f"out = np.ones(({n}, {n}))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"d(np.linspace(0, 1e-2, {n}), np.zeros({n}), out=out)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 8 * n * n / 2, "bytes beyond the result itself"
    assert d.settled is None


def test_floating_point_flags_of_the_comparison_are_not_seen(library):
    with np.errstate(all="raise"):
        zg.grad(library.bump)(x * 12, y)


def test_sums_over_a_batch_are_compared_by_their_first_sample(library, comparisons):
    zg.grad(library.bump, "y", sum_over_batch=True)(np.tile(x, (5, 1)), y)
    assert comparisons == [("grad(bump, 'y')", "agrees")]


def test_dask_arrays_stay_lazy(library, comparisons):
    lazy = zg.grad(library.bump)(array.from_array(np.tile(x, (4, 1)), chunks=(2, 3)), y)
    assert comparisons == []
    assert lazy.compute().shape == (4, 3)


def test_one_row_of_a_batch_is_compared(library, monkeypatch):
    shapes = []

    def noting(real):
        def call(kernel, arguments, *known):
            shapes.extend(np.shape(value) for value in arguments.values())
            return real(kernel, arguments, *known)

        return call

    for name in ("compare", "results_of"):
        monkeypatch.setattr(first_use, name, noting(getattr(first_use, name)))
    zg.grad(library.bump)(np.random.default_rng(0).normal(size=(1000, 3)), y)
    assert shapes
    assert set(shapes) == {(3,)}


@pytest.mark.parametrize("mode", ["first", "always", "off"])
def test_the_mode_is_what_was_set(mode):
    zg.set_checks(mode)
    assert zg.get_checks() == mode


@pytest.mark.parametrize("mode", ["on", "", None, True, 1])
def test_other_modes_are_refused(mode):
    with pytest.raises(ArgumentError, match=r"was given\. Expected is 'first', 'always' or 'off'"):
        zg.set_checks(mode)


def in_a_new_process(**environment):
    return subprocess.run(
        [sys.executable, "-c", "import zymogen as zg; print(zg.get_checks())"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_environment_sets_the_mode():
    assert in_a_new_process(ZYMOGEN_CHECKS="always").stdout.strip() == "always"


def test_environment_that_makes_no_sense_is_an_error():
    result = in_a_new_process(ZYMOGEN_CHECKS="sometimes")
    assert result.returncode != 0
    assert "ZYMOGEN_CHECKS is 'sometimes'. Expected is 'first', 'always' or 'off'" in result.stderr
