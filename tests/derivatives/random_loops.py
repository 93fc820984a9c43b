"""Kernels out of loops in each other, which are left and gone on with in all ways that C++ has."""

from __future__ import annotations

from random import Random

_DEEPEST = 3
_HEAD = """
#include "dual.hpp"
#include <array>
#include <span>
#include <utility>
#include <vector>
#include <zymogen/kernel.hpp>
"""
_KERNEL = """
template <class T>
struct Item {{
    T number;
    int place;
}};

template <class T>
[[gnu::noinline]] void change(T* a, T b) {{
    using std::sin;
    *a = *a > 0.5 ? sin(*a * b) : *a + T(0.25) * b;
}}

template <class T>
T loops(std::span<const T> x, int m) {{
    using std::sin;
    T s = 1;
    std::array<T, 3> kept{{x[0], x[1], s}};
    T p[4] = {{x[0], x[1], x[2], x[3]}}, q[4] = {{x[3], x[0] * x[1], x[2], x[1]}};
    T *one = p, *other = q;
    Item<T> items[3] = {{{{x[0], 0}}, {{x[1] * x[2], 1}}, {{x[3], 2}}}};
    std::vector<T> w(2, x[0]);
    int steps = 0;
    {body}
done:
    return s + kept[2]{memory};
}}

double kernel(std::span<const double> x, int m) {{ return loops<double>(x, m); }}
ZYMOGEN_KERNEL(kernel, "x(n), m() -> ()");

// d f / d x[i]
void gradient(std::span<const double> x, int m, std::span<double> y) {{
    for (std::size_t i = 0; i < x.size(); ++i) {{
        std::vector<Dual<double>> along(x.begin(), x.end());
        along[i].slope = 1;
        y[i] = loops<Dual<double>>(along, m).slope;
    }}
}}
ZYMOGEN_KERNEL(gradient, "x(n), m() -> y(n)");
"""


_MEMORY = " + p[1] * p[3] + one[0] * other[2] + w.back() * w[0] + items[0].number * T(items[1].place)"


def random_kernel(seed: int, *, memory: bool = False) -> str:
    """Write C++ of a kernel `kernel` and its exact `gradient` of `x`, with an integer `m` that decides of turns.

    Parameters
    ----------
    memory : whether arrays, vectors and structures change as well, which are read elsewhere
    """
    writer = _Writer(Random(seed), memory=memory)
    body = ""
    while "while" not in body and "for" not in body:
        body = writer.statements((), 3)
    return _HEAD + _KERNEL.format(body=body, memory=_MEMORY if memory else "")


class _Writer:
    def __init__(self, random: Random, *, memory: bool) -> None:
        self._random = random
        self._memory = memory
        self._counters = 0

    def statements(self, loops: tuple[str, ...], number: int, depth: int = 0) -> str:
        """Some statements inside of loops with the counters `loops`."""
        return " ".join(self._statement(loops, depth) for _ in range(number))

    def _statement(self, loops: tuple[str, ...], depth: int) -> str:
        kind = self._random.randrange(12)
        if kind < 3 or depth > 3:
            return self._update(loops)
        if kind < 7 and loops:
            return f"if ({self._condition(loops)}) {self._way_out(kind, loops)}"
        if kind == 7:
            then, otherwise = (self.statements(loops, number, depth + 1) for number in (2, 1))
            return f"if ({self._condition(loops)}) {{ {then} }} else {{ {otherwise} }}"
        if kind == 8 and loops:
            cases = [f"case {k}: {self.statements(loops, 1, depth + 1)}" for k in range(self._random.randrange(1, 4))]
            ends = (self._random.choice(("break;", "continue;", "")) for _ in cases)
            listed = " ".join(f"{case} {end}" for case, end in zip(cases, ends, strict=True))
            return f"switch (({self._counter(loops)} + steps) % 4) {{ {listed} default: break; }}"
        return self._loop(loops, depth) if len(loops) < _DEEPEST else self._update(loops)

    def _way_out(self, kind: int, loops: tuple[str, ...]) -> str:
        if kind == 6 and len(loops) > 1 and self._random.random() < 0.5:
            return self._random.choice(("goto done;", "return s;", "return s * s;"))
        return self._random.choice(("break;", "continue;"))

    def _loop(self, loops: tuple[str, ...], depth: int) -> str:
        self._counters += 1
        counter = f"i{self._counters}"
        last = self._random.choice(("m", "m", "4", f"{self._counter(loops)} % 4 + 1"))
        body = self.statements((*loops, counter), self._random.randrange(1, 4), depth + 1)
        return self._random.choice(
            (
                f"for (int {counter} = 0; {counter} < {last}; ++{counter}) {{ {body} }}",
                f"for (int {counter} = 0; {counter} != {last} && ++steps < 200;) {{ ++{counter}; {body} }}",
                f"for (int {counter} = 0;;) {{ if ({counter} >= {last} || ++steps > 200) break; ++{counter}; {body} }}",
                f"{{ int {counter} = 0; do {{ ++{counter}; {body} }} while ({counter} < {last}); }}",
                f"{{ int {counter} = 0; while ({counter} < {last}) {{ ++{counter}; {body} }} }}",
            )
        )

    def _update(self, loops: tuple[str, ...]) -> str:
        if self._memory and self._random.random() < 0.6:
            return self._change(self._counter(loops))
        counter = self._counter(loops)
        return self._random.choice(
            (
                f"s = sin(s) * x[{counter} % x.size()] + s;",
                f"s = s + T(0.1) * sin(x[{counter} % x.size()]);",
                f"s = s * (T(1.0) + T(0.1) * x[({counter} + 1) % x.size()]);",
                f"kept[{counter} % 3] = s * T(0.5); s = s + kept[({counter} + 1) % 3];",
            )
        )

    def _change(self, counter: str) -> str:
        return self._random.choice(
            (
                f"p[{counter} % 4] = sin(s) + p[({counter} + 1) % 4] * T(0.5);",
                f"s = sin(s + p[({counter} + 2) % 4]);",
                f"other[{counter} % 4] = one[({counter} + 3) % 4] * T(0.5) + s;",
                "std::swap(one, other);",
                f"std::swap(p[0], p[{counter} % 4]);",
                f"change(&s, x[{counter} % x.size()]);",
                f"change(&one[{counter} % 4], s);",
                f"if (w.size() < 12) w.push_back(sin(s) + x[{counter} % x.size()]);",
                "if (w.size() > 1) w.pop_back();",
                f"s = s + T(0.1) * w[{counter} % w.size()];",
                f"w.resize(2 + {counter} % 4, s);",
                f"w.insert(w.begin() + {counter} % w.size(), s); if (w.size() > 12) w.resize(3);",
                f"w.assign({counter} % 5 + 1, s);",
                f"items[{counter} % 3] = items[({counter} + 1) % 3]; s = s + T(0.1) * items[0].number;",
                f"items[{counter} % 3].number = sin(s) * T(items[2].place);",
                f"std::swap(items[0], items[{counter} % 3]);",
            )
        )

    def _condition(self, loops: tuple[str, ...]) -> str:
        one, other = self._counter(loops), self._counter(loops)
        return self._random.choice(
            (
                f"{one} % {self._random.randrange(2, 5)} == {self._random.randrange(2)}",
                f"{one} > {self._random.randrange(1, 8)}",
                f"x[{one} % x.size()] > {self._random.choice((0.35, 0.45, 0.6))}",
                f"s > {self._random.choice((1.5, 3.0))}",
                f"({one} + {other}) % 3 == 1",
                *((f"p[{one} % 4] > 0.4", "w.back() > 0.5", f"{one} % w.size() == 1") if self._memory else ()),
            )
        )

    def _counter(self, loops: tuple[str, ...]) -> str:
        return self._random.choice(loops or ("m",))
