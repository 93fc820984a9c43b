"""One-hot tangents are right however a kernel reckons its addresses; where steps go back, they are dense."""

from __future__ import annotations

import numpy as np
import pytest

import zymogen as zg

SOURCE = r"""
#include <zymogen/kernel.hpp>

void mirrored(std::span<const double> z, std::span<double> out) {
    for (std::size_t o = 0; o < z.size(); ++o) out[o] = z[o] * z[o] * z[z.size() - 1 - o];
}
ZYMOGEN_KERNEL(mirrored, "z(n) -> out(n)");

void from_the_end(std::span<const double> z, std::span<double> out) {
    auto it = z.end();
    for (std::size_t o = 0; o < z.size(); ++o) {
        --it;
        out[o] = *it * z[0];
    }
}
ZYMOGEN_KERNEL(from_the_end, "z(n) -> out(n)");

void behind(std::span<const double> z, std::span<double> out) {
    for (std::size_t o = 1; o < z.size(); ++o) out[o] = z[o] * z[o - 1];
}
ZYMOGEN_KERNEL(behind, "z(n) -> out(n)");

void mirrored_rows(const double* z, int n, int m, double* out) {
    for (int i = 0; i < n; ++i) {
        const double* row = z + i * m;
        double s = 0;
        for (int j = 0; j < m; ++j) s += row[j] * row[m - 1 - j];
        out[i] = s;
    }
}
ZYMOGEN_KERNEL(mirrored_rows, "z(n,m), n, m -> out(n)");

void ahead(std::span<const double> z, std::span<double> out) {
    for (std::size_t o = 0; o + 2 < z.size(); ++o) out[o] = z[o] * z[o + 1] * z[o + 2];
}
ZYMOGEN_KERNEL(ahead, "z(n) -> out(n)");

void halves(std::span<const double> z, std::span<double> out) {
    const auto second = z.subspan(z.size() / 2);
    for (std::size_t o = 0; o < second.size(); ++o) out[o] = z[o] * second[o];
}
ZYMOGEN_KERNEL(halves, "z(n) -> out(n)");

void rows(zymogen::matrix<const double> z, std::span<double> out) {
    for (std::size_t i = 0; i < z.extent(0); ++i) {
        double s = 0;
        for (std::size_t j = 0; j < z.extent(1); ++j) s += z(i, j) * z(i, j);
        out[i] = s;
    }
}
ZYMOGEN_KERNEL(rows, "z(n,m) -> out(n)");

void ring(std::span<const double> z, std::span<double> out) {
    const std::size_t n = z.size();
    for (std::size_t o = 0; o < n; ++o) out[o] = z[(o + n - 1) % n] * z[o] * z[(o + 1) % n];
}
ZYMOGEN_KERNEL(ring, "z(n) -> out(n)");
"""


@pytest.fixture(scope="module")
def offsets():
    return zg.compile(SOURCE)


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("mirrored", "dense"),
        ("from_the_end", "dense"),
        ("mirrored_rows", "dense"),
        ("ahead", "implicit"),
        ("halves", "implicit"),
        ("rows", "implicit"),
        ("ring", "implicit"),
    ],
)
def test_forward_mode_finds_every_load(offsets, name, seed):
    f = offsets[name]
    z = np.random.default_rng(0).uniform(1, 2, size=(3, 4) if "rows" in name else 6)
    forward = zg.jacobian(f, mode="forward")
    np.testing.assert_allclose(forward(z), zg.jacobian(f, mode="reverse")(z), rtol=1e-14)
    assert forward.seed == seed


def test_a_load_one_step_behind_is_found(offsets):
    z = np.random.default_rng(0).uniform(1, 2, size=6)
    expected = zg.jacobian(offsets.behind, mode="reverse")(z)
    columns = zg.partial(offsets.behind, "z")(z, np.arange(6))
    np.testing.assert_allclose(columns.T, expected, rtol=1e-14)
