"""What calls of derivatives take, give and refuse in C++."""

from __future__ import annotations

import re

import numpy as np
import pytest

from .conftest import build, configured, numbers, output, project

pytestmark = [pytest.mark.toolchain, pytest.mark.timeout(600)]

KERNELS = r"""
#include "kernels.hpp"
#include <cmath>
#include <stdexcept>
#include <zymogen/kernel.hpp>

double legacy(const double* x, const double* w, std::size_t n, int power) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += w[i] * std::pow(x[i], power);
    return s;
}
ZYMOGEN_KERNEL(legacy, "x(n), w(n), n, power() -> ()");

namespace physics {
double energy(std::span<const double, 3> v, float m, bool twice) {
    return (twice ? 1.0 : 0.5) * m * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2] * v[2]);
}
ZYMOGEN_KERNEL(energy, "v(3), m(), twice() -> ()");
}  // namespace physics

void decay(std::span<double> u, double dt) {
    for (double& e : u) e -= dt * e * e;
}
ZYMOGEN_KERNEL(decay, "u(n), dt() -> u(n)");

double root(double x, std::int8_t terms) {
    if (x < 0) throw std::domain_error("x is negative");
    if (terms < 0) throw std::out_of_range("terms");
    if (terms > 100) throw std::runtime_error("too many terms");
    return std::sqrt(x) * terms;
}
ZYMOGEN_KERNEL(root, "x(), terms() -> ()");

double cubes(zymogen::array_view<const double, 3> t) {
    double s = 0;
    for (std::size_t i = 0; i < t.extent(0); ++i)
        for (std::size_t j = 0; j < t.extent(1); ++j)
            for (std::size_t k = 0; k < t.extent(2); ++k) s += t(i, j, k) * t(i, j, k) * t(i, j, k) * double(k + 1);
    return s;
}
ZYMOGEN_KERNEL(cubes, "t(a,b,c) -> ()");

void squares(std::span<const double> x, std::span<double> y, double& sum) {
    sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += y[i] = x[i] * x[i] * x[(i + 1) % x.size()];
}
ZYMOGEN_KERNEL(squares, "x(n) -> y(n), sum()");
"""

HEADER = r"""
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <zymogen/view.hpp>
double legacy(const double* x, const double* w, std::size_t n, int power);
namespace physics { double energy(std::span<const double, 3> v, float m, bool twice); }
void decay(std::span<double> u, double dt);
double root(double x, std::int8_t terms);
double cubes(zymogen::array_view<const double, 3> t);
void squares(std::span<const double> x, std::span<double> y, double& sum);
"""

MAIN = r"""
#include <array>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>
#include <zymogen/derivatives.hpp>
#include "kernels.hpp"

template <class Numbers>
void show(const char* name, const Numbers& numbers) {
    std::printf("%s", name);
    for (const auto number : numbers) std::printf(" %.17g", double(number));
    std::printf("\n");
}
template <class Body>
void error(Body body) {
    try {
        body();
        std::printf("none nothing thrown\n");
    } catch (const std::invalid_argument& e) {
        std::printf("invalid_argument %s\n", e.what());
    } catch (const std::out_of_range& e) {
        std::printf("out_of_range %s\n", e.what());
    } catch (const std::runtime_error& e) {
        std::printf("runtime_error %s\n", e.what());
    }
}

int main() {
    const std::vector x{1.5, -2.0, 0.5}, w{1.0, 2.0, 3.0};
    show("legacy", zymogen::gradient<legacy, 0>(x, w, 3));
    const auto [in_x, in_w] = zymogen::gradient<legacy, "x", "w">(std::span<const double>(x), w, 2);
    show("legacy_x", in_x), show("legacy_w", in_w);

    const std::array v{1.0, 2.0, 3.0};
    show("energy", zymogen::gradient<physics::energy, 0>(v, 2.0f, true));
    show("energy_m", std::array{zymogen::partial<physics::energy, -2>(v, 2.0f, false)});
    show("energy_vv", std::array{zymogen::partial<physics::energy, 0, 0>(v, 2.0f, false, 2, -1)});

    const auto [u, du] = zymogen::jvp<decay, "u", "dt">(x, 0.1, w, 1.0);
    show("decay", u), show("decay_tangent", du);

    std::vector<double> t(24), gradient(24);
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = 0.1 * double(i);
    const zymogen::array_view<const double, 3> T(t.data(), {2, 3, 4});
    zymogen::gradient<cubes, 0>(zymogen::into(zymogen::array_view<double, 3>(gradient.data(), {2, 3, 4})), T);
    show("cubes", gradient);
    show("cubes_t", std::array{zymogen::partial<cubes, 0>(T, std::array{1, 2, -1})});

    zymogen::array<double, 1> y({3});
    double sum = 0;
    zymogen::derivative<"squares">(zymogen::into(y, sum), x);
    show("squares", y), show("squares_sum", std::array{sum});
    const auto rows = zymogen::derivative<"jacobian(squares, x, output=y, rows=[2, 0], mode=reverse)">(x);
    std::printf("extents %zu %zu\n", rows.extent(0), rows.extent(1));
    show("squares_rows", rows);
    show("squares_entry", zymogen::derivative<"partial(squares, (x, 1), output=y)">(x));
    const auto [y_0, sum_0, y_x, sum_x] = zymogen::jvp<squares, 0>(x, std::array{0.0, 1.0, 0.0});
    show("squares_y_x", y_x), show("squares_sum_x", std::array{sum_x});
    show("empty", zymogen::gradient<legacy, 0>(std::vector<double>{}, std::vector<double>{}, 3));

    std::vector<std::vector<double>> threads(4, std::vector<double>(3));
    {
        std::vector<std::jthread> running;
        for (auto& result : threads)
            running.emplace_back([&] {
                for (int k = 0; k < 1000; ++k) zymogen::gradient<legacy, 0>(zymogen::into(result), x, w, 3);
            });
    }
    for (const auto& result : threads) show("thread", result);

    error([&] { zymogen::gradient<legacy, 0>(x, std::vector{1.0}, 3); });
    error([&] { zymogen::gradient<physics::energy, 0>(std::vector{1.0}, 2.0f, true); });
    error([&] { zymogen::partial<cubes, 0>(T, std::array{1, 3, 0}); });
    error([&] { std::vector<double> few(2); zymogen::gradient<legacy, 0>(zymogen::into(few), x, w, 3); });
    error([&] { auto own = x; zymogen::gradient<legacy, 0>(zymogen::into(own), own, w, 3); });
    error([&] { zymogen::gradient<root, 0>(-1.0, 1); });
    error([&] { zymogen::gradient<root, 0>(1.0, -1); });
    error([&] { zymogen::gradient<root, 0>(1.0, 101); });
    error([&] { zymogen::gradient<root, 0>(1.0, 300); });
    show("root", std::array{zymogen::gradient<root, 0>(4.0, 2)});
}
"""

CMAKE = """
find_package(Threads REQUIRED)
zymogen_add_executable(mine main.cpp SOURCES kernels.cpp DERIVATIVES
  "grad(legacy, x)" "grad(legacy, (x, w))" "grad(energy, v)" "partial(energy, m)" "partial(energy, v, v)"
  "jvp(decay, (u, dt))" "grad(cubes, t)" "partial(cubes, t)" "jvp(squares, x)"
  "jacobian(squares, x, output=y, rows=[2, 0], mode=reverse)" "partial(squares, (x, 1), output=y)" "grad(root, x)")
target_link_libraries(mine PRIVATE Threads::Threads)
"""

X, W = np.array([1.5, -2.0, 0.5]), np.array([1.0, 2.0, 3.0])


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    root = project(tmp_path_factory.mktemp("program") / "mine", MAIN, KERNELS, CMAKE)
    (root / "kernels.hpp").write_text(HEADER)
    folder = configured(root, root / "build")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return output(folder / "mine").splitlines()


def test_results_are_exact(printed):
    lines = numbers("\n".join(printed[: next(k for k, line in enumerate(printed) if line.startswith("thread"))]))
    found = dict(lines)
    V = np.array([1.0, 2.0, 3.0])
    t = 0.1 * np.arange(24.0)
    expected = {
        "legacy": 3 * W * X**2,
        "legacy_x": 2 * W * X,
        "legacy_w": X**2,
        "energy": 2 * np.array([2, 4, 27.0]),
        "energy_m": [0.5 * (1 + 4 + 27)],
        "energy_vv": [0.5 * 2 * 6 * V[2]],
        "decay": X - 0.1 * X**2,
        "decay_tangent": W - 0.2 * X * W - X**2,
        "cubes": 3 * t**2 * (1 + np.arange(24) % 4),
        "cubes_t": [3 * t[23] ** 2 * 4],
        "squares": X**2 * np.roll(X, -1),
        "squares_sum": [(X**2 * np.roll(X, -1)).sum()],
        "extents": [2, 3],
        "squares_rows": [X[2] ** 2, 0, 2 * X[2] * X[0], 2 * X[0] * X[1], X[0] ** 2, 0],
        "squares_entry": [X[0] ** 2, 2 * X[1] * X[2], 0],
        "squares_y_x": [X[0] ** 2, 2 * X[1] * X[2], 0],
        "squares_sum_x": [X[0] ** 2 + 2 * X[1] * X[2]],
        "empty": [],
    }
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-14, atol=1e-15, err_msg=name)


def test_threads_call_at_the_same_time(printed):
    threads = [line for line in printed if line.startswith("thread ")]
    assert len(threads) == 4
    assert {tuple(values) for _, values in numbers("\n".join(threads))} == {tuple(3 * W * X**2)}


def test_mistakes_and_failures_are_exceptions(printed):
    end = "Give it memory of its own."
    assert printed[-10:] == [
        (
            "invalid_argument grad(legacy, 'x'): w has 1 element along n. Expected: 3 elements, as x has. Give it that "
            "size."
        ),
        (
            "invalid_argument grad(energy, 'v'): v has 1 element along 3. Expected: 3 elements, as the signature says. "
            "Give it that size."
        ),
        "out_of_range partial(cubes, 't'): t_index: component 3 is out of range: there are 3.",
        (
            "invalid_argument grad(legacy, 'x'): x_bar has 2 elements along n. Expected: 3 elements, as x has. Give it "
            "that size."
        ),
        f"invalid_argument grad(legacy, 'x'): the result x_bar has memory in common with x. {end}",
        "invalid_argument grad(root, 'x'): x is negative",
        "out_of_range grad(root, 'x'): terms",
        "runtime_error grad(root, 'x'): too many terms",
        (
            "out_of_range grad(root, 'x'): terms is 300, and the kernel takes int8 (-128 to 127). Give values that "
            "fit, or change the kernel's type."
        ),
        "root 0.5",
    ]


ONE = r"""
#include <span>
#include <zymogen/kernel.hpp>
double sum(std::span<const double> x) { double s = 0; for (double e : x) s += e * e; return s; }
ZYMOGEN_KERNEL(sum, "x(n) -> ()");
namespace law {
double power(double a, double b) { return a * b; }
ZYMOGEN_KERNEL(power, "a(), b() -> ()");
}  // namespace law
"""
USES = """
#include <span>
#include <vector>
#include <zymogen/derivatives.hpp>
double sum(std::span<const double> x);
double other(double x);
namespace law {{ double power(double a, double b); }}
int main() {{ const std::vector x{{1.0, 2.0}}; {} }}
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A program of which each test writes main.cpp anew."""
    cmake = 'zymogen_add_executable(mine main.cpp SOURCES kernels.cpp DERIVATIVES "grad(sum, x)" "hessian(sum, x)")\n'
    root = project(tmp_path_factory.mktemp("small") / "mine", USES.format(""), ONE, cmake)
    folder = configured(root, root / "build")
    assert build(folder).returncode == 0
    return root


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('zymogen::gradient<sum, "y">(x);', "zymogen: this kernel has no argument of that name or number."),
        ("zymogen::gradient<other, 0>(1.0);", "zymogen: this function is no kernel. Register it with ZYMOGEN_KERNEL"),
        ('zymogen::derivative<"hessian(sum, x)">(x);', "there is no derivative of this text. Name it in CMakeLists"),
        ('zymogen::derivative<"grad(sum, x)">(1.0);', "the derivative of this text takes other arguments"),
        ("zymogen::gradient<sum, 0>(x, x);", "zymogen: this derivative has another number of arguments"),
        ("zymogen::gradient<sum, 0>(std::vector{1.0f});", "an argument has another type than the kernel takes"),
        ("zymogen::gradient<sum, 0>(zymogen::into(x), x);", "a result of zymogen::into cannot be written"),
        ("double y; zymogen::gradient<sum, 0>(zymogen::into(y), x);", "a result of zymogen::into has another type"),
    ],
)
def test_the_compiler_says_what_is_wrong(small, line, message):
    (small / "main.cpp").write_text(USES.format(line))
    done = build(small / "build")
    assert done.returncode != 0
    assert message in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("auto [value, slope] = zymogen::value_and_gradient<sum, 0>(x); return slope[0];", "value_and_grad(sum, x)"),
        ('for (double e : zymogen::hvp<sum, "x">(x, x)) if (e > 0) return 1;', "hvp(sum, x)"),
        (
            "const double slope = zymogen::partial<law::power, 1, -2>(1.0, 2.0); return slope > 0;",
            "partial(power, b, a)",
        ),
        ("auto [b, a] = zymogen::gradient<law::power, 1, 0>(1.0, 2.0); return a > b;", "grad(power, (b, a))"),
        ('return zymogen::derivative<"hessian(sum, x)">(x).extent(0);', "hessian(sum,x)"),
    ],
)
def test_what_was_not_built_is_named_as_the_build_file_would_name_it(small, line, text):
    (small / "main.cpp").write_text(USES.format(line))
    done = build(small / "build")
    assert done.returncode != 0
    assert len(re.findall(r"\berror:", done.stdout)) == 2, "what is done with a result has no errors of its own"
    assert "Name it in CMakeLists.txt: zymogen_differentiate(<target> ... DERIVATIVES " in " ".join(done.stdout.split())
    assert re.search(rf"error: .*\bnot_in_DERIVATIVES<.*{re.escape(text)}", done.stdout)


@pytest.mark.parametrize(
    ("declaration", "types"),
    [
        (
            "namespace law { float power(float a, float b); }",
            "law::power(double, double), not law::power(float, float)",
        ),
        (
            "namespace law { double power(const std::vector<double>& a, int n); }",
            "law::power(double, double), not law::power(std::vector<double>, std::int32_t)",
        ),
    ],
)
def test_a_declaration_with_other_types_than_the_definition_is_told(small, declaration, types):
    main = USES.format("zymogen::gradient<law::power, 0>(1.0, 2.0);")
    (small / "main.cpp").write_text(re.sub("namespace law .*", declaration, main))
    done = build(small / "build")
    assert done.returncode != 0
    assert "zymogen: this function is declared here with other types than the kernel " in " ".join(done.stdout.split())
    assert re.search(rf"error: .*\bregistered_with<.*{re.escape(types)}", done.stdout)
    assert len(re.findall(r"\berror:", done.stdout)) == 2


def test_without_a_build_the_header_says_what_to_do(tmp_path):
    root = project(tmp_path / "mine", USES.format(""), ONE, "add_executable(mine main.cpp)\n")
    with (root / "CMakeLists.txt").open("a") as file:
        file.write("target_include_directories(mine PRIVATE ${zymogen_INCLUDE_DIR})\n")
    done = build(configured(root, root / "build"))
    assert "there are no derivatives. In CMakeLists.txt, add zymogen_differentiate(<target> SOURCES" in done.stdout


def test_a_change_of_a_kernel_is_built(small):
    line = 'auto g = zymogen::gradient<sum, "x">(x); __builtin_printf("g %g %g\\n", g[0], g[1]);'
    (small / "main.cpp").write_text(USES.format(line))
    assert build(small / "build").returncode == 0
    assert output(small / "build" / "mine") == "g 2 4\n"
    (small / "kernels.cpp").write_text(ONE.replace("e * e", "e * e * e"))
    assert build(small / "build").returncode == 0
    assert output(small / "build" / "mine") == "g 3 12\n"
