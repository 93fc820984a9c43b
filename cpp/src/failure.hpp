// From what went wrong in a batch to a Python exception.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "loop.hpp"

namespace zymogen::core {

/// Which exceptions to raise: a dictionary from "invalid_argument", "out_of_range", "out_of_memory",
/// "runtime", "unknown", "integer_range" (see Failure::Kind), "component" and "overlap" to classes. Others
/// stay as they are. Gives the classes that were there before.
pybind11::dict set_error_types(const pybind11::dict& types);

/// What an exception says, with and without the row that it happened in.
struct ErrorText {
    std::string with_row;
    std::string without_row;
};

ErrorText failure_text(const CompiledLoop& compiled, const Failure& failure, index_t count);

/// The class for a failure's kind, the one for a component that is out of range, and the one for an output
/// that is an input along other axes. Borrowed references.
PyObject* failure_type(int kind);
PyObject* component_type();
PyObject* overlap_type();

}  // namespace zymogen::core
