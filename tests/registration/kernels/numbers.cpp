// Single numbers: by value, behind pointers and references, as arguments, results and both.
#include <cmath>
#include <cstdint>
#include <zymogen/kernel.hpp>

// Numbers by value.
double product(double a, double b) { return a * b; }
ZYMOGEN_KERNEL(product, "a(), b() -> ()");

float product_single(float a, const float& b) { return a * b; }
ZYMOGEN_KERNEL(product_single, "a(), b() -> ()");

double all_integers(double x, std::int8_t a, std::int16_t b, std::int32_t c, std::int64_t d, std::uint8_t e, std::uint16_t f,
                    std::uint32_t g, std::uint64_t h, long long i, unsigned long long j) {
    return x * (double(a) + double(b) + double(c) + double(d) + double(e) + double(f) + double(g) + double(h) + double(i) +
                double(j));
}
ZYMOGEN_KERNEL(all_integers, "x(), a(), b(), c(), d(), e(), f(), g(), h(), i(), j() -> ()");

double negated(double x, bool negate) { return negate ? -x : x; }
ZYMOGEN_KERNEL(negated, "x(), negate() -> ()");

double power_behind_pointer(const double* x, const int* k) { return std::pow(*x, *k); }
ZYMOGEN_KERNEL(power_behind_pointer, "x(), k() -> ()");

// Several results.
void polar(const double& x, const double& y, double& r, double* phi) {
    r = std::hypot(x, y);
    *phi = std::atan2(y, x);
}
ZYMOGEN_KERNEL(polar, "x(), y() -> r(), phi()");

void step(double& t, int& k, double dt) {
    t += dt * t;
    ++k;
}
ZYMOGEN_KERNEL(step, "t(), k(), dt() -> t(), k()");
