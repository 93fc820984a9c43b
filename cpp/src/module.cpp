// The Python module zymogen._core. Only this file, callable, failure, sparse, trampoline, ufunc and watch
// know Python.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "callable.hpp"
#include "failure.hpp"
#include "library.hpp"
#include "sparse.hpp"
#include "threads.hpp"
#include "trampoline.hpp"
#include "ufunc.hpp"
#include "watch.hpp"

namespace py = pybind11;
using namespace zymogen::core;

namespace {

Role role_called(const std::string& name) {
    if (name == "input") return Role::input;
    if (name == "index") return Role::index;
    if (name == "output") return Role::output;
    if (name == "list") return Role::list;
    throw py::value_error("Operand: role is \"" + name +
                          "\". Use \"input\", \"index\", \"list\" or \"output\".");
}

Operand make_operand(const std::string& role, index_t itemsize, std::vector<int> dims,
                     std::optional<std::vector<std::int64_t>> bound, std::vector<int> extents,
                     std::string label, std::vector<std::string> names) {
    return {role_called(role),  itemsize,         std::move(dims), std::move(bound),
            std::move(extents), std::move(label), std::move(names)};
}

Loop make_loop(std::uintptr_t entry, std::vector<int> types, std::vector<Operand> operands,
               std::vector<Scratch> scratch, int batch) {
    return {reinterpret_cast<zymogen::Entry*>(entry), std::move(types), std::move(operands),
            std::move(scratch), batch};
}

void set_num_threads(int count) {
    if (count < 1) {
        throw py::value_error("set_num_threads: " + std::to_string(count) +
                              " threads were asked for. Use 1 or more.");
    }
    set_thread_count(count);
}

std::string file_system_path(const py::object& path) {
    return py::cast<std::string>(py::module_::import("os").attr("fsencode")(path));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
    import_numpy();
    module.doc() = "NumPy ufuncs from compiled entries. Private: use zymogen.";
    module.attr("__version__") = ZYMOGEN_VERSION;
    module.attr("abi_version") = zymogen::abi_version;

    py::register_exception_translator([](std::exception_ptr exception) {
        try {
            std::rethrow_exception(exception);
        } catch (const LibraryError& error) {
            PyErr_SetString(PyExc_OSError, error.text.c_str());
        }
    });

    py::class_<Operand>(module, "Operand")
        .def(py::init(&make_operand), py::arg("role"), py::arg("itemsize"), py::arg("dims"),
             py::arg("bound") = py::none(), py::arg("extents") = std::vector<int>{}, py::arg("label") = "",
             py::arg("names") = std::vector<std::string>{});
    py::class_<Scratch>(module, "Scratch")
        .def(py::init<index_t, std::vector<int>, bool>(), py::arg("itemsize"), py::arg("dims"),
             py::arg("zero") = false);
    py::class_<Loop>(module, "Loop")
        .def(py::init(&make_loop), py::arg("entry"), py::arg("types"), py::arg("operands"),
             py::arg("scratch") = std::vector<Scratch>{}, py::arg("batch") = -1);
    py::class_<Library>(module, "Library")
        .def("address", &Library::address, py::arg("symbol"))
        .def_property_readonly("path", [](const Library& library) {
            return py::module_::import("os").attr("fsdecode")(py::bytes(library.path()));
        });

    module.def("make_ufunc", &make_ufunc, py::arg("name"), py::arg("doc"), py::arg("signature"),
               py::arg("nin"), py::arg("nout"), py::arg("loops"), py::arg("recipe"),
               py::arg("watched") = false);
    module.def("add_sized_entry", &add_sized_entry, py::arg("ufunc"), py::arg("loop"), py::arg("size"),
               py::arg("entry"));
    module.def("set_watch", &set_watch, py::arg("listener"), py::arg("seconds"));
    module.def("states_of", &states_of, py::arg("ufunc"));
    module.def("recipe_of", &recipe_of, py::arg("ufunc"));
    module.def("set_num_threads", &set_num_threads, py::arg("count"));
    module.def("get_num_threads", &thread_count);
    module.def("set_error_types", &set_error_types, py::arg("types"));
    module.def(
        "open_library", [](const py::object& path) { return Library(file_system_path(path)); },
        py::arg("path"));
    module.def("demangle", &demangle, py::arg("name"));
    add_callable(module);
    add_sparse(module);
}
