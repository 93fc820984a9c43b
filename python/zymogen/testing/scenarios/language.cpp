// Constructs of C++.
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double in_std_array(std::span<const double> x) {
    std::array<double, 3> power{1, 1, 1};
    for (double e : x) power = {power[1] * e, power[2] + e, power[0] - e * e};
    return power[0] + power[1] * power[2];
}
ZYMOGEN_KERNEL(in_std_array, "x(n) -> ()");

struct Ellipse {
    double a, b;
    [[nodiscard]] double area() const { return 3 * a * b; }
    [[nodiscard]] Ellipse scaled(double factor) const { return {a * factor, b / (1 + factor * factor)}; }
};
double in_a_struct(double a, double b, double factor) {
    Ellipse ellipse{a, b};
    for (int i = 0; i < 3; ++i) ellipse = ellipse.scaled(factor);
    return ellipse.area() + ellipse.a * ellipse.a;
}
ZYMOGEN_KERNEL(in_a_struct, "a(), b(), factor() -> ()");

double simpson(auto f, double from, double to, int pieces) {
    const double h = (to - from) / pieces;
    double sum = f(from) + f(to);
    for (int i = 1; i < pieces; ++i) sum += (i % 2 ? 4 : 2) * f(from + i * h);
    return sum * h / 3;
}
double by_a_lambda(double a, double to) {
    return simpson([a](double t) { return std::exp(-a * t * t); }, 0, to, 8);
}
ZYMOGEN_KERNEL(by_a_lambda, "a(), to() -> ()");

double branching(double x, int depth) {
    return depth == 0 ? std::sin(x) : branching(x * x / 2, depth - 1) * branching(x + 0.5, depth - 1) + x;
}
double by_recursion(double x) {
    return branching(x, 3);
}
ZYMOGEN_KERNEL(by_recursion, "x() -> ()");

struct Shape {
    virtual ~Shape() = default;
    [[nodiscard]] virtual double area(double r) const = 0;
};
struct Disc final : Shape {
    [[nodiscard]] double area(double r) const override { return 3 * r * r; }
};
struct Square final : Shape {
    [[nodiscard]] double area(double r) const override { return 4 * r * r * r; }
};
double by_virtual_calls(std::span<const double> x, int first) {
    const Disc disc;
    const Square square;
    const std::array<const Shape*, 2> shapes{&disc, &square};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += shapes[(i + static_cast<std::size_t>(first)) % 2]->area(x[i]);
    return s;
}
ZYMOGEN_KERNEL(by_virtual_calls, "x(n), first() -> ()");

}  // namespace
