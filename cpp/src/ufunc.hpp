// NumPy ufuncs from compiled loops.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <vector>

#include "loop.hpp"

namespace zymogen::core {

/// Must be called once, when the module is imported. Throws pybind11::error_already_set.
void import_numpy();

/// A numpy.ufunc with one inner loop for each of `loops`, tried in this order. It keeps `recipe`, and all C
/// data, for as long as it lives itself. Where it is `watched`, batches that take long are told of
/// (watch.hpp). Throws std::invalid_argument where loops and signature disagree.
pybind11::object make_ufunc(std::string name, std::string doc, const std::string& signature, int nin,
                            int nout, const std::vector<Loop>& loops, pybind11::object recipe, bool watched);

/// What `make_ufunc` was given; None for any other object.
pybind11::object recipe_of(pybind11::handle ufunc);

/// A dictionary that lives as long as the ufunc: what has become of sizes whose batches take long.
pybind11::dict states_of(pybind11::handle ufunc);

/// Lets another entry compute the rows whose core dimensions have these sizes, from the next batch on.
void add_sized_entry(pybind11::handle ufunc, std::size_t loop, std::vector<index_t> size,
                     std::uintptr_t entry);

}  // namespace zymogen::core
