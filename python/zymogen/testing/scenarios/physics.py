"""Energies, trajectories and fits."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from zymogen.testing.scenarios.scenario import Scenario, shared_source

SOURCE = shared_source("physics")


def _lennard_jones(x: Any) -> Any:
    pairs = [((x[i] - x[j]) ** 2).sum() ** -3 for i in range(len(x)) for j in range(i)]
    return sum((4 * (s * s - s) for s in pairs), mp.mpf(0))


def _rosenbrock(x: Any) -> Any:
    return mp.mpf(0) + (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def _pendulum(start: Any, stiffness: Any, damping: Any, steps: int) -> Any:
    def slope(s: Any) -> Any:
        return np.array([s[1], -stiffness * mp.sin(s[0]) - damping * s[1]], object)

    h, s = 0.125, start
    for _ in range(steps):
        a = slope(s)
        b = slope(s + h / 2 * a)
        c = slope(s + h / 2 * b)
        d = slope(s + h * c)
        s = s + h * (a + 2 * b + 2 * c + d) / 6
    return s


def _heat(u: Any, dt: Any, steps: int) -> Any:
    for _ in range(steps):
        inner = u[1:-1]
        change = dt * (1 + inner**2) * (u[:-2] - 2 * inner + u[2:])
        u = np.concatenate([u[:1], inner + change, u[-1:]])
    return u


def _leapfrog(q: Any, p: Any, dt: Any) -> Any:
    q = q + dt / 2 * p
    following = np.roll(q, -1) - q
    p = p + dt * (following + following**3)
    return q + dt / 2 * p, p


def _recurrence(x: Any, r: Any) -> Any:
    y, last = [], mp.mpf(0.25)
    for e in x:
        last = r * last * (1 - last) + e
        y.append(last)
    return y


def _reprojection(camera: Any, point: Any, seen: Any) -> Any:
    rotation = camera[:3]
    angle = mp.sqrt((rotation**2).sum())
    w = rotation / angle
    cross = np.array([w[i - 2] * point[i - 1] - w[i - 1] * point[i - 2] for i in range(3)], object)
    p = mp.cos(angle) * point + mp.sin(angle) * cross + (1 - mp.cos(angle)) * (w @ point) * w + camera[3:6]
    flat = -p[:2] / p[2]
    r2 = (flat**2).sum()
    return camera[6] * (1 + camera[7] * r2 + camera[8] * r2**2) * flat - seen


def _softmax(x: Any) -> Any:
    weights = np.array([mp.exp(e) for e in x], object)
    return weights / weights.sum()


def _gaussian_mixture(x: Any, weight: Any, mean: Any, width: Any) -> Any:
    density = mp.mpf(0)
    for k, w in enumerate(weight):
        z = [(x[d] - mean[k, d]) / mp.exp(width[k, d]) for d in range(len(x))]
        density += mp.exp(w - width[k].sum() - sum(e * e for e in z) / 2)
    return mp.log(sum(mp.exp(w) for w in weight)) - mp.log(density)


def _interpolated(knots: Any, values: Any, at: Any) -> Any:
    i = max([0, *(i for i in range(1, len(knots) - 1) if at > knots[i])])
    return values[i] + (values[i + 1] - values[i]) * (at - knots[i]) / (knots[i + 1] - knots[i])


TABLE = (
    Scenario("lennard_jones", SOURCE, _lennard_jones, {"x": [[0.0, 0.25, 0.5], [1.25, -0.25, 0.75], [0.5, 1.5, -0.5]]}),
    Scenario("rosenbrock", SOURCE, _rosenbrock, {"x": [0.5, -0.75, 1.25, 0.25]}, others=({"x": [1.0]},)),
    Scenario(
        "pendulum",
        SOURCE,
        _pendulum,
        {"start": [0.75, -0.25], "stiffness": 1.5, "damping": 0.125, "steps": 4},
        ("end",),
        ({"steps": 0},),
    ),
    Scenario("heat", SOURCE, _heat, {"u": [1.0, 0.25, -0.5, 0.75, 0.5], "dt": 0.125, "steps": 3}, ("u",)),
    Scenario(
        "leapfrog",
        SOURCE,
        _leapfrog,
        {"q": [0.25, -0.5, 1.0], "p": [0.5, 0.75, -0.25], "dt": 0.125},
        ("q", "p"),
    ),
    Scenario("recurrence", SOURCE, _recurrence, {"x": [0.0625, 0.125, -0.125, 0.25], "r": 2.75}, ("y",)),
    Scenario(
        "reprojection",
        SOURCE,
        _reprojection,
        {
            "camera": [0.25, -0.5, 0.375, 0.5, 0.25, -4.0, 2.5, 0.125, -0.0625],
            "point": [0.75, -0.5, 0.25],
            "seen": [0.5, 0.25],
        },
        ("residual",),
    ),
    Scenario(
        "log_sum_exp",
        SOURCE,
        lambda x: mp.log(sum(mp.exp(e) for e in x)),
        {"x": [0.5, -1.5, 2.0, 0.75]},
        others=({"x": [1.5]}, {"x": [80.0, 79.5]}),
    ),
    Scenario("softmax", SOURCE, _softmax, {"x": [0.5, -1.5, 2.0]}, ("y",), ({"x": [1.5]},)),
    Scenario(
        "gaussian_mixture",
        SOURCE,
        _gaussian_mixture,
        {
            "x": [0.5, -0.25],
            "weight": [0.25, -0.5],
            "mean": [[0.75, 0.5], [-0.5, -1.0]],
            "width": [[0.125, -0.25], [0.5, 0.25]],
        },
    ),
    Scenario(
        "interpolated",
        SOURCE,
        _interpolated,
        {"knots": [0.0, 1.0, 2.5, 4.0], "values": [1.0, 2.0, -0.5, 3.0], "at": 1.75},
        others=({"at": -0.5}, {"at": 3.25}, {"at": 5.0}),
    ),
)
