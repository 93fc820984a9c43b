// The part of the Python module that serves sparse derivatives.
#pragma once

#include <pybind11/pybind11.h>

namespace zymogen::core {

void add_sparse(pybind11::module_& module);

}  // namespace zymogen::core
