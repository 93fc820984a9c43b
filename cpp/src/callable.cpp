#include "callable.hpp"

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>
#include <pybind11/stl.h>
#include <structmember.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "loop.hpp"

namespace zymogen::core {

namespace py = pybind11;

namespace {

constexpr int no_index = -1;           ///< among index ranks: an argument that is none
constexpr Py_ssize_t never = -1;       ///< instead of a count: no ufunc has so many arguments
constexpr Py_ssize_t most_names = 16;  ///< NumPy has fewer keywords

struct DirectCallable {
    PyObject head;
    vectorcallfunc vectorcall;
    PyObject* settled;    ///< calls may go directly while this is `settled_now()`
    PyObject* direct;     ///< what they go to; nullptr or None before there is something
    PyObject* structure;  ///< how results are nested, or nullptr where they stay as they are
    Py_ssize_t count;     ///< of arguments
    std::array<int, max_operands> index_rank;  ///< of each argument
};

DirectCallable& as_callable(PyObject* self) {
    return *reinterpret_cast<DirectCallable*>(self);
}

PyObject*& settled_now() {
    static PyObject* object = nullptr;  // owned, and never given back
    return object;
}

/// Of the names of keywords, a tuple or nullptr.
Py_ssize_t size_of(PyObject* names) {
    return names == nullptr ? 0 : PyTuple_GET_SIZE(names);
}

void set_settled(py::object object) {
    Py_XDECREF(std::exchange(settled_now(), object.release().ptr()));
}

/// Subclasses of arrays may mean something that NumPy drops, as masked arrays do.
bool is_plain(PyObject* item) {
    return PyArray_CheckExact(item) || !PyArray_Check(item);
}

/// One component, which is an integer; of an array with more dimensions, `rank` integers. Arrays of many
/// components may be computed in another way.
bool is_component(PyObject* item, int rank) {
    if (PyLong_CheckExact(item) || PyArray_IsScalar(item, Integer)) return true;
    if (!PyArray_CheckExact(item)) return false;
    auto* const array = reinterpret_cast<PyArrayObject*>(item);
    return PyArray_NDIM(array) == rank && PyArray_ISINTEGER(array);
}

/// Whether Python has nothing to do before the ufunc is called, nor after it. Several arrays for results come
/// as a tuple, and might have memory in common.
bool is_direct(const DirectCallable& callable, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    if (callable.direct == nullptr || callable.direct == Py_None) return false;
    if (callable.settled != settled_now() || count != callable.count) return false;
    for (Py_ssize_t k = 0; k < count; ++k) {
        const int rank = callable.index_rank[static_cast<std::size_t>(k)];
        if (rank == no_index ? !is_plain(args[k]) : !is_component(args[k], rank)) return false;
    }
    const auto is_tuple = [](auto* item) { return PyTuple_Check(item); };
    const Py_ssize_t named = size_of(names);
    return named <= most_names && std::none_of(args + count, args + count + named, is_tuple);
}

/// The results of a ufunc, one object or a tuple, nested in another way.
py::object arranged(py::handle results, py::handle structure) {
    if (PyLong_Check(structure.ptr())) {
        if (!PyTuple_Check(results.ptr())) return py::reinterpret_borrow<py::object>(results);
        return py::reinterpret_borrow<py::tuple>(results)[py::cast<std::size_t>(structure)];
    }
    const auto parts = py::reinterpret_borrow<py::tuple>(structure);
    py::tuple nested(parts.size());
    for (std::size_t k = 0; k < parts.size(); ++k) nested[k] = arranged(results, parts[k]);
    return nested;
}

/// The arguments of a call as Python methods take them.
struct Arguments {
    py::tuple by_position;
    py::dict by_name;

    Arguments(PyObject* const* args, Py_ssize_t count, PyObject* names)
        : by_position(static_cast<std::size_t>(count)) {
        for (Py_ssize_t k = 0; k < count; ++k) by_position[static_cast<std::size_t>(k)] = py::handle(args[k]);
        for (Py_ssize_t k = 0; k < size_of(names); ++k) {
            by_name[py::handle(PyTuple_GET_ITEM(names, k))] = py::handle(args[count + k]);
        }
    }
};

/// The exception that is set, which is not any more.
py::object take_exception() {
    py::object type, value, trace;
    PyErr_Fetch(&type.ptr(), &value.ptr(), &trace.ptr());
    PyErr_NormalizeException(&type.ptr(), &value.ptr(), &trace.ptr());
    if (trace) PyException_SetTraceback(value.ptr(), trace.ptr());
    return value;
}

/// An integer of 64 bits as an array, which NumPy takes in less time; a larger one stays.
py::object as_array(PyObject* integer) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow != 0) return py::reinterpret_borrow<py::object>(integer);
    auto array = py::reinterpret_steal<py::object>(PyArray_SimpleNew(0, nullptr, NPY_INT64));
    if (!array) throw py::error_already_set();
    *static_cast<std::int64_t*>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(array.ptr()))) = number;
    return array;
}

/// Whether the last argument is a component given as an integer, beside arrays. Objects of other libraries
/// shall see the integer.
bool ends_in_integer(const DirectCallable& callable, PyObject* const* args, Py_ssize_t count) {
    if (count == 0 || callable.index_rank[static_cast<std::size_t>(count - 1)] == no_index) return false;
    return PyLong_CheckExact(args[count - 1]) &&
           std::all_of(args, args + count - 1, [](auto* item) { return PyArray_CheckExact(item); });
}

/// Calls `direct` with the last of its arguments, which is an integer, as an array.
PyObject* call_with_array(PyObject* direct, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    std::array<PyObject*, max_operands + most_names> items;
    std::copy_n(args, count + size_of(names), items.begin());
    const py::object component = as_array(args[count - 1]);
    items[static_cast<std::size_t>(count - 1)] = component.ptr();
    return PyObject_Vectorcall(direct, items.data(), static_cast<std::size_t>(count), names);
}

/// The flat results. `direct` is kept alive by the call: another thread may replace it meanwhile.
py::object call_directly(py::handle self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
    const DirectCallable& callable = as_callable(self.ptr());
    const auto direct = py::reinterpret_borrow<py::object>(callable.direct);
    PyObject* const results =
        ends_in_integer(callable, args, count)
            ? call_with_array(direct.ptr(), args, count, names)
            : PyObject_Vectorcall(direct.ptr(), args, static_cast<std::size_t>(count), names);
    if (results != nullptr) return py::reinterpret_steal<py::object>(results);
    if (!PyErr_ExceptionMatches(PyExc_Exception)) throw py::error_already_set();
    const py::object error = take_exception();
    const Arguments given(args, count, names);
    return self.attr("_recover")(error, given.by_position, given.by_name);
}

PyObject* call(PyObject* self, PyObject* const* args, std::size_t flags, PyObject* names) noexcept {
    try {
        const DirectCallable& callable = as_callable(self);
        const Py_ssize_t count = PyVectorcall_NARGS(flags);
        py::object results;
        if (is_direct(callable, args, count, names)) {
            results = call_directly(self, args, count, names);
        } else {
            const Arguments given(args, count, names);
            results = py::handle(self).attr("_call_with_care")(given.by_position, given.by_name);
        }
        if (callable.structure != nullptr) results = arranged(results, callable.structure);
        return results.release().ptr();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

PyObject* make(PyTypeObject* type, PyObject*, PyObject*) noexcept {
    PyObject* const self = type->tp_alloc(type, 0);
    if (self == nullptr) return nullptr;
    as_callable(self).vectorcall = &call;
    return self;
}

int init(PyObject* self, PyObject* args, PyObject* names) noexcept {
    std::array<const char*, 3> keywords = {"index_ranks", "structure", nullptr};
    PyObject *given = nullptr, *structure = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, names, "OO", const_cast<char**>(keywords.data()), &given,
                                     &structure)) {
        return -1;
    }
    try {
        DirectCallable& callable = as_callable(self);
        const auto ranks = py::cast<std::vector<int>>(py::handle(given));
        callable.count = never;
        if (ranks.size() <= callable.index_rank.size()) {
            std::copy(ranks.begin(), ranks.end(), callable.index_rank.begin());
            callable.count = static_cast<Py_ssize_t>(ranks.size());
        }
        Py_XSETREF(callable.structure, structure == Py_None ? nullptr : Py_NewRef(structure));
        return 0;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_ValueError, error.what());
        return -1;
    }
}

int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    const DirectCallable& callable = as_callable(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(callable.settled);
    Py_VISIT(callable.direct);
    Py_VISIT(callable.structure);
    return 0;
}

int clear(PyObject* self) noexcept {
    DirectCallable& callable = as_callable(self);
    Py_CLEAR(callable.settled);
    Py_CLEAR(callable.direct);
    Py_CLEAR(callable.structure);
    return 0;
}

void destroy(PyObject* self) noexcept {
    PyTypeObject* const type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

std::array<PyMemberDef, 4> members = {{
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(DirectCallable, vectorcall), READONLY, nullptr},
    {"settled", T_OBJECT, offsetof(DirectCallable, settled), 0, nullptr},
    {"_direct", T_OBJECT, offsetof(DirectCallable, direct), 0, nullptr},
    {},
}};

std::array<PyType_Slot, 9> slots = {{
    {Py_tp_doc, const_cast<char*>("What may be called without Python code in between.")},
    {Py_tp_new, reinterpret_cast<void*>(&make)},
    {Py_tp_init, reinterpret_cast<void*>(&init)},
    {Py_tp_call, reinterpret_cast<void*>(&PyVectorcall_Call)},
    {Py_tp_traverse, reinterpret_cast<void*>(&traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(&clear)},
    {Py_tp_dealloc, reinterpret_cast<void*>(&destroy)},
    {Py_tp_members, members.data()},
    {0, nullptr},
}};

PyType_Spec spec = {
    "zymogen._core.DirectCallable",
    sizeof(DirectCallable),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    slots.data(),
};

}  // namespace

void add_callable(py::module_& module) {
    if (PyArray_ImportNumPyAPI() < 0) throw py::error_already_set();
    const auto type =
        py::reinterpret_steal<py::object>(PyType_FromModuleAndSpec(module.ptr(), &spec, nullptr));
    if (!type) throw py::error_already_set();
    module.add_object("DirectCallable", type);
    module.def("set_settled", &set_settled, py::arg("settled"));
}

}  // namespace zymogen::core
