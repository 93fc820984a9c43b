"""bundle: the error of a feature seen by a camera, and its Jacobian in 15 parameters for 1e5 observations.

The objective BA of Srajer, Kukelova and Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some
problems in computer vision and machine learning, Optimization Methods and Software 33, 2018: section 4.2. A camera has
eleven parameters. Each observation has a camera, a point and a weight of its own here: what a program would gather
from its lists before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import differences
import numpy as np
from figure import Figure
from goals import over_contender
from race import Functions, Race, run
from timing import Effort

import zymogen as zg

NAME = "bundle"
SIZE = "1e5 observations"
_ACTIVE = ("camera", "point", "weight")

GOALS = tuple(
    over_contender(
        f"BA: Jacobian of 1e5 observations, {contender} / JAX", 0.5, NAME, SIZE, "Jacobian", "JAX", contender=contender
    )
    for contender in ("zymogen", "zymogen, fast")
)


def measure(effort: Effort) -> Iterator[Figure]:
    whole = race(SIZE, effort.rows(10**5))
    for quantity in whole.reference:
        yield from run(whole.of(quantity), effort=effort)


def race(size: str, observations: int) -> Race:
    """Points in front of cameras that look at them from all sides."""
    random = np.random.default_rng(0)
    shape = (observations,)
    camera = np.empty((observations, 11))
    camera[:, :3] = random.normal(size=(observations, 3)) / 3
    camera[:, 3:6] = random.normal(size=(observations, 3)) - (0, 0, 9)
    camera[:, 6] = random.uniform(1, 2, size=shape)
    camera[:, 7:9] = random.normal(size=(observations, 2)) / 10
    camera[:, 9:] = random.normal(size=(observations, 2)) / 10
    point = random.normal(size=(observations, 3))
    weight = random.uniform(0.5, 1, size=shape)
    feature = random.normal(size=(observations, 2)) / 10
    arguments = (camera, point, weight, feature)
    return Race(
        NAME,
        size,
        Path(__file__).with_suffix(".cpp").read_text(encoding="utf-8"),
        arguments,
        {"evaluation": _errors(*arguments), "Jacobian": _complex_step(*arguments)},
        {
            "zymogen": _zymogen,
            "by_hand": _by_hand,
            "jax": _jax,
            "torch": _torch,
            "differences": _numpy,
            "numba": _numba,
        },
    )


def _errors(camera, point, weight, feature) -> np.ndarray:
    r, v = camera[:, :3], point - camera[:, 3:6]
    angle = np.sqrt((r * r).sum(axis=1, keepdims=True))
    axis = r / angle
    along = (axis * v).sum(axis=1, keepdims=True)
    seen = v * np.cos(angle) + np.cross(axis, v) * np.sin(angle) + axis * along * (1 - np.cos(angle))
    p = seen[:, :2] / seen[:, 2:]
    squares = (p * p).sum(axis=1, keepdims=True)
    distortion = 1 + camera[:, 9:10] * squares + camera[:, 10:11] * squares**2
    return weight[:, None] * (camera[:, 6:7] * distortion * p + camera[:, 7:9] - feature)


def _split(jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns of camera, point and weight."""
    return jacobian[..., :11], jacobian[..., 11:14], jacobian[..., 14]


def _of_all(parameters: np.ndarray, feature: np.ndarray) -> np.ndarray:
    return _errors(*_split(parameters), feature)


def _complex_step(camera, point, weight, feature) -> tuple[np.ndarray, ...]:
    """Im f(x + ih) / h: exact to rounding, as nothing is subtracted (Squire and Trapp, SIAM Review 40, 1998)."""
    step = 1e-100
    parameters = np.concatenate([camera, point, weight[:, None]], axis=1).astype(complex)
    columns = []
    for component in range(15):
        parameters[:, component] += 1j * step
        columns.append(_of_all(parameters, feature).imag / step)
        parameters[:, component] = parameters[:, component].real
    return _split(np.stack(columns, axis=-1))


def _zymogen(library: zg.Library) -> Functions:
    f = library.reprojection.specialize()  # its sizes are all known
    return {"evaluation": f, "Jacobian": zg.jacobian(f, _ACTIVE)}


def _by_hand(library: zg.Library) -> Functions:
    return {"evaluation": library.reprojection, "Jacobian": library.reprojection_jacobian}


def _jax() -> Functions:
    import jax
    import jax.numpy as jnp

    def errors(camera, point, weight, feature):
        """In scalars, which takes half as long as with `jnp.cross` and `jnp.dot`."""
        rx, ry, rz = camera[0], camera[1], camera[2]
        vx, vy, vz = point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]
        angle = jnp.sqrt(rx * rx + ry * ry + rz * rz)
        x, y, z = rx / angle, ry / angle, rz / angle
        c, s = jnp.cos(angle), jnp.sin(angle)
        along = (x * vx + y * vy + z * vz) * (1 - c)
        seen_z = vz * c + (x * vy - y * vx) * s + z * along
        px = (vx * c + (y * vz - z * vy) * s + x * along) / seen_z
        py = (vy * c + (z * vx - x * vz) * s + y * along) / seen_z
        squares = px * px + py * py
        scale = camera[6] * (1 + camera[9] * squares + camera[10] * squares * squares)
        error = jnp.stack([scale * px + camera[7] - feature[0], scale * py + camera[8] - feature[1]])
        return weight * error

    def jit(f):
        return jax.jit(jax.vmap(f))

    active = (0, 1, 2)
    ways = {"jacrev": jit(jax.jacrev(errors, active)), "jacfwd": jit(jax.jacfwd(errors, active))}
    return {"evaluation": jit(errors), "Jacobian": ways}


def _torch() -> Functions:
    import torch

    def errors(camera, point, weight, feature):
        """For one observation, or with leading dimensions."""
        r, v = camera[..., :3], point - camera[..., 3:6]
        angle = torch.sqrt((r * r).sum(-1, keepdim=True))
        axis = r / angle
        turned = torch.linalg.cross(axis, v)
        along = (axis * v).sum(-1, keepdim=True)
        seen = v * torch.cos(angle) + turned * torch.sin(angle) + axis * along * (1 - torch.cos(angle))
        p = seen[..., :2] / seen[..., 2:]
        squares = (p * p).sum(-1, keepdim=True)
        distortion = 1 + camera[..., 9:10] * squares + camera[..., 10:11] * squares**2
        return weight[..., None] * (camera[..., 6:7] * distortion * p + camera[..., 7:9] - feature)

    def backward(*arguments):
        """One backward pass for each of the two errors: no observation depends on another."""
        active = [argument.detach().requires_grad_() for argument in arguments[:3]]
        error = errors(*active, arguments[3])
        rows = [torch.autograd.grad(error[:, i].sum(), active, retain_graph=i == 0) for i in range(2)]
        return tuple(torch.stack(pair, dim=1) for pair in zip(*rows, strict=True))

    active = (0, 1, 2)
    ways = {
        "backward": backward,
        "func.jacrev": torch.func.vmap(torch.func.jacrev(errors, active)),
        "func.jacfwd": torch.func.vmap(torch.func.jacfwd(errors, active)),
    }
    return {"evaluation": errors, "Jacobian": ways}


def _numpy() -> Functions:
    def jacobian(camera, point, weight, feature):
        parameters = np.concatenate([camera, point, weight[:, None]], axis=1)
        return _split(differences.columns(lambda parameters: _of_all(parameters, feature), parameters))

    return {"evaluation": _errors, "Jacobian": jacobian}


def _numba() -> Functions:  # noqa: PLR0915
    from numba import njit

    @njit(fastmath=True)
    def rotation(r, R):
        """R = cos + sin [axis]x + (1 - cos) axis axisᵀ."""
        angle = np.sqrt(r[0] ** 2 + r[1] ** 2 + r[2] ** 2)
        c, s = np.cos(angle), np.sin(angle)
        x, y, z = r[0] / angle, r[1] / angle, r[2] / angle
        R[0, 0], R[0, 1], R[0, 2] = c + (1 - c) * x * x, (1 - c) * x * y - s * z, (1 - c) * x * z + s * y
        R[1, 0], R[1, 1], R[1, 2] = (1 - c) * x * y + s * z, c + (1 - c) * y * y, (1 - c) * y * z - s * x
        R[2, 0], R[2, 1], R[2, 2] = (1 - c) * x * z - s * y, (1 - c) * y * z + s * x, c + (1 - c) * z * z

    @njit(fastmath=True)
    def seen_from(R, camera, point, away, seen):
        for i in range(3):
            away[i] = point[i] - camera[3 + i]
        for i in range(3):
            seen[i] = R[i, 0] * away[0] + R[i, 1] * away[1] + R[i, 2] * away[2]

    @njit(fastmath=True)
    def errors(camera, point, weight, feature, error):
        R, away, seen = np.empty((3, 3)), np.empty(3), np.empty(3)
        for row in range(len(weight)):
            rotation(camera[row], R)
            seen_from(R, camera[row], point[row], away, seen)
            px, py = seen[0] / seen[2], seen[1] / seen[2]
            squares = px * px + py * py
            distortion = 1 + camera[row, 9] * squares + camera[row, 10] * squares * squares
            scale = camera[row, 6] * distortion
            error[row, 0] = weight[row] * (scale * px + camera[row, 7] - feature[row, 0])
            error[row, 1] = weight[row] * (scale * py + camera[row, 8] - feature[row, 1])

    @njit(fastmath=True)
    def by_rotation(r, R, v, inner, result):
        """-R [v]x (r rᵀ + (Rᵀ - 1) [r]x) / |r|², as in the C++ text."""
        squares = r[0] ** 2 + r[1] ** 2 + r[2] ** 2
        turned = np.empty((3, 3))
        turned[0, 0], turned[0, 1], turned[0, 2] = 0.0, -r[2], r[1]
        turned[1, 0], turned[1, 1], turned[1, 2] = r[2], 0.0, -r[0]
        turned[2, 0], turned[2, 1], turned[2, 2] = -r[1], r[0], 0.0
        for i in range(3):
            for j in range(3):
                back = R[0, i] * turned[0, j] + R[1, i] * turned[1, j] + R[2, i] * turned[2, j]
                inner[i, j] = (r[i] * r[j] + back - turned[i, j]) / squares
        for j in range(3):
            x = v[1] * inner[2, j] - v[2] * inner[1, j]
            y = v[2] * inner[0, j] - v[0] * inner[2, j]
            z = v[0] * inner[1, j] - v[1] * inner[0, j]
            for i in range(3):
                result[i, j] = -(R[i, 0] * x + R[i, 1] * y + R[i, 2] * z)

    @njit(fastmath=True)
    def jacobian(camera, point, weight, feature, in_camera, in_point, in_weight):
        R, away, seen = np.empty((3, 3)), np.empty(3), np.empty(3)
        inner, in_r, in_seen, p = np.empty((3, 3)), np.empty((3, 3)), np.empty(3), np.empty(2)
        for row in range(len(weight)):
            cam, w = camera[row], weight[row]
            rotation(cam, R)
            seen_from(R, cam, point[row], away, seen)
            by_rotation(cam, R, away, inner, in_r)
            p[0], p[1] = seen[0] / seen[2], seen[1] / seen[2]
            squares = p[0] * p[0] + p[1] * p[1]
            distortion = 1 + cam[9] * squares + cam[10] * squares * squares
            slope = 2 * (cam[9] + 2 * cam[10] * squares)
            f = cam[6]
            for i in range(2):
                in_px = w * f * (slope * p[i] * p[0] + (distortion if i == 0 else 0.0))
                in_py = w * f * (slope * p[i] * p[1] + (distortion if i == 1 else 0.0))
                in_seen[0], in_seen[1] = in_px / seen[2], in_py / seen[2]
                in_seen[2] = -(in_px * p[0] + in_py * p[1]) / seen[2]
                for j in range(3):
                    in_camera[row, i, j] = in_seen[0] * in_r[0, j] + in_seen[1] * in_r[1, j] + in_seen[2] * in_r[2, j]
                    in_point[row, i, j] = in_seen[0] * R[0, j] + in_seen[1] * R[1, j] + in_seen[2] * R[2, j]
                    in_camera[row, i, 3 + j] = -in_point[row, i, j]
                in_camera[row, i, 6] = w * distortion * p[i]
                in_camera[row, i, 7] = w if i == 0 else 0.0
                in_camera[row, i, 8] = w if i == 1 else 0.0
                in_camera[row, i, 9] = w * f * p[i] * squares
                in_camera[row, i, 10] = w * f * p[i] * squares * squares
                in_weight[row, i] = f * distortion * p[i] + cam[7 + i] - feature[row, i]

    return {"evaluation": errors, "Jacobian": jacobian}
