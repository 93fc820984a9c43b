// A header of the package's own: it travels with the module, should something be built from it later.
#pragma once

#include <cmath>

/// A Gaussian line centred at m.
inline double gaussian(double t, double m) {
    return std::exp(-1.5 * (t - m) * (t - m));
}
