// OpenMP.
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// `#pragma omp parallel for`
// Instead: leave the flag away; rows of a batch go over threads.
double parallel_loop(std::span<const double> x) {
    double squares[64];
#pragma omp parallel for
    for (std::size_t i = 0; i < x.size(); ++i) squares[i] = x[i] * x[i];
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += squares[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(parallel_loop, "x(n) -> ()");

// `#pragma omp parallel for reduction`
// Instead: leave the flag away; rows of a batch go over threads.
double parallel_sum(std::span<const double> x) {
    double s = 0;
#pragma omp parallel for reduction(+ : s)
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(parallel_sum, "x(n) -> ()");

// `#pragma omp simd`
// Instead: leave the flag away; loops are made of vectors after they are differentiated.
double simd_sum(std::span<const double> x) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(simd_sum, "x(n) -> ()");

}  // namespace
