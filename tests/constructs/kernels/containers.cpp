// Containers of the standard library, and views.
#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <mdspan>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// What most of these kernels compute, from a copy of their argument.
double ring(const auto& v) {
    const std::size_t n = v.size();
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += v[i] * v[i] * v[(i + 1) % n];
    return s;
}

// `std::vector` made with a size
double vector_sized(std::span<const double> x) {
    std::vector<double> v(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) v[i] = x[i];
    return ring(v);
}
ZYMOGEN_KERNEL(vector_sized, "x(n) -> ()");

// `std::vector` made from a range
double vector_copied(std::span<const double> x) {
    const std::vector<double> v(x.begin(), x.end());
    return ring(v);
}
ZYMOGEN_KERNEL(vector_copied, "x(n) -> ()");

// `std::vector`: `push_back`
// Instead: a size from the start.
double vector_pushed(std::span<const double> x) {
    std::vector<double> v;
    for (double e : x) v.push_back(e);
    return ring(v);
}
ZYMOGEN_KERNEL(vector_pushed, "x(n) -> ()");

// `std::vector`: `reserve`, then `push_back`
// Instead: a size from the start.
double vector_reserved(std::span<const double> x) {
    std::vector<double> v;
    v.reserve(x.size());
    for (double e : x) v.push_back(e);
    return ring(v);
}
ZYMOGEN_KERNEL(vector_reserved, "x(n) -> ()");

// `std::vector`: `resize` and `assign`
double vector_resized(std::span<const double> x) {
    std::vector<double> v, w;
    v.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) v[i] = x[i];
    w.assign(v.begin(), v.end());
    return ring(w);
}
ZYMOGEN_KERNEL(vector_resized, "x(n) -> ()");

// `std::vector`: `insert` and `erase`
double vector_edited(std::span<const double> x) {
    std::vector<double> v(x.begin(), x.end());
    v.insert(v.begin(), x[0] * x[1]);
    v.erase(v.begin());
    return ring(v);
}
ZYMOGEN_KERNEL(vector_edited, "x(n) -> ()");

// `std::vector`: `at`
double vector_at(std::span<const double> x) {
    const std::vector<double> v(x.begin(), x.end());
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += v.at(i) * v.at(i) * v.at((i + 1) % v.size());
    return s;
}
ZYMOGEN_KERNEL(vector_at, "x(n) -> ()");

// `std::vector` of `std::vector`
// Instead: one `std::vector` of all numbers, or a `zymogen::matrix` or `std::mdspan` on it.
double vector_nested(std::span<const double> x) {
    const std::size_t n = x.size();
    std::vector<std::vector<double>> m(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) m[i][j] = x[i] * x[j];
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += m[i][i] * m[(i + 1) % n][0];
    return s / x[0];
}
ZYMOGEN_KERNEL(vector_nested, "x(n) -> ()");

// `std::vector` returned from a function that is not inlined
[[gnu::noinline]] std::vector<double> doubled(const std::vector<double>& v) {
    std::vector<double> w(v.size());
    for (std::size_t i = 0; i < v.size(); ++i) w[i] = 2 * v[i];
    return w;
}
double vector_returned(std::span<const double> x) {
    return ring(doubled(std::vector<double>(x.begin(), x.end()))) / 8;
}
ZYMOGEN_KERNEL(vector_returned, "x(n) -> ()");

// Two `std::vector` that are swapped in every time step
double vector_swapped(std::span<const double> x) {
    const std::size_t n = x.size();
    std::vector<double> u(x.begin(), x.end()), w(n);
    for (int step = 0; step < 3; ++step) {
        for (std::size_t i = 0; i < n; ++i) w[i] = u[i] + 0.25 * u[i] * (u[(i + 1) % n] - u[i]);
        std::swap(u, w);
    }
    return ring(u);
}
ZYMOGEN_KERNEL(vector_swapped, "x(n) -> ()");

// `std::vector` of structures with numbers and integers, `push_back`
// Instead: a size from the start, or one `std::vector` for each member.
double vector_of_structures(std::span<const double> x) {
    struct Particle {
        int kind;
        double mass;
        float weight;
        double place;
    };
    std::vector<Particle> particles;
    for (double e : x) particles.push_back({2, e * e, 1, e});
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += particles[i].mass * particles[(i + 1) % x.size()].place * particles[i].kind;
    return s / 2;
}
ZYMOGEN_KERNEL(vector_of_structures, "x(n) -> ()");

// `std::vector` of structures with numbers and integers, made with a size
double vector_of_sized_structures(std::span<const double> x) {
    struct Particle {
        int kind;
        double mass;
        float weight;
        double place;
    };
    std::vector<Particle> particles(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) particles[i] = {2, x[i] * x[i], 1, x[i]};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += particles[i].mass * particles[(i + 1) % x.size()].place * particles[i].kind;
    return s / 2;
}
ZYMOGEN_KERNEL(vector_of_sized_structures, "x(n) -> ()");

// `std::vector` of `std::pair` of a number and an integer, `push_back`
// Instead: a size from the start.
double vector_of_pushed_pairs(std::span<const double> x) {
    std::vector<std::pair<double, int>> pairs;
    for (double e : x) pairs.push_back({e, 2});
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto& [e, kind] = pairs[i];
        s += e * e * pairs[(i + 1) % x.size()].first * kind;
    }
    return s / 2;
}
ZYMOGEN_KERNEL(vector_of_pushed_pairs, "x(n) -> ()");

// `std::vector` of `std::pair` of a number and an integer, `emplace_back`
// Instead: a size from the start.
double vector_of_emplaced_pairs(std::span<const double> x) {
    std::vector<std::pair<double, int>> pairs;
    for (double e : x) pairs.emplace_back(e, 2);
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto& [e, kind] = pairs[i];
        s += e * e * pairs[(i + 1) % x.size()].first * kind;
    }
    return s / 2;
}
ZYMOGEN_KERNEL(vector_of_emplaced_pairs, "x(n) -> ()");

// `std::vector` of `std::pair`, `emplace_back` of numbers from two arrays, of which one is differentiated
// Instead: a size from the start, or forward over forward with `push_back` of a whole pair.
double vector_of_mixed_pairs(std::span<const double> x) {
    std::vector<std::pair<double, double>> pairs;
    const std::vector<double> weights(x.size(), 2.0);
    for (std::size_t i = 0; i < x.size(); ++i) pairs.emplace_back(x[i], weights[i]);
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        s += pairs[i].first * pairs[i].first * pairs[(i + 1) % x.size()].first * pairs[i].second;
    return s / 2;
}
ZYMOGEN_KERNEL(vector_of_mixed_pairs, "x(n) -> ()");

// `std::array`
double array(std::span<const double> x) {
    std::array<double, 4> a{};
    for (std::size_t i = 0; i < x.size(); ++i) a[i % 4] += x[i];
    return ring(a);
}
ZYMOGEN_KERNEL(array, "x(n) -> ()");

// An array of C
double c_array(std::span<const double> x) {
    double a[64];
    for (std::size_t i = 0; i < x.size(); ++i) a[i] = x[i];
    return ring(std::span<const double>(a, x.size()));
}
ZYMOGEN_KERNEL(c_array, "x(n) -> ()");

// `std::span`: `first`, `subspan`
double span(std::span<const double> x) {
    const auto halves = {x.first(2), x.subspan(2)};
    double s = x.back() * x.back() * x.front() + x[1] * x[1] * x[2];
    for (auto half : halves) s += half.front() * half.front() * half.back();
    return s;
}
ZYMOGEN_KERNEL(span, "x(n) -> ()");

// `std::mdspan`
double mdspan(std::span<const double> x) {
    const std::mdspan<const double, std::dextents<std::size_t, 2>> m(x.data(), 2, 2);
    return m[0, 0] * m[0, 0] * m[0, 1] + m[0, 1] * m[0, 1] * m[1, 0] + m[1, 0] * m[1, 0] * m[1, 1] +
           m[1, 1] * m[1, 1] * m[0, 0];
}
ZYMOGEN_KERNEL(mdspan, "x(n) -> ()");

// `zymogen::matrix` on a `std::vector`
double matrix(std::span<const double> x) {
    std::vector<double> all(x.begin(), x.end());
    const zymogen::matrix<double> m(all.data(), {2, 2});
    m[1, 1] *= m[1, 1];
    return m[0, 0] * m[0, 0] * m[0, 1] + m[0, 1] * m[0, 1] * m[1, 0] + m[1, 0] * m[1, 0] * x[3] +
           m[1, 1] * m[0, 0];
}
ZYMOGEN_KERNEL(matrix, "x(n) -> ()");

// `std::valarray`
double valarray(std::span<const double> x) {
    const std::valarray<double> v(x.data(), x.size());
    return (v * v * v.cshift(1)).sum();
}
ZYMOGEN_KERNEL(valarray, "x(n) -> ()");

// `std::deque`
// Instead: `std::vector`.
double deque(std::span<const double> x) {
    std::deque<double> d;
    for (double e : x) d.push_back(e);
    return ring(d);
}
ZYMOGEN_KERNEL(deque, "x(n) -> ()");

// `std::list`
// Instead: `std::vector`.
double list(std::span<const double> x) {
    std::list<double> l;
    for (double e : x) l.push_back(e);
    double s = 0, before = l.back();
    for (double e : l) {
        s += before * before * e;
        before = e;
    }
    return s;
}
ZYMOGEN_KERNEL(list, "x(n) -> ()");

// `std::map` with numbers as values
// Instead: `std::unordered_map`.
double map(std::span<const double> x) {
    std::map<int, double> m;
    for (std::size_t i = 0; i < x.size(); ++i) m[static_cast<int>(i) % 3] += x[i];
    double s = 0;
    for (auto& [key, value] : m) s += (key + 1) * value * value * value;
    return s;
}
ZYMOGEN_KERNEL(map, "x(n) -> ()");

// `std::unordered_map` with numbers as values
double unordered_map(std::span<const double> x) {
    std::unordered_map<int, double> m;
    for (std::size_t i = 0; i < x.size(); ++i) m[static_cast<int>(i) % 3] += x[i];
    double s = 0;
    for (auto& [key, value] : m) s += (key + 1) * value * value * value;
    return s;
}
ZYMOGEN_KERNEL(unordered_map, "x(n) -> ()");

// `std::map` of integers that says where the numbers are
// Instead: `std::unordered_map`, or a sorted array and `std::lower_bound`.
double map_of_integers(std::span<const double> x) {
    std::map<int, int> place;
    for (int i = 0; i < 4; ++i) place[i % 3] = i % 3;
    std::array<double, 3> values{};
    for (int i = 0; i < 4; ++i)
        values[static_cast<std::size_t>(place[i % 3])] += x[static_cast<std::size_t>(i)];
    double s = 0;
    for (auto [key, i] : place)
        s += (key + 1) * values[static_cast<std::size_t>(i)] * values[static_cast<std::size_t>(i)] *
             values[static_cast<std::size_t>(i)];
    return s;
}
ZYMOGEN_KERNEL(map_of_integers, "x(n) -> ()");

// `std::set` of integers
// Instead: a sorted array and `std::lower_bound`.
double set_of_integers(std::span<const double> x) {
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < x.size(); ++i) places.insert((i * 3) % x.size());
    double s = 0;
    for (std::size_t i : places) s += x[i] * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(set_of_integers, "x(n) -> ()");

// `std::string`: `+=`
// Instead: an array of `char`.
double string(std::span<const double> x) {
    std::string name(x.size(), 'a');
    name += " and more than fits into the string itself";
    return ring(x) * static_cast<double>(name.size()) / static_cast<double>(x.size() + 42);
}
ZYMOGEN_KERNEL(string, "x(n) -> ()");

// `std::pair`, `std::tuple`, structured bindings
double tuple(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::tuple<double, int, std::pair<double, float>> t{
            x[i] * x[i], 2, {x[(i + 1) % x.size()], 1.5F}};
        const auto& [square, two, rest] = t;
        s += square * two * rest.first * rest.second;
    }
    return s / 3;
}
ZYMOGEN_KERNEL(tuple, "x(n) -> ()");

// `std::optional`
double optional(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::optional<double> next;
        if (i + 1 < x.size()) next = x[i + 1];
        s += x[i] * x[i] * next.value_or(x[0]);
    }
    return s;
}
ZYMOGEN_KERNEL(optional, "x(n) -> ()");

// `std::variant` and `std::visit`
// Instead: `std::get_if`, as in `variant_of_classes`.
double variant(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::variant<int, double> v = 1;
        if (i % 2 == 0) v = x[i] * x[i];
        s +=
            std::visit([&](auto e) { return e * x[(i + 1) % x.size()]; }, v) * (i % 2 == 0 ? 1 : x[i] * x[i]);
    }
    return s;
}
ZYMOGEN_KERNEL(variant, "x(n) -> ()");

}  // namespace
