"""Four questions that people ask of automatic differentiation, answered with one call or a few each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from cost import compare
from screen import Screen

import zymogen as zg

KERNELS = Path(__file__).with_name("kernels.cpp")

Numbers = list[tuple[str, float, float]]

# Of case D, to 16 digits: results, the diagonals of their Hessians, and the gradient of the sum of second derivatives.
_Y = (0.7913375537619973, 0.9253462253117412)
_DIAGONAL = (
    (-0.005915800188236044, -0.023663200752944175, -0.05324220169412438, -0.0946528030117767),
    (-0.06650202526422794, -0.09576291638048823, -0.13034396951788674, -0.17024518467642355),
)
_GRADIENT = (
    (-0.4734304895662541, -0.8281287890993605, -0.6507796393328074, -0.2369649565441832),
    (0.010991829525976438, -0.9631250785678707, -0.47606662452094717, 0.6604031015885412),
)


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


def second_derivatives_of_a_model(rounds: int) -> Screen:
    """Use case D: Hessians of an array-valued model, their diagonals, and a loss made of them."""
    library = zg.compile(KERNELS)
    model = library.model
    diagonal, hessian = zg.hessian_diagonal(model, "x"), zg.hessian(model, "x")
    gradient = zg.vjp(hessian, "M")  # of the sum of all second derivatives, if its cotangent is 1 everywhere
    parameters = np.array([[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]])
    x = np.array([1, -0.5, 0.25, 2])
    second, ones = hessian(parameters, x), np.ones((2, 4, 4))
    screen = Screen(
        title="D. A model that is trained through its second derivatives",
        question="y = tanh(M x). Wanted for each sample x: all second derivatives of each y[a], their diagonal alone, "
        "and how the sum L of all of them changes with the parameters M.",
        cpp="template <class T>\nvoid model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y);\n"
        'ZYMOGEN_KERNEL_TEMPLATE(model, "M(a,c), x(c) -> y(a)");   // for double and for float',
        call='zg.hessian_diagonal(model, "x")(M, x)\nzg.vjp(zg.hessian(model, "x"), "M")(M, x, np.ones((2, 4, 4)))',
        derivative=diagonal,
        sizes={"a": 2, "c": 4},
        numbers=[
            *_each("y", model(parameters, x), _Y),
            *_each("d2y/dx2", diagonal(parameters, x), _DIAGONAL),
            ("d2y[0] / dx[0] dx[1]", second[0, 0, 1], 0.011831600376472086),
            ("d2y[1] / dx[1] dx[3]", second[1, 1, 3], -0.12768388850731766),
            ("sum L", second.sum(), -0.5960204722984506),
            *_each("dL/dM", gradient(parameters, x, ones), _GRADIENT),
            *_in_single_precision(diagonal, parameters, x),
            *_in_columns(model, parameters, x),
            *_complex_inside(library.power),
        ],
        remark="The third derivative that dL/dM needs is one compiled loop as well. A template is a loop for each "
        "type: float32 arrays give float32. Samples may be columns of an array; entries between them are not formed.",
    )
    generator = np.random.default_rng(0)
    many, samples = generator.normal(size=(10, 20)) / 20, generator.normal(size=(200, 20))
    weights = np.ones((10, 20, 20))
    summed = zg.vjp(zg.hessian(model, "x", mode="forward"), "M", sum_over_batch=True)
    screen.costs["10 outputs, 20 inputs, 200 samples, one thread"] = compare(
        {
            "model": lambda: model(many, samples),
            "diagonals": lambda: diagonal(many, samples),
            "Hessians": lambda: hessian(many, samples),
            "dL/dM, summed over the samples": lambda: summed(many, samples, weights),
        },
        max(rounds // 10, 3),
    )
    return screen


def _each(name: str, computed: np.ndarray, expected: object) -> Numbers:
    """One line for each entry of an array."""
    numbers = np.asarray(expected)
    return [(f"{name} {list(index)}", computed[index], numbers[index]) for index in np.ndindex(numbers.shape)]


def _in_single_precision(diagonal: zg.Derivative, parameters: np.ndarray, x: np.ndarray) -> Numbers:
    single = diagonal(parameters.astype(np.float32), x.astype(np.float32))
    return [("float32: d2y/dx2 [1, 3]", single[1, 3], _DIAGONAL[1][3])]


def _in_columns(model: zg.Kernel, parameters: np.ndarray, x: np.ndarray) -> Numbers:
    columns = np.random.default_rng(0).normal(size=(4, 7))
    columns[:, 5] = x
    jacobians = zg.jacobian(model, "x")(parameters, columns, axes=[(0, 1), 0, (1, 2)])  # one matrix for each sample
    of_parameters = zg.jacobian(model, "M")(parameters, columns.T)
    slope = 1 - _Y[1] ** 2
    return [
        ("columns: dy[1] / dx[3] of sample 5", jacobians[5, 1, 3], slope * parameters[1, 3]),
        ("columns: dy[1] / dM[1, 3] of sample 5", of_parameters[5, 1, 1, 3], slope * x[3]),
    ]


def _complex_inside(power: zg.Kernel) -> Numbers:
    """|1 / (k - w^2 + i c w)|^2 is 1 / ((k - w^2)^2 + (c w)^2), of which derivatives are known."""
    k, c, w = 2.0, 0.3, np.array([0.5, 1.0, 1.5])
    in_k, in_c = zg.grad(power, ("k", "c"))(k, c, w)
    squares = (k - w**2) ** 2 + (c * w) ** 2
    return [
        ("complex: d sum |z|^2 / dk", in_k, np.sum(-2 * (k - w**2) / squares**2)),
        ("complex: d sum |z|^2 / dc", in_c, np.sum(-2 * c * w**2 / squares**2)),
    ]
