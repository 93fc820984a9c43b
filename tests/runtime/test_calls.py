"""Which calls run no Python, and that they are calls like any other."""

from __future__ import annotations

import inspect
import sys

import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

X, Y = np.array([0.3, -0.2, 0.5]), np.array([0.1, 0.4, -0.3])

CALLS = {
    "kernel": lambda f: (f, (X, Y)),
    "lists": lambda f: (f, (X.tolist(), Y.tolist())),
    "batch": lambda f: (zg.grad(f, "x"), (np.array([X, Y]), Y)),
    "partial": lambda f: (zg.partial(f, ("x", 1)), (X, Y)),
    "open component": lambda f: (zg.partial(f, "x"), (X, Y, 1)),
    "open component, integer of NumPy": lambda f: (zg.partial(f, "x"), (X, Y, np.int64(1))),
    "open component, array": lambda f: (zg.partial(f, "x"), (X, Y, np.array(1))),
    "two open components": lambda f: (zg.partial(f, "x", "y"), (X, Y, 1, 2)),
    "gradients": lambda f: (zg.grad(f, ("x", "y")), (X, Y)),
    "nested results": lambda f: (zg.value_and_grad(f, ("x", "y")), (X, Y)),
}


def python_functions(call, *args, **kwargs) -> list[str]:
    """The names of those that a call runs."""
    seen = []
    sys.setprofile(lambda frame, event, _: event == "call" and seen.append(frame.f_code.co_name))
    try:
        call(*args, **kwargs)
    finally:
        sys.setprofile(None)
    return seen


def settled(d, *args):
    """The results, after a call that compares and one that finds nothing left to compare."""
    d(*args)
    return d(*args)


def flat(results) -> list[np.ndarray]:
    return [part for item in results for part in flat(item)] if isinstance(results, tuple) else [results]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_runs_no_python_once_nothing_is_left_to_check(lib, name):
    d, args = CALLS[name](lib.bump)
    first = settled(d, *args)
    assert python_functions(d, *args) == []
    again = d(*args)
    assert type(again) is type(first)
    ufuncs = d.ufunc(*args)
    for results in (first, again):
        assert all(map(np.array_equal, flat(results), flat(ufuncs)))


def test_nor_does_one_with_an_array_for_the_result(lib):
    d, out = zg.grad(lib.bump, "x"), np.empty(3)
    settled(d, X, Y)
    assert python_functions(d, X, Y, out=out) == []
    assert d(X, Y, out=out) is out
    assert np.array_equal(out, d(X, Y))


def test_a_change_of_checks_is_seen_by_the_next_call(lib):
    d = zg.grad(lib.bump, "x")
    settled(d, X, Y)
    before = zg.get_checks()
    try:
        zg.set_checks("always")
        assert "first_use" in python_functions(d, X, Y)
        zg.set_checks("off")
        d(X, Y)
        assert python_functions(d, X, Y) == []
    finally:
        zg.set_checks(before)


@pytest.mark.parametrize("element", ["f4", "f8", "i8"])
def test_an_integer_for_a_component_has_no_say_in_the_results_type(element):
    """Compiled code makes an array of it, and arrays have types."""
    lib = zg.compile("""#include <zymogen/kernel.hpp>
        template <class T>
        T product(std::span<const T> x) { T p = 1; for (T item : x) p *= item; return p; }
        ZYMOGEN_KERNEL_TEMPLATE(product, "x(n) -> ()");""")
    d, x = zg.partial(lib.product, "x"), np.array([2, 3, 5], element)
    for other in ("f4", "f8"):  # both loops are checked, and so it is settled
        settled(d, np.array([2, 3, 5], other), 1)
    expected = d.ufunc(x, 1)
    assert python_functions(d, x, 1) == []
    assert (d(x, 1).dtype, d(x, 1)) == (expected.dtype, 10)


def test_inspect_shows_how_it_is_called_and_how_its_class_is_made(lib):
    for kernel in (lib.bump, zg.grad(lib.bump), zg.hessian(lib.bump), zg.grad(lib.bump, sum_over_batch=True)):
        assert str(inspect.signature(kernel)) == "(*args: 'Any', **kwargs: 'Any') -> 'Any'"
    assert [*inspect.signature(zg.Kernel).parameters] == ["unit", "declaration", "derived"]


def test_a_call_that_is_replaced_is_the_new_one(lib, monkeypatch):
    d = zg.grad(lib.bump, "x")
    settled(d, X, Y)
    original = zg.Derivative.__call__
    monkeypatch.setattr(zg.Derivative, "__call__", lambda self, *args: ("replaced", original(self, *args)))
    name, result = d(X, Y)
    assert name == "replaced"
    monkeypatch.undo()
    assert np.array_equal(d(X, Y), result)


def test_a_library_has_its_kernels_by_name(lib):
    assert tuple(lib) == lib.kernels
    assert len(lib) == len(lib.kernels)
    assert [lib[name].name for name in lib] == list(lib)
    assert "bump" in lib
    assert "bumb" not in lib
