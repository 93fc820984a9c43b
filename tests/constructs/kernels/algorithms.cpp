// Algorithms of the standard library.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <numeric>
#include <random>
#include <ranges>
#include <span>
#include <utility>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double ring(const auto& v) {
    const std::size_t n = v.size();
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += v[i] * v[i] * v[(i + 1) % n];
    return s;
}

// What the kernels that sort compute then.
double ranked(const auto& v) {
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += static_cast<double>(i + 1) * v[i] * v[i] * v[0];
    return s;
}

// `std::sort` of numbers
double sorted(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::sort(v.begin(), v.end());
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted, "x(n) -> ()");

// `std::sort` of numbers, with a comparison
double sorted_by_distance(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::sort(v.begin(), v.end(), [](double a, double b) { return std::abs(a - 0.1) < std::abs(b - 0.1); });
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted_by_distance, "x(n) -> ()");

// `std::sort` of numbers through reverse iterators
double sorted_backwards(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::sort(v.rbegin(), v.rend(), [](double a, double b) { return b < a; });
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted_backwards, "x(n) -> ()");

// `std::sort` of positions, by the numbers there
double sorted_positions(std::span<const double> x) {
    std::vector<std::size_t> place(x.size());
    std::iota(place.begin(), place.end(), 0);
    std::sort(place.begin(), place.end(), [x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    std::vector<double> v(x.size());
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = x[place[i]];
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted_positions, "x(n) -> ()");

// `std::sort` of pairs of a number and an integer
double sorted_pairs(std::span<const double> x) {
    std::vector<std::pair<double, int>> pairs(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) pairs[i].first = x[i];
    std::sort(pairs.begin(), pairs.end());
    std::vector<double> v(x.size());
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = pairs[i].first;
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted_pairs, "x(n) -> ()");

struct Weighted {
    double value;
    int weight;
};

// `std::ranges::sort` of structures, by a member
// Instead: `std::sort` with a lambda that compares the members.
double sorted_by_member(std::span<const double> x) {
    std::vector<Weighted> all(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) all[i].value = x[i];
    std::ranges::sort(all, {}, &Weighted::value);
    std::vector<double> v(x.size());
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = all[i].value;
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted_by_member, "x(n) -> ()");

// `std::stable_sort`
double sorted_stably(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::stable_sort(v.begin(), v.end());
    return ranked(v);
}
ZYMOGEN_KERNEL(sorted_stably, "x(n) -> ()");

// `std::partial_sort`
double sorted_in_part(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::partial_sort(v.begin(), v.begin() + 2, v.end());
    return v[0] * v[0] * v[1];
}
ZYMOGEN_KERNEL(sorted_in_part, "x(n) -> ()");

// `std::nth_element`
double second_least(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::nth_element(v.begin(), v.begin() + 1, v.end());
    return v[0] * v[0] * v[1];
}
ZYMOGEN_KERNEL(second_least, "x(n) -> ()");

// A loop that sorts numbers by insertion
double insertion_sort(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    for (std::size_t i = 1; i < v.size(); ++i)
        for (std::size_t j = i; j > 0 && v[j] < v[j - 1]; --j) {
            const double t = v[j];
            v[j] = v[j - 1];
            v[j - 1] = t;
        }
    return ranked(v);
}
ZYMOGEN_KERNEL(insertion_sort, "x(n) -> ()");

// `std::max_element`, `std::minmax`
double largest(std::span<const double> x) {
    const double most = *std::max_element(x.begin(), x.end());
    const auto [less, more] = std::minmax(x[0], x[1]);
    double s = 0;
    for (double e : x) s += std::exp(e - most);
    return most + std::log(s) + less * less * more;
}
ZYMOGEN_KERNEL(largest, "x(n) -> ()");

// `std::accumulate`, `std::inner_product`
double inner_product(std::span<const double> x) {
    return std::inner_product(x.begin(), x.end() - 1, x.begin() + 1, 0.0) *
           std::accumulate(x.begin(), x.end(), 1.0);
}
ZYMOGEN_KERNEL(inner_product, "x(n) -> ()");

// `std::reduce`, `std::transform_reduce`
double transform_reduce(std::span<const double> x) {
    return std::transform_reduce(x.begin(), x.end() - 1, x.begin() + 1, 0.0) *
           (1 + std::reduce(x.begin(), x.end()));
}
ZYMOGEN_KERNEL(transform_reduce, "x(n) -> ()");

// `std::partial_sum`, `std::adjacent_difference`
double partial_sum(std::span<const double> x) {
    std::vector<double> sums(x.size()), back(x.size());
    std::partial_sum(x.begin(), x.end(), sums.begin());
    std::adjacent_difference(sums.begin(), sums.end(), back.begin());
    return ring(back);
}
ZYMOGEN_KERNEL(partial_sum, "x(n) -> ()");

// `std::inclusive_scan`, `std::exclusive_scan`
double scans(std::span<const double> x) {
    std::vector<double> sums(x.size()), before(x.size());
    std::inclusive_scan(x.begin(), x.end(), sums.begin());
    std::exclusive_scan(x.begin(), x.end(), before.begin(), 0.0);
    std::vector<double> back(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) back[i] = sums[i] - before[i];
    return ring(back);
}
ZYMOGEN_KERNEL(scans, "x(n) -> ()");

// `std::transform`, `std::for_each`, `std::generate`
double transform(std::span<const double> x) {
    std::vector<double> v(x.size()), w(x.size());
    std::generate(w.begin(), w.end(), [] { return 2.0; });
    std::transform(x.begin(), x.end(), w.begin(), v.begin(), std::multiplies<>());
    std::for_each(v.begin(), v.end(), [](double& e) { e /= 2; });
    return ring(v);
}
ZYMOGEN_KERNEL(transform, "x(n) -> ()");

// `std::rotate`, `std::reverse`
// Instead: a loop that copies to a second array.
double rotated(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    std::rotate(v.begin(), v.begin() + 2, v.end());
    std::reverse(v.begin(), v.end());
    std::reverse(v.begin(), v.end());
    return ring(v);
}
ZYMOGEN_KERNEL(rotated, "x(n) -> ()");

// `std::lower_bound` in a table that is constant
double lower_bound(std::span<const double> x) {
    static constexpr std::array<double, 5> knots{0.0, 0.25, 0.5, 1.0, 2.0};
    double s = 0;
    for (double e : x) {
        const auto right = std::lower_bound(knots.begin(), knots.end(), e);
        const double a = *(right - 1), b = *right;
        s += (e - a) / (b - a) * e * e;
    }
    return s;
}
ZYMOGEN_KERNEL(lower_bound, "x(n) -> ()");

// `std::clamp`, `std::max`, `std::lerp`, `std::midpoint`
double clamped(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double next = x[(i + 1) % x.size()];
        s += std::clamp(x[i], 0.35, 0.75) * std::max(x[i], next) * std::lerp(x[i], next, 0.25) *
             std::midpoint(x[i], next);
    }
    return s;
}
ZYMOGEN_KERNEL(clamped, "x(n) -> ()");

// Views of `<ranges>`: `transform`, `filter`, `take`, `drop`
double views(std::span<const double> x) {
    namespace v = std::views;
    double s = 0;
    for (double e : x | v::transform([](double t) { return t * t * t; }) |
                        v::filter([](double t) { return t > 0.05; }) | v::take(3))
        s += e;
    for (double e : x | v::drop(1) | v::reverse) s *= 1 + e;
    return s;
}
ZYMOGEN_KERNEL(views, "x(n) -> ()");

// `std::views::zip`, `std::views::iota`
double zipped(std::span<const double> x) {
    double s = 0;
    for (auto [a, b] : std::views::zip(x, x | std::views::drop(1))) s += a * a * b;
    for (std::size_t i : std::views::iota(x.size() - 1, x.size())) s += x[i] * x[i] * x[0];
    return s;
}
ZYMOGEN_KERNEL(zipped, "x(n) -> ()");

// Random numbers from a fixed seed: `std::mt19937`
double random_numbers(std::span<const double> x) {
    std::mt19937 generator(42);
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += x[i] * x[i] * x[(i + 1) % x.size()] * static_cast<double>(generator());
    return s;
}
ZYMOGEN_KERNEL(random_numbers, "x(n) -> ()");

}  // namespace
