// Compiled entries written by hand against the contract, for the tests of the trampoline.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <zymogen/abi.hpp>

using zymogen::Failure;
using zymogen::Rows;

namespace {

template <class T>
T* at(const Rows* rows, int operand, std::ptrdiff_t row) {
    return reinterpret_cast<T*>(rows->operand[operand] + row * rows->step[operand]);
}

int fail(Failure* failure, int kind, std::ptrdiff_t row, const char* message) {
    failure->kind = kind;
    failure->row = row;
    std::snprintf(failure->message, sizeof failure->message, "%s", message);
    return kind;
}

// (n),(n)->()
template <class T>
int bump(const Rows* rows) {
    const std::ptrdiff_t n = rows->size[0];
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const T *x = at<T>(rows, 0, r), *y = at<T>(rows, 1, r);
        T s = 0;
        for (std::ptrdiff_t i = 0; i < n; ++i) s += (x[i] - y[i]) * (x[i] - y[i]);
        *at<T>(rows, 2, r) = std::exp(-s);
    }
    return 0;
}

void take_a_while(double microseconds) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::duration<double, std::micro>(microseconds);
    while (std::chrono::steady_clock::now() < end) {
    }
}

// This process, also where the thread blocks signals, or the parent has a handler for this one.
void end_after(unsigned seconds) {
    std::signal(SIGALRM, SIG_DFL);
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    alarm(seconds);
}

}  // namespace

extern "C" {

int bump_double(const Rows* rows, Failure*) {
    return bump<double>(rows);
}
int bump_float(const Rows* rows, Failure*) {
    return bump<float>(rows);
}

// M(a,c), x(c) -> J(a,c), J[i,j] = M[i,j] * x[j] + i
int scale(const Rows* rows, Failure*) {
    const std::ptrdiff_t a = rows->size[0], c = rows->size[1];
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const double *m = at<double>(rows, 0, r), *x = at<double>(rows, 1, r);
        double* out = at<double>(rows, 2, r);
        for (std::ptrdiff_t i = 0; i < a; ++i) {
            for (std::ptrdiff_t j = 0; j < c; ++j) out[i * c + j] = m[i * c + j] * x[j] + double(i);
        }
    }
    return 0;
}

// x(n), component -> the component as the entry got it, and x there
int pick(const Rows* rows, Failure*) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const std::int64_t i = *at<std::int64_t>(rows, 1, r);
        *at<std::int64_t>(rows, 2, r) = i;
        *at<double>(rows, 3, r) = at<double>(rows, 0, r)[i];
    }
    return 0;
}

// x(n), list of components -> their number, and the sum of k * x there for the k-th of the list, from 1
int gather(const Rows* rows, Failure*) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const auto* list = at<std::int64_t>(rows, 1, r);
        double sum = 0;
        for (std::int64_t k = 1; k <= list[0]; ++k) sum += double(k) * at<double>(rows, 0, r)[list[k]];
        *at<std::int64_t>(rows, 2, r) = list[0];
        *at<double>(rows, 3, r) = sum;
    }
    return 0;
}

// x() -> 1 - x, -x: the first output is written before the second is computed
int complement(const Rows* rows, Failure*) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) *at<double>(rows, 1, r) = 1 - *at<double>(rows, 0, r);
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) *at<double>(rows, 2, r) = -*at<double>(rows, 0, r);
    return 0;
}

// x(), y() -> x + 2 y
int add_twice(const Rows* rows, Failure*) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        *at<double>(rows, 2, r) = *at<double>(rows, 0, r) + 2 * *at<double>(rows, 1, r);
    }
    return 0;
}

// x(n) -> s(): fails where x[0] < 0, with the kind that -x[0] says; row cost x[1] microseconds if n > 1
int picky(const Rows* rows, Failure* failure) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const double* x = at<double>(rows, 0, r);
        if (rows->size[0] > 1) take_a_while(x[1]);
        if (x[0] < 0) return fail(failure, static_cast<int>(-x[0]), r, "too big");
        *at<double>(rows, 1, r) = x[0];
    }
    return 0;
}

// x(n) -> 1 if the scratch arrays of shapes (n) and (n, n) are aligned, and the first one is zero
int scratch(const Rows* rows, Failure*) {
    const std::ptrdiff_t n = rows->size[0];
    auto* zeroed = reinterpret_cast<double*>(rows->scratch[0]);
    auto* raw = reinterpret_cast<double*>(rows->scratch[1]);
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        bool good = reinterpret_cast<std::uintptr_t>(zeroed) % 64 == 0 &&
                    reinterpret_cast<std::uintptr_t>(raw) % 64 == 0;
        for (std::ptrdiff_t i = 0; i < n; ++i) good = good && zeroed[i] == 0;
        for (std::ptrdiff_t i = 0; i < n; ++i) zeroed[i] = 1;
        for (std::ptrdiff_t i = 0; i < n * n; ++i) raw[i] = 2;
        for (std::ptrdiff_t i = 0; i < n; ++i) good = good && zeroed[i] == 1;
        for (std::ptrdiff_t i = 0; i < n; ++i) zeroed[i] = 0;
        *at<double>(rows, 1, r) = good;
    }
    return 0;
}

// x(n) -> what the entry was told: check_first
int told(const Rows* rows, Failure* failure) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        if (at<double>(rows, 0, r)[0] < 0) return fail(failure, Failure::runtime, r, "");
        *at<double>(rows, 1, r) = rows->check_first;
    }
    return 0;
}

// bytes() -> whether memory of so many bytes comes again after it was released, and other memory is freed; 0
// bytes: fails
int caches(const Rows* rows, Failure* failure) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const auto bytes = static_cast<std::size_t>(*at<double>(rows, 0, r));
        void* const first = rows->caches->allocate(bytes + 1);
        if (bytes == 0)
            return fail(failure, Failure::runtime, r, "");  // as an exception leaves derivative code
        std::memset(first, 1, bytes);
        void* const second = rows->caches->allocate(bytes / 4);
        const bool released = rows->caches->release(first) && rows->caches->release(second);
        const bool freed = !rows->caches->release(std::malloc(8));
        void* const again = rows->caches->allocate(bytes);
        *at<double>(rows, 1, r) = released && freed && again == first;
        rows->caches->release(again);
    }
    return 0;
}

// x(n) -> s(): overflow, invalid or division by zero where x[0] is 1, 2 or 3; 20 us each
int flags(const Rows* rows, Failure*) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        take_a_while(20);
        volatile double big = 1e300, zero = 0, one = -1;
        const double x = at<double>(rows, 0, r)[0];
        *at<double>(rows, 1, r) = x == 1 ? big * big : x == 2 ? std::sqrt(one) : x == 3 ? 1 / zero : x;
    }
    return 0;
}

// x(n) -> which thread runs this row, after x[0] microseconds of sleep
int who(const Rows* rows, Failure*) {
    static thread_local char here;
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const double pause = at<double>(rows, 0, r)[0];
        if (pause > 0) std::this_thread::sleep_for(std::chrono::duration<double, std::micro>(pause));
        *at<double>(rows, 1, r) = double(reinterpret_cast<std::uintptr_t>(&here));
    }
    return 0;
}

// x(2) -> the process that was made in this row, or 0; each row sleeps 1 ms. For each x[0] one is made, while
// others are at work: where x[1] is 1 by a thread that helps, and else by the caller.
int forks(const Rows* rows, Failure*) {
    static std::atomic<int> at_work = 0;
    static std::atomic<double> made = 0;
    const bool helps = getpid() != syscall(SYS_gettid);
    ++at_work;
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const double* const x = at<double>(rows, 0, r);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        double child = 0;
        if (helps == (x[1] == 1) && at_work > 1 && made.exchange(x[0]) != x[0]) {
            child = fork();
            if (child == 0) end_after(3);
        }
        *at<double>(rows, 1, r) = child;
    }
    --at_work;
    return 0;
}

// (3),(n)->(n)
int cross(const Rows* rows, Failure*) {
    for (std::ptrdiff_t r = 0; r < rows->count; ++r) {
        const double *x = at<double>(rows, 0, r), *y = at<double>(rows, 1, r);
        for (std::ptrdiff_t i = 0; i < rows->size[1]; ++i) {
            at<double>(rows, 2, r)[i] = y[i] * (x[0] + 10 * x[1] + 100 * x[2]) + double(rows->size[0]);
        }
    }
    return 0;
}
}
