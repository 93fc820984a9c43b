// Special functions that <cmath> lacks, for kernels. Enzyme differentiates them as any other code, but for
// Bessel functions, which have rules.
//
// Names, arguments and conventions are those of C++17. Nothing is thrown: where a function is not defined, it
// and its derivatives are NaN. Numbers are `double`; a `float` is converted.
#pragma once

#include <zymogen/special/bessel.hpp>
#include <zymogen/special/elliptic.hpp>
#include <zymogen/special/exponential_integral.hpp>
#include <zymogen/special/gamma.hpp>
#include <zymogen/special/polynomials.hpp>
#include <zymogen/special/zeta.hpp>
