#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>
#include <zymogen/kernel.hpp>
double kernel(std::span<const double> x) {
    if (x.empty()) throw std::invalid_argument("x is empty");
    std::vector<double> logs;
    for (double v : x) logs.push_back(std::log(1 + v * v));
    return std::accumulate(logs.begin(), logs.end(), 0.0);
}
ZYMOGEN_KERNEL(kernel, "x(n) -> ()");
