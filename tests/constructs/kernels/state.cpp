// Variables that outlive a call, and the world outside.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <span>
#include <thread>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double ring(const double* v, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += v[i] * v[i] * v[(i + 1) % n];
    return s;
}

// A `static const` table of numbers in a function
double constant_table(std::span<const double> x) {
    static const double weight[4] = {1, 2, 0.5, 3};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weight[i % 4] * x[i] * x[i];
    return s * s;
}
ZYMOGEN_KERNEL(constant_table, "x(n) -> ()");

// A table that is made by a `constexpr` function
constexpr auto weights = [] {
    struct {
        double value[4];
    } made{};
    for (int i = 0; i < 4; ++i) made.value[i] = (i + 1) * 0.5;
    return made;
}();
double computed_table(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weights.value[i % 4] * x[i] * x[i];
    return s * s;
}
ZYMOGEN_KERNEL(computed_table, "x(n) -> ()");

// A global variable that is read
double factor = 1.5;
double global_read(std::span<const double> x) {
    return factor * ring(x.data(), x.size());
}
ZYMOGEN_KERNEL(global_read, "x(n) -> ()");

// A `std::vector` at namespace level that is read
const std::vector<double> global_weights = {1, 2, 0.5, 3};
double global_vector_read(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += global_weights[i % 4] * x[i] * x[i];
    return s * s;
}
ZYMOGEN_KERNEL(global_vector_read, "x(n) -> ()");

// A `static const std::vector` in a function
// Instead: a `constexpr` array, or a variable at namespace level.
double static_vector(std::span<const double> x) {
    static const std::vector<double> weight = {1, 2, 0.5, 3};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += weight[i % 4] * x[i] * x[i];
    return s * s;
}
ZYMOGEN_KERNEL(static_vector, "x(n) -> ()");

// A `static` array as work space
// Instead: a local array.
double static_work(std::span<const double> x) {
    static double work[64];
    for (std::size_t i = 0; i < x.size(); ++i) work[i] = x[i];
    return ring(work, x.size());
}
ZYMOGEN_KERNEL(static_work, "x(n) -> ()");

// A `thread_local` array as work space
// Instead: a local array.
thread_local double work_of_thread[64];
double thread_local_work(std::span<const double> x) {
    for (std::size_t i = 0; i < x.size(); ++i) work_of_thread[i] = x[i];
    return ring(work_of_thread, x.size());
}
ZYMOGEN_KERNEL(thread_local_work, "x(n) -> ()");

// A `static std::vector` that keeps its memory between calls
// Instead: a local `std::vector`, or an argument that is updated in place.
double static_pool(std::span<const double> x) {
    static std::vector<double> work;
    work.assign(x.begin(), x.end());
    return ring(work.data(), work.size());
}
ZYMOGEN_KERNEL(static_pool, "x(n) -> ()");

// A global variable that is written
// Instead: a result of the kernel.
double last = 0;
double global_written(std::span<const double> x) {
    last = x[0] * x[0];
    return last * x[1] + ring(x.data(), x.size());
}
ZYMOGEN_KERNEL(global_written, "x(n) -> ()");

// A `thread_local` variable that is read
thread_local double factor_of_thread = 1.5;
double thread_local_read(std::span<const double> x) {
    return factor_of_thread * ring(x.data(), x.size());
}
ZYMOGEN_KERNEL(thread_local_read, "x(n) -> ()");

// A `static` counter
double counter(std::span<const double> x) {
    static int calls = 0;
    ++calls;
    return ring(x.data(), x.size());
}
ZYMOGEN_KERNEL(counter, "x(n) -> ()");

// A `std::atomic` counter
// Instead: a `static` integer, or no counter.
std::atomic<int> atomic_calls;
double atomic_counter(std::span<const double> x) {
    ++atomic_calls;
    return ring(x.data(), x.size());
}
ZYMOGEN_KERNEL(atomic_counter, "x(n) -> ()");

// `std::mutex`
// Instead: nothing: rows of a batch share no data.
std::mutex door;
double locked(std::span<const double> x) {
    const std::lock_guard<std::mutex> lock(door);
    return ring(x.data(), x.size());
}
ZYMOGEN_KERNEL(locked, "x(n) -> ()");

// `std::thread`
// Instead: a batch, whose rows go over threads.
double threaded(std::span<const double> x) {
    double s = 0;
    std::thread other([&] { s = ring(x.data(), x.size()); });
    other.join();
    return s;
}
ZYMOGEN_KERNEL(threaded, "x(n) -> ()");

// `std::printf`
double printed(std::span<const double> x) {
    const double s = ring(x.data(), x.size());
    if (s > 1000) std::printf("large: %g\n", s);
    return s;
}
ZYMOGEN_KERNEL(printed, "x(n) -> ()");

// `std::fprintf(stderr, ...)`
double printed_as_error(std::span<const double> x) {
    const double s = ring(x.data(), x.size());
    if (s > 1000) std::fprintf(stderr, "large: %g\n", s);
    return s;
}
ZYMOGEN_KERNEL(printed_as_error, "x(n) -> ()");

// `std::cout`
// Instead: `std::printf`.
double streamed(std::span<const double> x) {
    const double s = ring(x.data(), x.size());
    if (s > 1000) std::cout << "large: " << s << std::endl;
    return s;
}
ZYMOGEN_KERNEL(streamed, "x(n) -> ()");

// `std::getenv`
double environment(std::span<const double> x) {
    const double s = ring(x.data(), x.size());
    return std::getenv("ZYMOGEN_NO_SUCH_VARIABLE") == nullptr ? s : 2 * s;
}
ZYMOGEN_KERNEL(environment, "x(n) -> ()");

// `std::chrono`
double clocked(std::span<const double> x) {
    const auto start = std::chrono::steady_clock::now();
    const double s = ring(x.data(), x.size());
    const auto stop = std::chrono::steady_clock::now();
    return stop < start ? 0 : s;
}
ZYMOGEN_KERNEL(clocked, "x(n) -> ()");

// A function of a library whose source is not seen, and that is not in `<cmath>`
// Instead: its source, or a header that has it.
extern "C" double significand(double);
double unseen(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += significand(x[i]) * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(unseen, "x(n) -> ()");

}  // namespace
