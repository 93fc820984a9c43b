"""Entries written by hand, compiled by the system's compiler."""

import os
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

from zymogen import _core

HERE = Path(__file__).parent
FLOAT, DOUBLE = np.dtype("f4").num, np.dtype("f8").num


@pytest.fixture(scope="session")
def entries(tmp_path_factory):
    library = tmp_path_factory.mktemp("entries") / "entries.so"
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    include = Path(_core.__file__).parent / "include"
    flags = ["-std=c++20", "-O2", "-fPIC", "-shared", f"-I{include}"]
    subprocess.run([*compiler, *flags, str(HERE / "entries.cpp"), "-o", str(library)], check=True)
    return _core.open_library(library)


@pytest.fixture(scope="session")
def make(entries):
    def make(entry, signature, operands, scratch=(), name=None, recipe=None, types=None, batch=-1):
        """A ufunc around one entry whose operands are given as (role, dims) or (role, dims, more)."""
        types = types or [DOUBLE] * len(operands)
        built = [_core.Operand(role, 8, dims, **dict(*more)) for role, dims, *more in operands]
        visible = [t for t, (_, _, *more) in zip(types, operands, strict=True) if not (more and "bound" in more[0])]
        nout = sum(role == "output" for role, *_ in operands)
        loop = _core.Loop(entries.address(entry), visible, built, list(scratch), batch)
        return _core.make_ufunc(name or entry, "", signature, len(visible) - nout, nout, [loop], recipe)

    return make


@pytest.fixture(scope="session")
def bump(entries):
    def loop(entry, number, itemsize):
        operands = [
            _core.Operand("input", itemsize, [0]),
            _core.Operand("input", itemsize, [0]),
            _core.Operand("output", itemsize, []),
        ]
        return _core.Loop(entries.address(entry), [number] * 3, operands)

    loops = [loop("bump_float", FLOAT, 4), loop("bump_double", DOUBLE, 8)]
    return _core.make_ufunc("bump", "exp(-|x - y|^2)", "(n),(n)->()", 2, 1, loops, {"kernel": "bump"})


@pytest.fixture(scope="session")
def scale(make):
    operands = [("input", [0, 1]), ("input", [1]), ("output", [0, 1])]
    return make("scale", "(a,c),(c)->(a,c)", operands)


@pytest.fixture(scope="session")
def picky(make):
    return make("picky", "(n)->()", [("input", [0]), ("output", [])])


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    before = _core.get_num_threads()
    _core.set_num_threads(request.param)
    yield request.param
    _core.set_num_threads(before)
