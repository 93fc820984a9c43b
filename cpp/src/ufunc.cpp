#include "ufunc.hpp"

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

#include <memory>
#include <stdexcept>
#include <type_traits>

#include "trampoline.hpp"

namespace zymogen::core {

namespace py = pybind11;

static_assert(std::is_same_v<npy_intp, index_t>);

namespace {

constexpr const char* capsule_name = "zymogen.ufunc";

/// The C data that a PyUFuncObject points to and does not own.
struct UfuncData {
    std::string name;
    std::string doc;
    std::vector<std::unique_ptr<CompiledLoop>> loops;
    std::vector<PyUFuncGenericFunction> functions;
    std::vector<void*> data;
    std::vector<char> types;
};

/// NumPy 2.1 added a field at the end of PyUFuncObject: a function that is called at the start of each call.
/// Declared here, because NumPy's headers have it only when 2.0 shall not do.
constexpr unsigned numpy_2_1 = 0x13;

struct UfuncObject21 {
    PyUFuncObject base;
    int (*process_core_dims)(PyUFuncObject*, npy_intp* core_dims);
};

int announce_call(PyUFuncObject*, npy_intp*) {
    begin_ufunc_call();
    return 0;
}

bool has_process_core_dims() {
    return PyArray_GetNDArrayCFeatureVersion() >= numpy_2_1;
}

std::unique_ptr<UfuncData> make_data(std::string name, std::string doc, const std::vector<Loop>& loops,
                                     int nargs) {
    auto owned = std::make_unique<UfuncData>();
    owned->name = std::move(name);
    owned->doc = std::move(doc);
    for (const Loop& loop : loops) {
        for (int type : loop.types) owned->types.push_back(static_cast<char>(type));
        owned->loops.push_back(std::make_unique<CompiledLoop>());
        CompiledLoop& compiled = *owned->loops.back();
        compiled.number = static_cast<int>(owned->loops.size()) - 1;
        compiled.loop = row_loop(loop);
        compiled.batch = loop.batch;
        for (const Operand& operand : loop.operands) {
            if (!operand.is_visible()) continue;
            compiled.has_batch.push_back(!operand.dims.empty() && operand.dims.front() == loop.batch);
        }
        compiled.name = owned->name;
        compiled.visible = nargs;
        owned->functions.push_back(reinterpret_cast<PyUFuncGenericFunction>(&trampoline));
        owned->data.push_back(&compiled);
    }
    return owned;
}

/// Before NumPy sees the loop: it trusts the types.
void check_types(const Loop& loop) {
    std::size_t visible = 0;
    for (const Operand& operand : loop.operands) {
        if (!operand.is_visible()) continue;
        const int number = loop.types[visible++];
        const py::object dtype =
            py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(PyArray_DescrFromType(number)));
        if (!dtype) throw py::error_already_set();
        if (PyDataType_ELSIZE(reinterpret_cast<PyArray_Descr*>(dtype.ptr())) != operand.itemsize) {
            throw std::invalid_argument("make_ufunc: an operand's itemsize is not that of its type");
        }
        if (operand.summed && number != NPY_FLOAT && number != NPY_DOUBLE) {
            throw std::invalid_argument("make_ufunc: a summed output has type numbers of float or double");
        }
    }
}

/// After NumPy has read the signature, which decides: a loop that disagrees would read out of bounds.
void check_against_signature(const PyUFuncObject& ufunc, const Loop& loop) {
    check_positions(loop, ufunc.core_num_dim_ix);
    int visible = 0;
    for (const Operand& operand : loop.operands) {
        if (!operand.is_visible()) continue;
        std::vector<int> dims;
        if (ufunc.core_enabled) {
            const int* const first = ufunc.core_dim_ixs + ufunc.core_offsets[visible];
            dims.assign(first, first + ufunc.core_num_dims[visible]);
        }
        if (dims != operand.dims) {
            throw std::invalid_argument("make_ufunc: an operand's dims are not those of the signature");
        }
        ++visible;
    }
}

/// What a ufunc made here keeps: its data, its recipe, and what becomes of sizes. nullptr for any other
/// object.
PyObject* kept_by(py::handle object) {
    if (!PyObject_TypeCheck(object.ptr(), &PyUFunc_Type)) return nullptr;
    PyObject* const kept = reinterpret_cast<PyUFuncObject*>(object.ptr())->obj;
    if (kept == nullptr || !PyTuple_Check(kept) || PyTuple_GET_SIZE(kept) != 3) return nullptr;
    return PyCapsule_IsValid(PyTuple_GET_ITEM(kept, 0), capsule_name) ? kept : nullptr;
}

}  // namespace

void import_numpy() {
    if (PyArray_ImportNumPyAPI() < 0 || PyUFunc_ImportUFuncAPI() < 0) throw py::error_already_set();
}

py::object make_ufunc(std::string name, std::string doc, const std::string& signature, int nin, int nout,
                      const std::vector<Loop>& loops, py::object recipe, bool watched) {
    for (const Loop& loop : loops) {
        const Loop rows = row_loop(loop);
        check_loop(rows, nin, nout);
        check_types(rows);
    }
    auto owned = make_data(std::move(name), std::move(doc), loops, nin + nout);
    const auto object = py::reinterpret_steal<py::object>(
        PyUFunc_FromFuncAndDataAndSignature(owned->functions.data(), owned->data.data(), owned->types.data(),
                                            static_cast<int>(owned->loops.size()), nin, nout, PyUFunc_None,
                                            owned->name.c_str(), owned->doc.c_str(), 0, signature.c_str()));
    if (!object) throw py::error_already_set();
    auto& ufunc = *reinterpret_cast<PyUFuncObject*>(object.ptr());
    for (const Loop& loop : loops) check_against_signature(ufunc, loop);
    for (const auto& compiled : owned->loops) {
        compiled->core_dims = ufunc.core_num_dim_ix;
        compiled->elementwise = ufunc.core_enabled == 0;
        if (watched) compiled->ufunc = object.ptr();
    }
    // Rows are counted as the user counts them, also in an array that is walked backwards.
    ufunc.iter_flags = NPY_ITER_DONT_NEGATE_STRIDES;
    if (has_process_core_dims()) reinterpret_cast<UfuncObject21&>(ufunc).process_core_dims = &announce_call;

    // The ufunc drops `obj` when it dies, and shows it to the garbage collector (which NumPy tells of a ufunc
    // only in `frompyfunc`): in a tuple, a recipe that refers to its ufunc is collected too.
    const py::capsule keeper(owned.get(), capsule_name,
                             [](void* data) { delete static_cast<UfuncData*>(data); });
    owned.release();
    ufunc.obj = py::make_tuple(keeper, std::move(recipe), py::dict()).release().ptr();
    if (!PyObject_GC_IsTracked(object.ptr())) PyObject_GC_Track(object.ptr());
    return object;
}

py::object recipe_of(py::handle object) {
    PyObject* const kept = kept_by(object);
    return kept == nullptr ? py::none() : py::reinterpret_borrow<py::object>(PyTuple_GET_ITEM(kept, 1));
}

py::dict states_of(py::handle object) {
    PyObject* const kept = kept_by(object);
    if (kept == nullptr) throw std::invalid_argument("states_of: the ufunc is none of ours");
    return py::reinterpret_borrow<py::dict>(PyTuple_GET_ITEM(kept, 2));
}

void add_sized_entry(py::handle object, std::size_t loop, std::vector<index_t> size, std::uintptr_t entry) {
    PyObject* const kept = kept_by(object);
    if (kept == nullptr) throw std::invalid_argument("add_sized_entry: the ufunc is none of ours");
    auto* const data = static_cast<UfuncData*>(PyCapsule_GetPointer(PyTuple_GET_ITEM(kept, 0), capsule_name));
    const CompiledLoop& compiled = *data->loops.at(loop);
    if (entry == 0 || size.size() != static_cast<std::size_t>(compiled.core_dims))
        throw std::invalid_argument("add_sized_entry: one size for each core dimension, and an address");
    compiled.sized.add(std::move(size), reinterpret_cast<Entry*>(entry));
}

}  // namespace zymogen::core
