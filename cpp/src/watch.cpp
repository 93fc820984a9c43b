#include "watch.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>

#include "dense.hpp"
#include "gil.hpp"

namespace zymogen::core {

namespace py = pybind11;

namespace {

constexpr index_t least_rows = 64;   ///< fewer gain little, and looking at the clock would show
constexpr index_t sample_rows = 16;  ///< by which a faster entry is compared with the loop's own

constexpr auto never = std::numeric_limits<TimeSpent::Duration::rep>::max();
std::atomic<TimeSpent::Duration::rep> enough = never;

/// Never freed: inner loops may run while the interpreter ends.
py::object& listener() {
    static auto* const object = new py::object;
    return *object;
}

TimeSpent::Duration now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

py::bytes dense_rows(const Operand& operand, const index_t* size, const char* data, index_t step,
                     const index_t* strides, index_t rows) {
    std::array<Axis, max_axes> storage;
    const std::span<Axis> axes = axes_to_dense_rows(operand, size, rows, step, strides, storage);
    const index_t row_bytes = axes[0].to;
    auto bytes = py::reinterpret_steal<py::bytes>(PyBytes_FromStringAndSize(nullptr, rows * row_bytes));
    if (!bytes) throw py::error_already_set();
    copy_block(axes, PyBytes_AS_STRING(bytes.ptr()), data, operand.itemsize);
    return bytes;
}

py::list first_rows(const Batch& batch, char* const* args, const index_t* steps) {
    const index_t rows = std::min(batch.count, sample_rows);
    const index_t* strides = steps + batch.compiled.visible;
    py::list operands;
    int visible = 0;
    for (const Operand& operand : batch.compiled.loop.operands) {
        if (!operand.is_visible()) continue;
        operands.append(dense_rows(operand, batch.size, args[visible], steps[visible], strides, rows));
        strides += operand.dims.size();
        ++visible;
    }
    return operands;
}

py::tuple core_dimensions(const Batch& batch) {
    py::tuple sizes(batch.compiled.core_dims);
    for (int d = 0; d < batch.compiled.core_dims; ++d) sizes[static_cast<std::size_t>(d)] = batch.size[d];
    return sizes;
}

py::object called(const py::object& function, const py::tuple& arguments) {
    PyObject* const result =
        or_wait_for_end([&] { return PyObject_CallObject(function.ptr(), arguments.ptr()); });
    if (result == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(result);
}

}  // namespace

void set_watch(py::object object, double seconds) {
    const std::chrono::duration<double> wanted(seconds);
    enough = object.is_none() ? never : std::chrono::duration_cast<TimeSpent::Duration>(wanted).count();
    listener() = std::move(object);
}

Watch::Watch(const Batch& batch)
    : batch_(batch),
      watched_(batch.count >= least_rows && batch.compiled.ufunc != nullptr && !batch.is_sized &&
               !batch.overwrites_inputs && enough.load() != never) {
    if (watched_) start_ = now();
}

bool Watch::is_due() const {
    if (!watched_) return false;
    const CompiledLoop& compiled = batch_.compiled;
    return compiled.spent.add(batch_.size, static_cast<std::size_t>(compiled.core_dims), now() - start_,
                              TimeSpent::Duration(enough.load()));
}

void Watch::tell(char* const* args, const index_t* steps) const noexcept {
    const CompiledLoop& compiled = batch_.compiled;
    try {
        const py::object told = listener();  // kept here: another thread may put another in its place
        if (!told || told.is_none()) return;
        const auto ufunc = py::reinterpret_borrow<py::object>(compiled.ufunc);
        const py::object wanted =
            called(told, py::make_tuple(ufunc, compiled.number, core_dimensions(batch_)));
        if (!wanted.is_none()) called(wanted, py::make_tuple(first_rows(batch_, args, steps)));
    } catch (py::error_already_set& error) {
        if (error.matches(PyExc_KeyboardInterrupt)) {
            PyErr_SetInterrupt();  // the caller's next step raises it again
            return;
        }
        error.restore();
        or_wait_for_end([&] { PyErr_WriteUnraisable(compiled.ufunc); });
    } catch (const std::exception&) {
        PyErr_Clear();  // pybind11 throws others too where there is no memory for an object
    }
}

}  // namespace zymogen::core
