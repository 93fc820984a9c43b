// Where a kernel may stand: templates, namespaces, classes, linkage, lambdas.
#include <cmath>
#include <zymogen/kernel.hpp>

// Templates.
template <class T>
T polynomial(std::span<const T> c, T x) {
    T s = 0;
    for (std::size_t i = c.size(); i-- > 0;) s = s * x + c[i];
    return s;
}
ZYMOGEN_KERNEL_TEMPLATE(polynomial, "c(n), x() -> ()");

// Places.
namespace physics {
inline namespace v2 {
double kinetic(double m, double v) noexcept { return 0.5 * m * v * v; }
}  // namespace v2
ZYMOGEN_KERNEL(kinetic, "m(), v() -> ()");
struct Spring {
    static inline double potential(double k, double x) { return 0.5 * k * x * x; }
};
namespace {
double hidden(double x) { return x * x * x; }
ZYMOGEN_KERNEL(hidden, "x() -> ()");
template <class T>
T hidden_template(T x) {
    return x * x;
}
}  // namespace
}  // namespace physics
ZYMOGEN_KERNEL(physics::Spring::potential, "k(), x() -> ()");
ZYMOGEN_KERNEL_TEMPLATE(physics::hidden_template, "x() -> ()");

template <int N, class T>
struct Fixed {
    static T power(T x) {
        T p = 1;
        for (int i = 0; i < N; ++i) p *= x;
        return p;
    }
};
using Cube = Fixed<3, double>;
ZYMOGEN_KERNEL(Cube::power, "x() -> ()");

static inline double local(double x) { return std::sin(x); }
ZYMOGEN_KERNEL(local, "x() -> ()");

extern "C" double c_linkage(double x) { return std::cos(x); }
ZYMOGEN_KERNEL(c_linkage, "x() -> ()");

constexpr auto lambda = [](std::span<const double> x) { return x[0] * x[1]; };
ZYMOGEN_KERNEL(lambda, "x(n) -> ()");
