#include "trampoline.hpp"

#include <cfenv>
#include <new>

#include "failure.hpp"
#include "gil.hpp"
#include "pool.hpp"
#include "row_calls.hpp"
#include "summed_batch.hpp"
#include "threads.hpp"
#include "watch.hpp"

namespace zymogen::core {

namespace {

/// Where this thread's present ufunc call stands.
struct UfuncCall {
    bool announced = false;  ///< NumPy said that a call began, so that inner loops can be counted
    bool failed = false;     ///< an earlier inner loop of what may be this call raised an exception
    std::string
        without_row;  ///< what that exception has to say once there turns out to be more than one loop
    PyObject* type = nullptr;  ///< its class, borrowed: set_error_types never gives one back
    std::ptrdiff_t loops = 0;  ///< inner loops so far
};

UfuncCall& this_call() {
    thread_local UfuncCall call;
    return call;
}

/// How an inner loop ended. One that is not done has a component that is not there, an overlap, or a failed
/// row.
struct Outcome {
    bool done = false;
    std::string bad_component;
    bool overlap = false;
    Failure failure;
    index_t count = 0;         ///< rows of the batch that failed
    bool has_all_rows = true;  ///< that batch is all that this inner loop was to do
};

void run(Batch& batch, bool (*run_rows)(Batch&, Failure&), Outcome& outcome) {
    outcome.bad_component = std::move(batch.bad_component);
    outcome.overlap = batch.overlap;
    outcome.count = batch.count;
    outcome.done = outcome.bad_component.empty() && !batch.overlap && run_rows(batch, outcome.failure);
}

void run_watched(const CompiledLoop& compiled, char* const* args, const index_t* dimensions,
                 const index_t* steps, Outcome& outcome) {
    Batch batch(compiled, args, dimensions, steps);
    const Watch watch(batch);
    run(batch, &run_batch, outcome);
    if (outcome.done && watch.is_due()) {
        const Held gil;
        watch.tell(args, steps);
    }
}

/// The batch is a core dimension: there is one for each item of NumPy's own loop.
void run_row_calls(const CompiledLoop& compiled, char* const* args, const index_t* dimensions,
                   const index_t* steps, Outcome& outcome) {
    RowCalls calls(compiled, args, dimensions, steps);
    outcome.overlap = calls.overlap();
    if (outcome.overlap) return;
    outcome.has_all_rows = calls.count() == 1;
    for (index_t call = 0; call < calls.count(); ++call) {
        Batch batch = calls.batch(call);
        run(batch, &run_summed_batch, outcome);
        if (!outcome.done) return;
    }
}

void set_error(PyObject* type, const std::string& text) {
    // A kernel's message may hold any bytes.
    PyObject* const value =
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
    if (value == nullptr) return;
    PyErr_SetObject(type, value);
    Py_DECREF(value);
}

/// NumPy goes on calling inner loops after one has failed. True while that exception is still there.
bool has_failed(UfuncCall& call) {
    const Held gil;
    call.failed = PyErr_Occurred() != nullptr;
    if (call.failed && !call.without_row.empty()) set_error(call.type, call.without_row);
    call.without_row.clear();
    return call.failed;
}

void raise(UfuncCall& call, PyObject* type, const ErrorText& text) {
    const bool has_all_rows = call.announced && call.loops == 1;
    set_error(type, has_all_rows ? text.with_row : text.without_row);
    call.failed = true;
    call.type = type;
    call.without_row = has_all_rows ? text.without_row : "";
    // NumPy looks at these next and might warn with an exception already set; the results are lost anyway.
    std::feclearexcept(FE_ALL_EXCEPT);
}

void raise_failure(UfuncCall& call, const CompiledLoop& compiled, const Outcome& outcome) {
    const Held gil;
    ErrorText text = failure_text(compiled, outcome.failure, outcome.count);
    if (!outcome.has_all_rows) text.with_row = text.without_row;
    raise(call, failure_type(outcome.failure.kind), text);
}

void raise_component(UfuncCall& call, const std::string& text) {
    const Held gil;
    raise(call, component_type(), {text, text});
}

void raise_overlap(UfuncCall& call, const CompiledLoop& compiled) {
    const Held gil;
    const std::string text =
        compiled.name + ": out= shares memory with an input along other axes. Give a copy of the input.";
    raise(call, overlap_type(), {text, text});
}

void raise_out_of_memory(UfuncCall& call, const CompiledLoop& compiled) {
    const Held gil;
    const std::string text = compiled.name + ": there is not enough memory for the working arrays.";
    raise(call, failure_type(Failure::out_of_memory), {text, text});
}

void raise_forked(UfuncCall& call, const CompiledLoop& compiled) {
    const Held gil;
    const std::string text = compiled.name +
                             ": the kernel made this process by fork while other threads computed rows, "
                             "which are missing here. End "
                             "it in the kernel, with exec or _exit, or call zg.set_num_threads(1) before.";
    raise(call, failure_type(Failure::runtime), {text, text});
}

}  // namespace

void begin_ufunc_call() {
    UfuncCall& call = this_call();
    call.announced = true;
    call.failed = false;
    call.loops = 0;
}

void trampoline(char** args, const index_t* dimensions, const index_t* steps, void* data) noexcept {
    if (dimensions[0] == 0) return;
    const auto& compiled = *static_cast<const CompiledLoop*>(data);
    UfuncCall& call = this_call();
    if (compiled.elementwise) call.announced = false;
    ++call.loops;
    if (call.failed && has_failed(call)) return;
    try {
        Outcome outcome;
        {
            const Released gil;
            if (compiled.batch < 0) {
                run_watched(compiled, args, dimensions, steps, outcome);
            } else {
                run_row_calls(compiled, args, dimensions, steps, outcome);
            }
        }
        if (outcome.done) return;
        if (!outcome.bad_component.empty()) return raise_component(call, outcome.bad_component);
        if (outcome.overlap) return raise_overlap(call, compiled);
        raise_failure(call, compiled, outcome);
    } catch (const std::bad_alloc&) {
        raise_out_of_memory(call, compiled);
    } catch (const ForkedInBatch&) {
        raise_forked(call, compiled);
    }
}

}  // namespace zymogen::core
