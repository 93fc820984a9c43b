"""A build is found again only where every way in which it may have been written is still the same."""

from __future__ import annotations

import pytest

import zymogen as zg
from zymogen.build import pipeline, variants

pytestmark = pytest.mark.toolchain

KERNEL = r"""
#include <span>
#include <zymogen/kernel.hpp>
double cubes(std::span<const double> x) {
    double s = 0;
    for (double e : x) s += e * e * e;
    return s;
}
ZYMOGEN_KERNEL(cubes, "x(n) -> ()");
"""


def key(derivative) -> str:
    return pipeline._key(derivative.plans_of, derivative.unit)


@pytest.fixture(scope="module")
def hessian():
    ways = zg.hessian(zg.compile(KERNEL).cubes).ways
    return next(way for way in ways if way.plan.has_one_hot and way.plan.has_lanes)


WAYS = {
    "blocks": lambda plan: plan.blocks,
    "blocks of one direction at a time": lambda plan: plan.blocks and not plan.wide,
    "seeds in memory": lambda plan: not plan.blocks and plan.seed == "dense",
    "one direction at a time": lambda plan: not plan.blocks and not plan.wide and plan.seed == "implicit",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_mended_generator_of_any_way_finds_nothing_old(hessian, monkeypatch, way):
    special = hessian.specialize(n=3)
    before, of_the_general = key(special), key(hessian)
    generate = pipeline.generated_source

    def mended(plans, include):
        text = generate(plans, include)
        return f"{text}// mended" if WAYS[way](plans[0]) else text

    monkeypatch.setattr(pipeline, "generated_source", mended)
    assert key(special) != before
    assert (key(hessian) != of_the_general) is ("blocks" not in way)


def test_other_decisions_find_nothing_old(hessian, monkeypatch):
    before = key(hessian)
    for name in ("VERSION", "EFFORT_FOR_BLOCKS"):
        with monkeypatch.context() as changed:
            changed.setattr(variants, name, 1000)
            assert key(hessian) != before
    assert key(hessian) == before
