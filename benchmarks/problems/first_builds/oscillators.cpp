#include <array>
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>
using State = std::array<double, 2>;
State slope(State s, double k, double c) {
    return {s[1], -k * std::sin(s[0]) - c * s[1]};
}
double kernel(std::span<const double> x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        State s{x[i], 0};
        for (int step = 0; step < 100; ++step) {
            const double h = 0.01;
            const State a = slope(s, 1.5, 0.1);
            const State b = slope({s[0] + h / 2 * a[0], s[1] + h / 2 * a[1]}, 1.5, 0.1);
            s = {s[0] + h * b[0], s[1] + h * b[1]};
        }
        sum += s[0] * s[0];
    }
    return sum;
}
ZYMOGEN_KERNEL(kernel, "x(n) -> ()");
