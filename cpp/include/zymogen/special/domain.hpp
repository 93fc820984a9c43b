// What special functions return where they are not defined.
#pragma once

#include <cmath>

namespace zymogen::special {

/// NaN, as are its derivatives: a constant NaN would have the derivative 0.
///
/// Not inlined, so that it stays behind its condition. As one of two numbers of which the condition chooses
/// one, its derivative would be multiplied by 0 and added, and be NaN everywhere.
[[gnu::noinline]] inline double outside_of_domain(double x) {
    return std::sqrt(-1 - x * x);
}

}  // namespace zymogen::special
