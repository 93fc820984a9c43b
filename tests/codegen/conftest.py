"""Declarations as the compiler would give them, so that plans can be made without one."""

from __future__ import annotations

import pytest

from zymogen.declaration import Declaration, Instance, Parameter
from zymogen.signature import Signature


def declaration(name, signature, returns, *parameters):
    """Parameters are written as `view const double`; `T` stands for float and then double."""
    types = ("float", "double") if "T" in f"{returns} {' '.join(parameters)}".split() else ("double",)

    def instance(element):
        found = [parameter.split(" ", 2) for parameter in parameters]
        return Instance(
            f"::{name}" + (f"<{element}>" if len(types) > 1 else ""),
            returns and returns.replace("T", element),
            tuple(Parameter(form, kind.replace("T", element), const == "const") for form, const, kind in found),
        )

    return Declaration(name, Signature.parse(signature), tuple(map(instance, types)), "kernels.cpp:1")


IN, OUT = "view const double", "view mutable double"
BUMP = declaration("bump", "x(n), y(n) -> ()", "double", IN, IN)
MODEL = declaration("model", "M(a,c), x(c) -> y(a)", None, IN, IN, OUT)
LEGACY = declaration(
    "physics::legacy",
    "x(n), n, power() -> ()",
    "T",
    "pointer const T",
    "value const std::int32_t",
    "value const std::int32_t",
)
STEP = declaration(
    "step",
    "row(n), class(), k(), E(n,3) -> row(n), (), k()",
    None,
    OUT,
    "pointer const double",
    "reference mutable std::int64_t",
    IN,
    "reference mutable double",
)


@pytest.fixture(scope="session")
def kernels():
    return {"bump": BUMP, "model": MODEL, "legacy": LEGACY, "step": STEP}
