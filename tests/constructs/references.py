"""The kernels once more, in plain arithmetic of mpmath: exact derivatives are taken from these."""

from __future__ import annotations

import itertools
import math

import numpy as np
from mpmath import mp

TABLE = [1, 4, 2, 8, 5, 7]
KNOTS = [0.0, 0.25, 0.5, 1.0, 2.0]


def neighbours(x):
    """Each number with the next one, around the end."""
    return zip(x, [*x[1:], x[0]], strict=True)


def ring(x):
    return sum(e * e * after for e, after in neighbours(x))


def cubes(x):
    return x[0] * sum(e**3 for e in x)


def alternating(x):
    return x[0] * sum(mp.sin(e) if i % 2 else e**3 for i, e in enumerate(x))


def of_three_keys(x):
    values = [x[0] + x[3], x[1], x[2]]
    return sum((key + 1) * value**3 for key, value in enumerate(values))


def time_steps(x):
    for _ in range(3):
        x = [e + e * (after - e) / 4 for e, after in neighbours(x)]
    return ring(x)


def roots(x):
    return sum(mp.sqrt(1 + e * e) * after for e, after in neighbours(x))


def inverse_roots(x):
    return sum(after / mp.sqrt(1 + e * e) for e, after in neighbours(x))


def counted_by_data(x):
    return sum(after ** (1 + int(4 * e)) * e for e, after in neighbours(x))


def break_and_continue(x):
    s = mp.mpf(0)
    for e in x:
        if e < 0.35:
            continue
        s = s / 2 + e**3
        if s > 1.25:
            break
    return s * s


def continue_in_while(x):
    s = mp.mpf(1)
    for e in [e for e in x if e >= 0.35] + [e for e in reversed(x) if e <= 0.65]:
        s = s / 2 + mp.sin(s) * e
    return s * s


def out_of_a_nest(x):
    s = mp.mpf(1)
    for i, e in enumerate(x):
        for j in range(i + 1):
            if j == 2 and e < x[j]:
                return s * s
            if s > 4:
                return s * e
            s = s * mp.mpf("0.9") + mp.sin(s) * x[j]
        s *= 1 + e / 10
    return s * s


def break_in_a_branch(x):
    s = mp.mpf(1)
    for i, e in enumerate(x):
        if e < 0.5:
            for before in x[:i]:
                s = s * mp.mpf("0.9") + mp.sin(s) * before
            if s > 2.5:
                break
        else:
            s *= 1 + mp.sin(e) / 10
    return s * x[0]


def early_return(x):
    s = mp.mpf(0)
    for e in x:
        s += e * e * s + e
        if s > 1.5:
            return s * s * e
    return s


def nested_loops(x):
    return sum(x[i] * x[j] ** 2 for i in range(len(x)) for j in range(i, len(x)))


def switch_and_goto(x):
    return (x[0] ** 2 + mp.sin(x[1]) + mp.exp(x[2]) - x[3] * x[0]) ** 2


def branches(x):
    s = mp.mpf(0)
    for e, after in neighbours(x):
        if e > after > 0.35:
            s += e * e * after
        else:
            s += mp.exp(after) if e > 0.5 else e * after
    return s


def interpolation(x):
    s = mp.mpf(0)
    for e in x:
        i = math.floor(3 * e)
        s += ((1 - (3 * e - i)) * TABLE[i] + (3 * e - i) * TABLE[i + 1]) * e
    return s


def ranked(x):
    v = sorted(x)
    return sum((i + 1) * e * e * v[0] for i, e in enumerate(v))


def of_the_two_least(x):
    least, next_one = sorted(x)[:2]
    return least**2 * next_one


def largest(x):
    less, more = sorted(x[:2])
    return mp.log(sum(mp.exp(e) for e in x)) + less**2 * more


def products_and_sum(x):
    return sum(a * b for a, b in itertools.pairwise(x)) * (1 + sum(x))


def lower_bound(x):
    s = mp.mpf(0)
    for e in x:
        right = next(i for i, knot in enumerate(KNOTS) if knot >= e)
        a, b = KNOTS[right - 1], KNOTS[right]
        s += (e - a) / (b - a) * e * e
    return s


def clamped(x):
    s = mp.mpf(0)
    for e, after in neighbours(x):
        between = min(max(e, mp.mpf(0.35)), mp.mpf(0.75))
        s += between * max(e, after) * (e + (after - e) / 4) * (e + after) / 2
    return s


def views(x):
    s = sum([e**3 for e in x if e**3 > 0.05][:3])
    for e in x[1:]:
        s *= 1 + e
    return s


def random_numbers(x):
    drawn = np.random.RandomState(42).randint(0, 2**32, len(x), np.uint32)
    return sum(e * e * after * int(r) for (e, after), r in zip(neighbours(x), drawn, strict=True))


def weighted_squares(x):
    return sum(w * e * e for w, e in zip([1, 2, 0.5, 3], x, strict=True)) ** 2


def evenly_weighted_squares(x):
    return sum((i + 1) * e * e / 2 for i, e in enumerate(x)) ** 2


def one_and_a_half(x):
    return 1.5 * ring(x)


def with_first_squared(x):
    return ring(x) + x[0] ** 2 * x[1]


def significands(x):
    return sum(e / mp.mpf(2) ** mp.floor(mp.log(e, 2)) * e * after for e, after in neighbours(x))


def functions_of_float(x):
    return sum(mp.sin(e) * mp.exp(e) + e**1.5 * mp.sqrt(e) for e in x) ** 2


def sines_and_exponentials(x):
    return sum(mp.sin(e) * mp.exp(e) for e in x) ** 2


def through_integers(x):
    return sum((e + int(3 * e)) * e * after for e, after in neighbours(x))


def complex_product(x):
    z, w = mp.mpc(x[0], x[1]), mp.mpc(x[2], x[3])
    p = z * w + z * z
    return p.real**2 + p.imag**2


def squared(x):
    return sum(e * e for e in x)


# The symmetric matrix of the linear algebra is 3 + x x^T / 4, so that x is an eigenvector for 3 + |x|^2 / 4.
def largest_eigenvalue(x):
    return 3 + squared(x) / 4


def squared_image(x):
    return largest_eigenvalue(x) ** 2 * squared(x)


def sum_of_squared_matrix(x):
    return 9 * len(x) + sum(x) ** 2 * (mp.mpf(3) / 2 + squared(x) / 16)


def vectors(x):
    return sum((e * e + 2 * e) * e for e in x) * sum(x)


def fixed_product(x):
    a, b, c, d = 3 + x[0], x[1], x[2], 3 + x[3]
    v, w = a * x[0] + b * x[1], c * x[0] + d * x[1]
    return (a * v + b * w) ** 2 + (c * v + d * w) ** 2


def fixed_inverse(x):
    a, b, c, d = 3 + x[0], x[1], x[2], 3 + x[3]
    determinant = a * d - b * c
    form = x[0] * (d * x[0] - b * x[1]) + x[1] * (a * x[1] - c * x[0])
    return form / determinant + mp.log(determinant)


def weighted(x):
    return sum((i + 1) * e * e for i, e in enumerate(x))


def solved_symmetric(x):
    return weighted([e / largest_eigenvalue(x) for e in x])


# The other matrix is 3 P + x x^T / 4, where (P x)[i] = x[i + 1], around the end: Sherman and Morrison say its inverse.
def solved_general(x):
    before = [x[-1], *x[:-1]]
    s = sum(a * b for a, b in zip(x, before, strict=True)) / 12
    return weighted([e / 3 / (1 + s) for e in before])


def determinant_of_general(x):
    s = sum(e * after for e, after in neighbours(x)) / 12
    return mp.log(3 ** len(x) * (1 + s))  # det(-P) is that of a cycle of four


def solved_triangular(x):
    w = []
    for i, e in enumerate(x):
        w.append((e - sum(e * x[j] * w[j] / 4 for j in range(i))) / (3 + e * e / 4))
    return weighted(w)


def logarithm_of_eigenvalue(x):
    return mp.log(largest_eigenvalue(x))


# Three rows, [[3 + x0, x1, x2], [x1, 1, x3], [x2, x3, -1]], less the mean of the diagonal: the cosines of Viete.
def largest_of_three_eigenvalues(x):
    mean = (3 + x[0]) / 3
    a, d, f = 3 + x[0] - mean, 1 - mean, -1 - mean
    b, c, e = x[1:]
    size = mp.sqrt((a * a + d * d + f * f + 2 * (b * b + c * c + e * e)) / 6)
    half = (a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d)) / (2 * size**3)
    return mean + 2 * size * mp.cos(mp.acos(half) / 3)


# The first three columns of the matrix of `solved_general`.
def largest_singular_value(x):
    n = len(x)
    a = mp.matrix(n, 3)
    for i in range(n):
        for j in range(3):
            a[i, j] = 3 * (j == (i + 1) % n) + x[i] * x[j] / 4
    return mp.log(max(mp.eigsy(a.T * a, eigvals_only=True))) / 2


def dot(x):
    return sum(a * b for a, b in itertools.pairwise(x)) * x[0]


def norm(x):
    return mp.sqrt(squared(x)) * x[0]


def axpy(x):
    return (x[0] ** 2 + x[3] * x[1]) * (x[1] + x[3] * x[2])


def gemv(x):
    return (x[0] * x[2] + x[2] * x[3]) * (x[1] * x[2] + x[3] ** 2)


def gemm(x):
    first = (x[0] ** 2 + x[2] * x[1]) * (x[1] * x[0] + x[3] * x[1])
    return first + (x[0] * x[2] + x[2] * x[3]) * (x[1] * x[2] + x[3] ** 2)
