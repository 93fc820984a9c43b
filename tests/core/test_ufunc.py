"""Making ufuncs, what they keep alive, and loading libraries."""

import gc
import os
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

from zymogen import _core

DOUBLE = np.dtype("f8").num
BUMP = [("input", [0]), ("input", [0]), ("output", [])]


class Recipe:
    pass


def test_result_is_a_real_ufunc(bump):
    assert isinstance(bump, np.ufunc)
    assert (bump.__name__, bump.signature, bump.nin, bump.nout) == ("bump", "(n),(n)->()", 2, 1)
    assert "exp(-|x - y|^2)" in bump.__doc__
    assert bump.types == ["ff->f", "dd->d"]


def test_recipe_is_kept_and_given_back(bump):
    assert _core.recipe_of(bump) == {"kernel": "bump"}
    assert _core.recipe_of(np.add) is None
    assert _core.recipe_of(np.frompyfunc(abs, 1, 1)) is None
    assert _core.recipe_of(3) is None


def test_recipe_lives_exactly_as_long_as_its_ufunc(make):
    recipe = Recipe()
    alive = weakref.ref(recipe)
    f = make("bump_double", "(n),(n)->()", BUMP, recipe=recipe)
    del recipe
    gc.collect()
    assert alive() is _core.recipe_of(f)
    del f
    assert alive() is None


def test_recipe_that_refers_to_its_ufunc_is_collected(make):
    recipe = Recipe()
    recipe.ufunc = make("bump_double", "(n),(n)->()", BUMP, recipe=recipe)
    alive = weakref.ref(recipe)
    del recipe
    gc.collect()
    assert alive() is None


def test_a_hundred_thousand_ufuncs_come_and_go_without_a_leak(make):
    x = np.ones(2)

    def cycles(count):
        for _ in range(count):
            make("bump_double", "(n),(n)->()", BUMP, recipe=Recipe())(x, x)

    cycles(5_000)
    before = resident_bytes()
    cycles(100_000)
    assert resident_bytes() - before < 2 << 20


@pytest.mark.parametrize(
    ("operands", "message"),
    [
        ([("input", [1]), ("input", [0]), ("output", [])], "core dimension that the signature does not have"),
        ([("input", []), ("input", [0]), ("output", [])], "dims are not those of the signature"),
        ([("output", []), ("input", [0]), ("input", [0])], "outputs come after all inputs"),
    ],
)
def test_operands_that_do_not_match_the_signature_are_refused(make, operands, message):
    with pytest.raises(ValueError, match=message):
        make("bump_double", "(n),(n)->()", operands)


def test_loops_that_make_no_sense_are_refused(entries):
    operands = [_core.Operand("input", 8, [0]), _core.Operand("output", 8, [])]
    for entry, types, message in [
        (0, [DOUBLE] * 2, "address is 0"),
        (1, [DOUBLE], "one type for each"),
        (1, [np.dtype("f4").num, DOUBLE], "itemsize is not that of its type"),
    ]:
        with pytest.raises(ValueError, match=message):
            _core.make_ufunc("f", "", "(n)->()", 1, 1, [_core.Loop(entry, types, operands)], None)
    with pytest.raises(ValueError, match='role is "inptu"'):
        _core.Operand("inptu", 8, [])
    with pytest.raises(ValueError, match="expect"):
        _core.make_ufunc("f", "", "(n->()", 1, 1, [], None)


def test_ufunc_runs_without_the_gil(picky):
    # One row that takes half a second: only if the GIL is free can another thread count meanwhile.
    ticks = 0
    done = threading.Event()

    def count():
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.01)

    other = threading.Thread(target=count)
    other.start()
    picky(np.array([1.0, 0.5e6]))
    seen = ticks
    done.set()
    other.join()
    assert seen > 10


def test_several_python_threads_may_call_at_once(scale):
    rng = np.random.default_rng(0)
    inputs = [(rng.normal(size=(200, k + 2, 5)).transpose(0, 2, 1), rng.normal(size=(k + 2))) for k in range(4)]
    expected = [scale(m, x) for m, x in inputs]
    wrong = []

    def work(k):
        wrong.extend(k for _ in range(100) if not np.array_equal(scale(*inputs[k]), expected[k]))

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


def test_number_of_threads(threads):
    assert _core.get_num_threads() == threads
    for count in (0, -1):
        with pytest.raises(ValueError, match=f"{count} threads were asked for. Use 1 or more."):
            _core.set_num_threads(count)


def test_expensive_rows_run_on_several_threads_and_cheap_ones_do_not(make):
    f = make("who", "(n)->()", [("input", [0]), ("output", [])])
    before = _core.get_num_threads()
    used = {}
    for count in (1, 2, 4):
        _core.set_num_threads(count)
        used[count] = len(np.unique(f(np.full((400, 1), 500.0))))
        assert len(np.unique(f(np.zeros((100, 1))))) == 1
        assert len(np.unique(f(np.full((1, 1), 500.0)))) == 1
    _core.set_num_threads(before)
    assert used == {1: 1, 2: 2, 4: 4}


def test_libraries_say_why_they_cannot_be_loaded(tmp_path, entries):
    assert entries.path.endswith("entries.so")
    with pytest.raises(OSError, match=r"undefined symbol: nonsense"):
        entries.address("nonsense")
    with pytest.raises(OSError, match=r"missing\.so: cannot open shared object file"):
        _core.open_library(tmp_path / "missing.so")
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(OSError, match=r"text\.so"):
        _core.open_library(str(tmp_path / "text.so"))


def test_names_are_demangled():
    assert _core.demangle("_Z6squared") == "square(double)"
    assert _core.demangle("main") == "main"
    assert _core.demangle("i") == "i"


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
