"""Three questions that people ask of automatic differentiation, answered with one call each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from cost import compare
from screen import Screen

import zymogen as zg

KERNELS = Path(__file__).with_name("kernels.cpp")


def one_component_of_a_gradient(rounds: int) -> Screen:
    """Use case A: df/dx_0 of f(x, y), without the rest of the gradient and without y."""
    bump = zg.compile(KERNELS).bump
    x, y = np.array([1.0, 2.0]), np.array([0.0, 2.0])
    partial = zg.partial(bump, ("x", 0))
    of_y = zg.partial(bump, ("y", 1))
    in_x, in_y = zg.grad(bump, ("x", "y"))(x, y)
    screen = Screen(
        title="A. One component of a gradient",
        question="f(x, y) = exp(-|x - y|^2). How does f change with x[0] alone?",
        cpp="double bump(std::span<const double> x, std::span<const double> y);\n"
        'ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");     // this line makes it a function in Python',
        call='zg.partial(bump, ("x", 0))(x, y)                # x = [1, 2], y = [0, 2]',
        derivative=partial,
        numbers=[
            ("df/dx[0]", partial(x, y), -0.7357588823428847),
            ("df/dy[1]", of_y(x, y), 0.0),
            ('zg.grad(bump, ("x", "y")): df/dx[0]', in_x[0], -0.7357588823428847),
            ("                           df/dy[0]", in_y[0], 0.7357588823428847),
        ],
        remark="The component's number is an argument of the compiled code: one build serves all components.",
    )
    fast = zg.compile(KERNELS, math="fast").bump
    generator = np.random.default_rng(0)
    for n in (10_000, 1_000_000):
        x, y = generator.normal(size=(2, n)) / np.sqrt(n)
        one, all_of_x = zg.partial(fast, ("x", n // 2)), zg.grad(fast, "x")
        screen.costs[f"n = {n:,}, math='fast', one thread"] = compare(
            {
                "bump": lambda x=x, y=y: fast(x, y),
                "one component": lambda one=one, x=x, y=y: one(x, y),
                "all n components": lambda all_of_x=all_of_x, x=x, y=y: all_of_x(x, y),
            },
            rounds if n < 100_000 else max(rounds // 2, 3),
        )
    return screen


def one_entry_of_a_third_derivative(rounds: int) -> Screen:
    """Use case B: d3 f / dx_0 dx_2 dx_4 for every row of a batch, and no other of the 125 entries."""
    product = zg.compile(KERNELS).product
    entry = zg.partial(product, ("x", 0), ("x", 2), ("x", 4))
    rows = np.arange(1.0, 31.0).reshape(6, 5)
    screen = Screen(
        title="B. One entry of a third derivative, for every row of a table",
        question="f(x) = x[0] x[1] x[2] x[3] x[4]. Wanted: how the three effects of x[0], x[2] and x[4] combine, "
        "d3 f / dx[0] dx[2] dx[4], which is x[1] x[3].",
        cpp='double product(std::span<const double> x);\nZYMOGEN_KERNEL(product, "x(n) -> ()");',
        call='zg.partial(product, ("x", 0), ("x", 2), ("x", 4))(rows)   # rows: 1, 2, ..., 30 in 6 rows of 5',
        derivative=entry,
        numbers=[
            (f"row {row}", computed, expected)
            for row, (computed, expected) in enumerate(zip(entry(rows), (8, 63, 168, 323, 528, 783), strict=True))
        ],
        remark="Three derivatives one in another, each along one component, in one compiled loop over the rows: "
        "the other 124 entries are never formed. One evaluation is only 4 multiplications here, so it is a small "
        "price to compare with.",
    )
    many = 1 + np.random.default_rng(0).random((200_000, 5))
    screen.costs[f"{len(many):,} rows, one thread"] = compare(
        {"product": lambda: product(many), "one entry of the third derivative": lambda: entry(many)}, rounds
    )
    return screen


def an_array_by_one_number(rounds: int) -> Screen:
    """Use case C: d rs / dm, an array's derivative with respect to one number, in one forward pass."""
    library = zg.compile(KERNELS)
    rs, loss = library.rs, library.rs_loss
    slope = zg.partial(rs, "m")
    d = 1 / (1 + np.linspace(-10, 10, 21) ** 2)
    (_, value), (_, change) = zg.jvp(loss, "m")(d, 0.25, 1.0)
    expected = (
        0.0038159826800085255,
        0.39643609910240457,
        0.6231034302749946,
        -1.1880368937145036,
        -0.06280195331777222,
    )
    screen = Screen(
        title="C. An array's derivative with respect to one number",
        question="r(d, m) is a measured profile d without the part that a Gaussian line centred at m explains. How "
        "does r change, at all points, when the line moves?",
        cpp="void rs(std::span<const double> d, double m, std::span<double> r);\n"
        'ZYMOGEN_KERNEL(rs, "d(n), m() -> r(n)");',
        call='zg.partial(rs, "m")(d, 0.25)          # d = 1 / (1 + t**2) at t = -10, -9, ..., 10',
        derivative=slope,
        numbers=[
            *((f"dr/dm [{i}]", slope(d, 0.25)[i], number) for i, number in zip(range(8, 13), expected, strict=True)),
            ("sum(r^2)", value, 0.2624177846686922),
            ("d sum(r^2) / dm", change, 0.21549454807892457),
        ],
        remark="A one-sided finite difference takes 2 evaluations and is right to 8 digits at best.",
    )
    profile = 1 / (1 + np.linspace(-10, 10, 20_001) ** 2)
    screen.costs["20,001 points, one thread"] = compare(
        {"rs": lambda: rs(profile, 0.25), "d rs / dm": lambda: slope(profile, 0.25)}, rounds
    )
    return screen
