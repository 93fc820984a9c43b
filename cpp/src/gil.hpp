// Giving up the GIL and taking it back, also in daemon threads while the interpreter ends.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <thread>

namespace zymogen::core {

/// Calls what takes the GIL, or runs Python code, which gives it up and takes it back.
///
/// While the interpreter ends, taking the GIL ends the thread instead: before Python 3.14 by `pthread_exit`,
/// which unwinds the stack as an exception does. Destructors would then use Python without the GIL, and at
/// the first function that is `noexcept` the process aborts. So the thread waits here for the process to end,
/// as it does in Python 3.14. `call` is to be a function of C, which throws nothing else.
template <class Call>
auto or_wait_for_end(Call call) {
    try {
        return call();
    } catch (...) {
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

/// Gives up the GIL, if this thread holds it: NumPy keeps it in small calls, whatever a kernel may take for a
/// row.
class Released {
public:
    Released() : state_(PyGILState_Check() ? PyEval_SaveThread() : nullptr) {}
    ~Released() {
        if (state_ != nullptr) or_wait_for_end([this] { PyEval_RestoreThread(state_); });
    }
    Released(const Released&) = delete;
    Released& operator=(const Released&) = delete;

private:
    PyThreadState* state_;
};

/// Holds the GIL.
class Held {
public:
    Held() : state_(or_wait_for_end([] { return PyGILState_Ensure(); })) {}
    ~Held() { PyGILState_Release(state_); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

private:
    PyGILState_STATE state_;
};

}  // namespace zymogen::core
