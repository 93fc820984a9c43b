// Elementary functions for math="fast", free of branches, tables and calls: loops that use them become vector
// code, which calls of libm prevent. The build puts them in place of libm's after derivatives are made
// (python/zymogen/toolchain/vector_math.py), so Enzyme never sees them.
//
// Special values are C's, but that sine, cosine and tangent beyond 2^47 are NaN. Rounding is assumed to be to
// nearest. docs/explain/toolchain.md has the errors that were measured. All arithmetic is that of double;
// functions of float use shorter polynomials and are rounded once. Compile without flags that let sums be
// rearranged.
//
// Where there is no fused multiply-add there are no functions, and libm's stay.
#pragma once

#include <zymogen/fast_math/exponential.hpp>
#include <zymogen/fast_math/logarithm.hpp>
#include <zymogen/fast_math/trigonometric.hpp>

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
// NaN is kept from the functions: x86 compares it with a flag, which NumPy would report as an invalid value.
#define ZYMOGEN_FAST(name, suffix, Real)                                           \
    extern "C" Real zymogen_fast_##name##suffix(Real x) {                          \
        const bool is_number = x == x;                                             \
        const double result = ::zymogen::fast_math::name<Real>(is_number ? x : 0); \
        return is_number ? Real(result) : x;                                       \
    }
#define ZYMOGEN_FAST_BOTH(name) ZYMOGEN_FAST(name, , double) ZYMOGEN_FAST(name, f, float)
ZYMOGEN_FAST_BOTH(exp)
ZYMOGEN_FAST_BOTH(exp2)
ZYMOGEN_FAST_BOTH(exp10)
ZYMOGEN_FAST_BOTH(expm1)
ZYMOGEN_FAST_BOTH(sinh)
ZYMOGEN_FAST_BOTH(cosh)
ZYMOGEN_FAST_BOTH(tanh)
ZYMOGEN_FAST_BOTH(log)
ZYMOGEN_FAST_BOTH(log2)
ZYMOGEN_FAST_BOTH(log10)
ZYMOGEN_FAST_BOTH(log1p)
ZYMOGEN_FAST_BOTH(sin)
ZYMOGEN_FAST_BOTH(cos)
ZYMOGEN_FAST_BOTH(tan)
#undef ZYMOGEN_FAST_BOTH
#undef ZYMOGEN_FAST
#endif
