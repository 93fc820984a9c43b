"""Calls that compiled code makes by itself, and what it leaves to Python."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

from zymogen import _core
from zymogen.runtime.checks.policy import policy

X, Y = np.array([1.0, 2.0]), np.array([3.0, 4.0])


class Caller(_core.DirectCallable):
    """Notes which calls were left to Python."""

    def __init__(self, direct=None, index_ranks=(-1, -1), structure=None):
        super().__init__(index_ranks, structure)
        self._direct = direct
        self.settled = policy.settled
        self.looked_at = []
        self.recovered = []

    def _call_with_care(self, args, kwargs):
        self.looked_at.append((args, kwargs))
        return "with care"

    def _recover(self, error, args, kwargs):
        self.recovered.append((error, args, kwargs))
        return "recovered"


def noted(*args, **kwargs):
    return args, kwargs


@pytest.fixture
def token():
    """What `settled` is compared with may be changed in a test."""
    yield
    _core.set_settled(policy.settled)


@pytest.mark.parametrize(
    "first",
    [X, [1.0, 2.0], 1.0, 1, True, np.float64(1), np.float32(1), None, "text"],
    ids=lambda item: repr(type(item)),
)
def test_a_call_goes_straight_to_the_ufunc_whatever_numpy_makes_of_its_arguments(first):
    caller = Caller(noted)
    args, kwargs = caller(first, Y)
    assert args[0] is first
    assert args[1] is Y
    assert not kwargs
    assert not caller.looked_at


def test_keywords_go_along():
    caller, out = Caller(noted), np.empty(2)
    (x, y), kwargs = caller(X, Y, out=out, casting="no")
    assert x is X
    assert y is Y
    assert kwargs == {"out": out, "casting": "no"}
    assert not caller.looked_at


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((X,), {}),
        ((X, Y, X), {}),
        ((), {"x": X}),
        ((X, np.ma.masked_array(Y)), {}),
        ((X.view(type("Own", (np.ndarray,), {})), Y), {}),
        ((X, Y), {"out": (X, Y)}),
        ((X, Y), {f"keyword{number}": None for number in range(1000)}),
    ],
    ids=["too few", "too many", "by name", "masked", "subclass", "several results", "very many"],
)
def test_what_has_to_be_looked_at_is_left_to_python(args, kwargs):
    caller = Caller(noted)
    assert caller(*args, **kwargs) == "with care"
    ((seen, named),) = caller.looked_at
    assert all(one is other for one, other in zip(seen, args, strict=True))
    assert named == kwargs


def test_calls_are_left_to_python_until_there_is_something_to_call():
    caller = Caller()
    assert caller(X, Y) == "with care"
    caller._direct = noted
    caller(X, Y)
    assert len(caller.looked_at) == 1


def test_calls_are_left_to_python_unless_settled(token):
    caller = Caller(noted)
    _core.set_settled(None)
    assert caller(X, Y) == "with care"
    caller.settled = changed = object()
    _core.set_settled(changed)
    caller(X, Y)
    caller.settled = None
    assert caller(X, Y) == "with care"
    assert len(caller.looked_at) == 2


def test_more_arguments_than_numpy_has_are_left_to_python():
    caller = Caller(noted, [-1] * 1000)
    assert caller(*[X] * 1000) == "with care"


class TestComponents:
    @pytest.mark.parametrize(
        "component",
        [3, -1, np.int64(3), np.uint8(3), np.array(3), np.array(3, "i1")],
        ids=lambda item: repr(type(item)),
    )
    def test_an_integer_is_one(self, component):
        caller = Caller(noted, (-1, 0))
        (_, seen), _ = caller(X, component)
        assert seen == component
        assert not caller.looked_at

    @pytest.mark.parametrize(
        "other",
        [True, np.bool_(True), np.array(True), np.array([3]), [3], (3,), 3.0, np.array(3.0), None, "text"],
        ids=repr,
    )
    def test_all_else_is_looked_at(self, other):
        caller = Caller(noted, (-1, 0))
        assert caller(X, other) == "with care"

    def test_of_a_matrix_it_is_an_array_of_integers(self):
        caller = Caller(noted, (-1, 1))
        caller(X, np.array([1, 2]))
        assert not caller.looked_at
        for other in (np.array([[1, 2]]), np.array(1), [1, 2], (1, 2)):
            assert caller(X, other) == "with care"

    def test_an_integer_beside_arrays_comes_as_an_array(self):
        """NumPy takes that in less time."""
        caller = Caller(noted, (-1, 0, 0))
        (x, first, last), _ = caller(X, np.array(5), -7)
        assert x is X
        assert first == 5
        assert type(last) is np.ndarray
        assert (last.dtype, last.shape, last.item()) == (np.int64, (), -7)

    @pytest.mark.parametrize(("other", "number"), [([1.0], 5), (object(), 5), (X, 2**63), (X, -(2**63) - 1)])
    def test_an_integer_beside_what_may_look_at_it_stays(self, other, number):
        caller = Caller(noted, (-1, 0))
        (_, seen), _ = caller(other, number)
        assert seen is number


@pytest.mark.parametrize(
    ("structure", "results", "nested"),
    [
        (None, ("a", "b"), ("a", "b")),
        (0, "a", "a"),
        ((0,), "a", ("a",)),
        ((0, (1, 2)), ("a", "b", "c"), ("a", ("b", "c"))),
        (((), (1,), 0), ("a", "b"), ((), ("b",), "a")),
    ],
)
def test_results_are_nested(structure, results, nested):
    caller = Caller(lambda *_: results, structure=structure)
    assert caller(X, Y) == nested


def test_results_of_calls_that_python_makes_are_nested_too():
    caller = Caller(noted, structure=(0,))
    assert caller() == ("with care",)

    def fail(*_):
        raise ValueError

    caller._direct = fail
    assert caller(X, Y) == ("recovered",)


class TestFailures:
    def test_python_gets_the_exception_and_the_arguments(self):
        def fail(*_, **__):
            raise ValueError("what was wrong")

        caller = Caller(fail, (-1, 0))
        assert caller(X, 7, out=Y) == "recovered"
        ((error, args, kwargs),) = caller.recovered
        assert str(error) == "what was wrong"
        assert error.__traceback__.tb_frame.f_code is fail.__code__
        assert args[0] is X
        assert type(args[1]) is int
        assert args[1] == 7
        assert kwargs == {"out": Y}
        assert sys.exc_info() == (None, None, None)

    def test_an_interruption_is_none(self):
        def interrupted(*_):
            raise KeyboardInterrupt

        caller = Caller(interrupted)
        with pytest.raises(KeyboardInterrupt):
            caller(X, Y)
        assert not caller.recovered

    @pytest.mark.parametrize("name", ["_recover", "_call_with_care"])
    def test_what_python_raises_comes_through_as_it_is(self, name):
        error = LookupError("in Python")

        def fail(*_):
            raise error

        caller = Caller(fail if name == "_recover" else None)
        setattr(caller, name, fail)
        with pytest.raises(LookupError) as caught:
            caller(X, Y)
        assert caught.value is error
        assert error.__context__ is None


def test_a_subclass_may_have_calls_of_its_own():
    class Own(Caller):
        def __call__(self, *args):
            return "own", super().__call__(*args)

    assert Own(noted)(X, Y) == ("own", ((X, Y), {}))


def test_what_is_called_lives_until_it_returns():
    class Disappearing:
        def __call__(self, *_):
            caller._direct = None
            gc.collect()
            return "alive" if alive() is self else "dead"

    made = Disappearing()
    alive = weakref.ref(made)
    caller = Caller(made)
    del made
    assert caller(X, Y) == "alive"
    assert alive() is None


def test_one_that_refers_to_itself_is_collected():
    caller = Caller()
    caller._direct = caller._call_with_care
    caller.settled = [caller]
    alive = weakref.ref(caller)
    del caller
    gc.collect()
    assert alive() is None


def _fail(*_, **__):
    raise ValueError


@pytest.mark.parametrize(
    ("direct", "args", "kwargs"),
    [
        (np.add, (X, 10**6), {}),
        (np.add, (X, 10**6), {"out": np.empty(2)}),
        (np.add, ([1.0], 10**6), {}),
        (np.add, (X,), {}),
        (_fail, (X, 10**6), {"out": Y}),
    ],
    ids=["direct", "out=", "list", "with care", "failed"],
)
def test_calls_keep_nothing(direct, args, kwargs):
    class Forgetful(_core.DirectCallable):
        def _call_with_care(self, args, kwargs):
            return args, kwargs

        def _recover(self, error, args, kwargs):
            return error, args, kwargs

    caller = Forgetful((-1, 0), ((0,), 0))
    caller._direct, caller.settled = direct, policy.settled
    objects = (*args, *kwargs.values(), direct, None, policy.settled)
    tracemalloc.start()
    try:
        for count in (200, 2000):  # the first ones fill what NumPy and Python keep for later
            before = [*map(sys.getrefcount, objects)]
            memory = tracemalloc.get_traced_memory()[0]
            for _ in range(count):
                caller(*args, **kwargs)
            after = [*map(sys.getrefcount, objects)]
            grown = tracemalloc.get_traced_memory()[0] - memory
    finally:
        tracemalloc.stop()
    assert max(abs(one - other) for one, other in zip(after, before, strict=True)) < 100
    assert grown < 20_000, "less than ten bytes of a call"


def test_objects_that_are_gone_keep_nothing():
    def made():
        return [Caller(noted, (-1, 0), (0, (1,))) for _ in range(100)]

    made()
    gc.collect()
    before = sys.getrefcount(Caller), sys.getrefcount(noted), sys.getrefcount(policy.settled)
    made()
    gc.collect()
    after = sys.getrefcount(Caller), sys.getrefcount(noted), sys.getrefcount(policy.settled)
    assert after == before
