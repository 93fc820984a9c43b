// Arrays of one, two and three dimensions, of fixed extents and not.
#include <mdspan>
#include <zymogen/kernel.hpp>

// Views.
double sum_of_squares(std::span<const double> x) {
    double s = 0;
    for (double e : x) s += e * e;
    return s;
}
ZYMOGEN_KERNEL(sum_of_squares, "x(n) -> ()");

double triple(std::span<const double, 3> x) { return x[0] * x[1] * x[2]; }
ZYMOGEN_KERNEL(triple, "x(3) -> ()");

void apply(zymogen::matrix<const double> M, std::span<const double> x, std::span<double> y) {
    for (std::size_t a = 0; a < M.extent(0); ++a) {
        y[a] = 0;
        for (std::size_t c = 0; c < M.extent(1); ++c) y[a] += M[a, c] * x[c];
    }
}
ZYMOGEN_KERNEL(apply, "M(a,c), x(c) -> y(a)");

/// The sum of i * T[i, j, k]^2 over all indices, and of those the numbers are told apart by their place.
template <class View>
double weighted(const View& T) {
    double s = 0;
    for (std::size_t i = 0; i < std::size_t(T.extent(0)); ++i)
        for (std::size_t j = 0; j < std::size_t(T.extent(1)); ++j)
            for (std::size_t k = 0; k < std::size_t(T.extent(2)); ++k)
                s += double(100 * i + 10 * j + k) * T[i, j, k] * T[i, j, k];
    return s;
}

double weighted_array_view(zymogen::array_view<const double, 3> T) { return weighted(T); }
ZYMOGEN_KERNEL(weighted_array_view, "T(i,j,k) -> ()");

double weighted_mdspan(std::mdspan<const double, std::dextents<std::size_t, 3>> T) { return weighted(T); }
ZYMOGEN_KERNEL(weighted_mdspan, "T(i,j,k) -> ()");

double weighted_static(std::mdspan<const double, std::extents<std::size_t, 2, 3, 2>> T) { return weighted(T); }
ZYMOGEN_KERNEL(weighted_static, "T(2,3,2) -> ()");

double weighted_mixed(std::mdspan<const double, std::extents<int, 2, std::dynamic_extent, 2>> T) { return weighted(T); }
ZYMOGEN_KERNEL(weighted_mixed, "T(2,j,2) -> ()");

void outer(std::span<const double> x, std::span<const double> y,
           std::mdspan<double, std::dextents<std::size_t, 2>> P) {
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < y.size(); ++j) P[i, j] = x[i] * y[j];
}
ZYMOGEN_KERNEL(outer, "x(n), y(m) -> P(n,m)");
