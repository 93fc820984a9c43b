// Names that C++ or generated code has a use for.
#include <zymogen/kernel.hpp>

double names(std::span<const double> row, std::span<const double> rows, double out, double evaluate, double x_bar,
             double dx, double std_, double n_, double class_) {
    return row[0] * rows[0] + out * evaluate + x_bar * dx + std_ * n_ + class_;
}
ZYMOGEN_KERNEL(names, "row(n), rows(new), out(), evaluate(), x_bar(), dx(), std(), n(), class() -> ()");

double more_names(double level_1, double loop_0, double failure, double zymogen_, double class_, double class__) {
    return level_1 * loop_0 * failure * zymogen_ * class_ * class__;
}
ZYMOGEN_KERNEL(more_names, "level_1(), loop_0(), failure(), zymogen(), class(), class_() -> ()");

void size_and_result(const double* a, std::size_t n, double& n_out) { n_out = a[0] * static_cast<double>(n); }
ZYMOGEN_KERNEL(size_and_result, "a(n), n -> n()");

#define N 2
double macro(std::span<const double> X) { return X[0] * X[N - 1]; }
ZYMOGEN_KERNEL(macro, "X(N) -> ()");

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))

double loop_0(double x) { return max(3 * x, min(x, 0)); }
ZYMOGEN_KERNEL(loop_0, "x() -> ()");

double evaluate(double x) { return 3 * x; }
ZYMOGEN_KERNEL(evaluate, "x() -> ()");
