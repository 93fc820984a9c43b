// The base class of kernels in Python: it makes the calls in which Python has nothing to do.
#pragma once

#include <pybind11/pybind11.h>

namespace zymogen::core {

/// Adds the class DirectCallable and `set_settled`; _core.pyi says what they do.
void add_callable(pybind11::module_& module);

}  // namespace zymogen::core
