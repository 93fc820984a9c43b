"""The number of passes that is stated is the number in the compiled code: the kernels tell of every evaluation."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import NoDerivativeError
from zymogen.toolchain import stages

SIZES = (1, 7, 8, 9, 16, 17)


@pytest.fixture(autouse=True)
def unchecked():
    """Checks at the first use are evaluations too."""
    before = zg.get_checks()
    zg.set_checks("off")
    yield
    zg.set_checks(before)


@pytest.fixture
def evaluations(capfd):
    """How often the kernel runs in a call with arrays of these sizes."""

    def count(d, batch=(), **sizes):
        def shape(operand):
            return [sizes[dim] if dim in sizes else int(dim) for dim in operand.dims]

        known = {"x_count": 9}  # of listed columns, whose cotangents are not needed here
        sizes = {**known, **sizes}
        arguments = [np.ones((*(batch if item.name == "x" else ()), *shape(item))) for item in d.operands]
        d.build()
        capfd.readouterr()
        d(*arguments)
        return capfd.readouterr().err.count("#")

    return count


def test_of_an_array(of_an_array, evaluations):
    for n in SIZES:
        for a in (1, 3, 9) if n == 9 else (2,):
            count = evaluations(of_an_array, n=n, a=a)
            assert of_an_array.count_passes(n=n, a=a) == count, (n, a)
            if isinstance(of_an_array.passes, int):
                assert of_an_array.passes == count


def test_of_a_number(of_a_number, evaluations):
    for n in SIZES:
        assert of_a_number.count_passes(n=n) == evaluations(of_a_number, n=n), n


def test_with_dense_tangents(dense, evaluations):
    dense.build()
    assert dense.seed == "dense"
    for n in SIZES:
        assert dense.count_passes(n=n) == evaluations(dense, n=n), n


@pytest.mark.parametrize(("n", "a"), [(0, 0), (0, 2), (2, 0)])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_where_there_are_no_components_nothing_runs(seen, evaluations, mode, n, a):
    for d in (
        zg.jacobian(seen.field, "x", mode=mode),
        zg.jacobian(seen.field, ("M", "x", "m"), mode=mode),
        zg.hessian(seen.field, "x", mode=mode),
        zg.hessian(seen.field, ("x", "m"), mode=mode),
    ):
        assert d.count_passes(n=n, a=a) == evaluations(d, n=n, a=a)


def test_value_and_gradient_are_computed_where_there_is_no_hessian(seen, evaluations):
    d = zg.value_gradient_and_hessian(seen.energy, "x")
    assert d.count_passes(n=0) == evaluations(d, n=0) == 1


@pytest.mark.parametrize(("mode", "passes"), [("forward", 2), ("reverse", 1)])
def test_fixed_extents_make_a_number_of_the_formula(seen, evaluations, mode, passes):
    d = zg.jacobian(seen.steps, "x", mode=mode)
    assert d.passes == d.count_passes() == evaluations(d) == passes


def test_half_of_a_hessian(seen, evaluations):
    h = zg.hessian(seen.steps, "x", mode="forward")
    assert h.count_passes() == evaluations(h) == 8 + 2 * 3


@pytest.fixture
def refused(monkeypatch, tmp_path):
    """Enzyme as if it could not go along several directions, and a cache that nobody else sees."""
    differentiate = stages.differentiate

    def one_at_a_time(tools, options, before, *more, **named):
        if "enzyme_width" in before.read_text(encoding="utf-8"):
            raise NoDerivativeError("several directions in one pass")
        differentiate(tools, options, before, *more, **named)

    monkeypatch.setattr(stages, "differentiate", one_at_a_time)
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path))


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("cols", [None, [0] * 9], ids=["all", "columns"])
def test_one_direction_at_a_time_where_enzyme_refuses_several(evaluations, cols):
    text = Path(__file__).with_name("seen.cpp").read_text(encoding="utf-8")
    d = zg.jacobian(zg.compile(f"{text}// {cols}").energy, "x", mode="forward", cols=cols)
    assert d.count_passes(n=9) == 2  # as planned
    d.build()
    exact = 3 * np.exp(2) * np.ones(2)
    np.testing.assert_allclose(d(np.ones(2), 1.0, np.ones(2)), np.resize(exact, 2 if cols is None else 9), rtol=1e-14)
    for n in SIZES:
        assert d.count_passes(n=n) == evaluations(d, n=n) == (n if cols is None else 9)
    assert str(d.passes) == ("n" if cols is None else "x_count")


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("rows", [None, [0] * 9], ids=["all", "rows"])
def test_one_cotangent_at_a_time_where_enzyme_refuses_several(evaluations, rows):
    text = Path(__file__).with_name("seen.cpp").read_text(encoding="utf-8")
    d = zg.jacobian(zg.compile(f"{text}// {rows}, reverse").field, "x", mode="reverse", rows=rows)
    assert d.count_passes(n=3, a=9) == 2  # as planned
    at = (np.array([0.5, -1.0, 1.5]), 0.25, np.linspace(-1, 1, 27).reshape(9, 3), np.linspace(1, 2, 9))
    columns = zg.jacobian(zg.compile(text).field, "x", mode="forward")(*at)
    np.testing.assert_allclose(d(*at), columns if rows is None else columns[rows], rtol=1e-14)
    assert d.count_passes(n=3, a=9) == evaluations(d, n=3, a=9) == 9


def test_rows_of_a_batch_have_the_same_number_each(seen, evaluations):
    d = zg.jacobian(seen.field, "x", mode="forward")
    assert evaluations(d, batch=(5,), n=9, a=2) == 5 * d.count_passes(n=9, a=2) == 10


def test_explain_says_the_same(seen):
    d = zg.jacobian(seen.field, "x", mode="forward")
    assert d.passes == "ceil(n / 8)"
    assert re.search(r"passes +ceil\(n / 8\) for each row", str(zg.explain(d)))
    h = zg.hessian(seen.field, "x", mode="forward")
    assert h.passes == "sum of ceil(k / 8) for k = 1 to n"
    assert "sum of ceil(k / 8) for k = 1 to n for each row" in " ".join(str(zg.explain(h)).split())


def test_passes_are_counted_at_once_however_many_there_are(squares):
    hessian = zg.hessian(squares, mode="forward")
    counted = [hessian.count_passes(n=n) for n in range(40)]
    assert counted == [sum(-(-k // 8) for k in range(1, n + 1)) for n in range(40)]
    assert hessian.count_passes(n=2**40) == 8 * 2**37 * (2**37 + 1) // 2


@pytest.fixture
def squares():
    return zg.compile("""
#include <zymogen/kernel.hpp>
double sum(std::span<const double> x) { double s = 0; for (double e : x) s += e * e; return s; }
ZYMOGEN_KERNEL(sum, "x(n) -> ()");
""").sum
