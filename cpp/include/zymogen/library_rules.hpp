// Rules for functions of <cmath> that Enzyme does not know. The build adds this header where one of them is
// called.
#pragma once

#include <array>
#include <cmath>

#include <zymogen/rules.hpp>
#include <zymogen/special/gamma.hpp>

// Names of our own for functions of the C library: its own names are overloaded in C++.
extern "C" {
double zymogen_c_lgamma(double) __asm__("lgamma");
float zymogen_c_lgammaf(float) __asm__("lgammaf");
double zymogen_c_tgamma(double) __asm__("tgamma");
float zymogen_c_tgammaf(float) __asm__("tgammaf");
double zymogen_c_nextafter(double, double) __asm__("nextafter");
float zymogen_c_nextafterf(float, float) __asm__("nextafterf");
double zymogen_c_frexp(double, int*) __asm__("frexp");
float zymogen_c_frexpf(float, int*) __asm__("frexpf");
double zymogen_c_modf(double, double*) __asm__("modf");
float zymogen_c_modff(float, float*) __asm__("modff");
void zymogen_c_sincos(double, double*, double*) __asm__("sincos");
void zymogen_c_sincosf(float, float*, float*) __asm__("sincosf");
}

namespace zymogen::library {

inline double tgamma_derivative(double x) {
    return std::tgamma(x) * digamma(x);
}

template <class T>
std::array<T, 2> nextafter_partials(T, T) {
    return {1, 0};
}

/// The step of the whole part has no derivative.
template <class T>
T modf(T x, T* whole) {
    const T c = rules::constant(x);
    *whole = std::trunc(c);
    return rules::valued(x, std::copysign(std::isinf(c) ? T(0) : c - *whole, c));
}

/// x times a power of two that has no derivative.
template <class T>
T frexp(T x, int* exponent) {
    const T fraction = std::frexp(rules::constant(x), exponent);
    return rules::valued(std::ldexp(x, -*exponent), fraction);
}

template <class T>
void sincos(T x, T* sine, T* cosine) {
    *sine = std::sin(x);
    *cosine = std::cos(x);
}

}  // namespace zymogen::library

#if defined(ZYMOGEN_ORDER)
#define ZYMOGEN_LIBRARY_DERIVATIVE(f, partials) \
    ZYMOGEN_SUBSTITUTE(library, f, ::zymogen::rules::WithPartials<&f, ZYMOGEN_ANY(partials)>)
ZYMOGEN_LIBRARY_DERIVATIVE(zymogen_c_lgamma, ::zymogen::digamma);
ZYMOGEN_LIBRARY_DERIVATIVE(zymogen_c_lgammaf, ::zymogen::digamma);
ZYMOGEN_LIBRARY_DERIVATIVE(zymogen_c_tgamma, ::zymogen::library::tgamma_derivative);
ZYMOGEN_LIBRARY_DERIVATIVE(zymogen_c_tgammaf, ::zymogen::library::tgamma_derivative);
ZYMOGEN_LIBRARY_DERIVATIVE(zymogen_c_nextafter, ::zymogen::library::nextafter_partials);
ZYMOGEN_LIBRARY_DERIVATIVE(zymogen_c_nextafterf, ::zymogen::library::nextafter_partials);
ZYMOGEN_SUBSTITUTE(library, zymogen_c_frexp, ::zymogen::rules::Always<&::zymogen::library::frexp<double>>);
ZYMOGEN_SUBSTITUTE(library, zymogen_c_frexpf, ::zymogen::rules::Always<&::zymogen::library::frexp<float>>);
ZYMOGEN_SUBSTITUTE(library, zymogen_c_modf, ::zymogen::rules::Always<&::zymogen::library::modf<double>>);
ZYMOGEN_SUBSTITUTE(library, zymogen_c_modff, ::zymogen::rules::Always<&::zymogen::library::modf<float>>);
ZYMOGEN_SUBSTITUTE(library, zymogen_c_sincos, ::zymogen::rules::Always<&::zymogen::library::sincos<double>>);
ZYMOGEN_SUBSTITUTE(library, zymogen_c_sincosf, ::zymogen::rules::Always<&::zymogen::library::sincos<float>>);
#undef ZYMOGEN_LIBRARY_DERIVATIVE
#endif
