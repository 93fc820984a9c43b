"""What derivatives are at kinks, poles, NaN and infinity: the tables of docs/explain/kinks.md, cell by cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zymogen as zg

pytestmark = pytest.mark.toolchain

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "kinks.md"
HEADER = "| expression | x | y | value | d/dx | d/dy |"


def rows() -> list[tuple[str, ...]]:
    """Expression, x, y, value, d/dx and d/dy of every row of the page's tables, as they are written there."""
    found = []
    for table in PAGE.read_text(encoding="utf-8").split(HEADER)[1:]:
        for line in table.splitlines()[2:]:
            if not line.startswith("|"):
                break
            expression, *numbers = (cell.strip() for cell in line.strip("|").split("|"))
            found.append((expression.strip("`"), *numbers))
    return found


EXPRESSIONS = list(dict.fromkeys(row[0] for row in rows()))


@pytest.fixture(scope="module")
def kink():
    """One kernel in which an integer chooses the expression: no derivative of another one can leak into it."""
    cases = "\n".join(f"case {number}: return {text};" for number, text in enumerate(EXPRESSIONS))
    return zg.compile(
        "#include <algorithm>\n#include <cmath>\n#include <zymogen/kernel.hpp>\n"
        f"double kink(double x, double y, int which) {{ switch (which) {{\n{cases}\n}} return 0; }}\n"
        'ZYMOGEN_KERNEL(kink, "x(), y(), which() -> ()");'
    ).kink


@pytest.fixture(scope="module")
def derivatives(kink):
    """By argument: forward along a component, forward along a tangent, reverse, reverse for both arguments."""
    both = zg.grad(kink, ("x", "y"))

    def along(name):
        d = zg.jvp(kink, name)
        return lambda *args: d(*args, 1.0)[1]

    def backward(position):
        return lambda *args: both(*args)[position]

    return {
        name: (zg.partial(kink, name), along(name), zg.grad(kink, name), backward(position))
        for position, name in enumerate("xy")
    }


def written(number) -> str:
    """A number as the page writes it."""
    if number == 0:
        return "-0" if np.signbit(number) else "0"
    return f"{float(number):.10g}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:3]))
def test_page_says_what_derivatives_are(kink, derivatives, row):
    expression, x, y, value, *by = row
    point = float(x), float(y or "1"), EXPRESSIONS.index(expression)
    with np.errstate(all="ignore"):
        assert written(kink(*point)) == value
        for name, cell in zip("xy", by, strict=True):
            if not cell:
                assert not y
                continue
            forward, _, reverse = cell.partition("; reverse ")
            modes = (forward, forward, reverse or forward, reverse or forward)
            assert [written(d(*point)) for d in derivatives[name]] == list(modes)


def test_a_batch_gives_what_single_calls_give(kink, derivatives):
    """Vectorised code takes no other branch."""
    points = [(float(x), float(y or "1"), EXPRESSIONS.index(text)) for text, x, y, *_ in rows()]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    with np.errstate(all="ignore"):
        for d in (*derivatives["x"], *derivatives["y"]):
            assert list(map(written, d(*columns))) == [written(d(*point)) for point in points]


def test_a_cotangent_of_zero_does_not_hide_an_infinite_derivative(kink):
    """0 * inf is NaN, also where the result is not wanted."""
    which = EXPRESSIONS.index("1 / x")
    with np.errstate(all="ignore"):
        assert np.isnan(zg.vjp(kink, "x")(0.0, 1.0, which, 0.0))


def test_a_guarded_argument_is_safe_in_reverse_mode():
    text = """
        #include <cmath>
        #include <zymogen/kernel.hpp>
        double square(double x) { const double s = std::isnan(x) ? 0.0 : x; return s * s; }
        ZYMOGEN_KERNEL(square, "x() -> ()");
    """
    square = zg.compile(text).square
    assert zg.grad(square)(np.nan) == 0
    assert zg.partial(square, "x")(np.nan) == 0
