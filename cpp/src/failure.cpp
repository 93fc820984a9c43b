#include "failure.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace zymogen::core {

namespace py = pybind11;

namespace {

constexpr std::array<std::string_view, 9> kinds = {"none",          "invalid_argument", "out_of_range",
                                                   "out_of_memory", "runtime",          "unknown",
                                                   "integer_range", "component",        "overlap"};
constexpr int component = 7, overlap = 8;

/// Owned, and never given back: a thread may raise until the very end of the process.
std::array<PyObject*, kinds.size()>& types() {
    static std::array<PyObject*, kinds.size()> classes = {nullptr,
                                                          PyExc_ValueError,
                                                          PyExc_IndexError,
                                                          PyExc_MemoryError,
                                                          PyExc_RuntimeError,
                                                          PyExc_RuntimeError,
                                                          PyExc_OverflowError,
                                                          PyExc_IndexError,
                                                          PyExc_ValueError};
    return classes;
}

int position(std::string_view kind) {
    for (std::size_t k = 1; k < kinds.size(); ++k) {
        if (kinds[k] == kind) return static_cast<int>(k);
    }
    throw py::value_error("set_error_types: there is no failure called \"" + std::string(kind) + "\".");
}

/// The entry's message, cut where its buffer ends; bytes that are no UTF-8 are replaced when it becomes
/// Python text.
std::string message(const Failure& failure) {
    return {failure.message, strnlen(failure.message, sizeof failure.message)};
}

}  // namespace

py::dict set_error_types(const py::dict& given) {
    py::dict replaced;
    for (const auto& [kind, type] : given) {
        const int k = position(py::cast<std::string>(kind));
        if (!PyExceptionClass_Check(type.ptr()))
            throw py::type_error("set_error_types: the values are exception classes.");
        PyObject*& current = types()[static_cast<std::size_t>(k)];
        replaced[kind] = py::reinterpret_borrow<py::object>(current);
        current = py::reinterpret_borrow<py::object>(type).release().ptr();
    }
    return replaced;
}

ErrorText failure_text(const CompiledLoop& compiled, const Failure& failure, index_t count) {
    std::string what = "the kernel threw";
    std::string reason = message(failure), advice;
    if (failure.kind == Failure::integer_range) {
        // "power is 300, and the kernel takes ...": the row goes with the value, before the comma.
        const std::size_t comma = std::min(reason.find(','), reason.size());
        what = reason.substr(0, comma);
        advice = reason.substr(comma);
        reason.clear();
    } else if (failure.kind == Failure::unknown && reason.empty()) {
        what = "the kernel threw something that is no std::exception";
    }
    const std::string end = reason.empty() ? advice : ": " + reason;
    const std::string start = compiled.name + ": " + what;
    if (count == 1) return {start + end, start + end};
    const std::string row = " in row " + std::to_string(failure.row) + " of " + std::to_string(count);
    return {start + row + end, start + end};
}

PyObject* failure_type(int kind) {
    const bool known = Failure::none < kind && kind < component;
    return types()[static_cast<std::size_t>(known ? kind : static_cast<int>(Failure::runtime))];
}

PyObject* component_type() {
    return types()[component];
}

PyObject* overlap_type() {
    return types()[overlap];
}

}  // namespace zymogen::core
