#include "threads.hpp"

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include "arena.hpp"

namespace zymogen::core {

namespace {

using Clock = std::chrono::steady_clock;

/// What a further thread must save to be worth starting, in ns: starting and joining one costs some 20 to 50
/// us.
constexpr double worth_a_thread = 200e3;
/// How long to run before the cost of a row is believed, in ns: the first rows pay for cold caches.
constexpr double worth_believing = 20e3;
/// How long one portion of rows should take at least, in ns: taking it from the shared counter costs some 50
/// ns.
constexpr double worth_a_portion = 20e3;
/// Portions per thread: rows may differ in cost, so nobody should be left with a large last one.
constexpr index_t portions = 8;

int usable_cores() {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
    return std::max(1u, std::thread::hardware_concurrency());
}

std::atomic<int>& threads() {
    static std::atomic<int> count = usable_cores();
    return count;
}

/// Rows that several threads take portions of. Portions are handed out in ascending order, so all rows below
/// a failed one have been taken by somebody who finishes them: the lowest failing row is always found.
class Portions {
public:
    Portions(index_t begin, index_t end, index_t length) : next_(begin), end_(end), length_(length) {}

    void work(Lane& lane) {
        for (;;) {
            const index_t begin = next_.fetch_add(length_, std::memory_order_relaxed);
            if (begin >= end_ || begin > lowest_.load(std::memory_order_relaxed)) return;
            if (lane.run(begin, std::min(end_, begin + length_))) continue;
            index_t lowest = lowest_.load(std::memory_order_relaxed);
            while (lane.failure().row < lowest &&
                   !lowest_.compare_exchange_weak(lowest, lane.failure().row)) {
            }
            return;
        }
    }

private:
    std::atomic<index_t> next_;
    const index_t end_;
    const index_t length_;
    std::atomic<index_t> lowest_ = std::numeric_limits<index_t>::max();
};

/// A further thread: it works in the caller's floating-point environment, and hands back the flags that it
/// raised.
class Worker {
public:
    Worker(const Batch& batch, Portions& portions, const std::fenv_t& environment)
        : thread_([this, &batch, &portions, &environment] { work(batch, portions, environment); }) {}

    ~Worker() {
        if (thread_.joinable()) thread_.join();
    }

    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void join() { thread_.join(); }
    int flags() const { return flags_; }
    const Failure& failure() const { return failure_; }

private:
    void work(const Batch& batch, Portions& portions, const std::fenv_t& environment) {
        failure_.kind = Failure::none;
        std::fesetenv(&environment);
        std::feclearexcept(FE_ALL_EXCEPT);
        try {
            Lane lane(batch, thread_arena().reserve(lane_bytes(batch)));
            portions.work(lane);
            failure_ = lane.failure();
        } catch (const std::bad_alloc&) {
            // The other threads do this one's part.
        }
        flags_ = std::fetestexcept(FE_ALL_EXCEPT);
    }

    Failure failure_;
    int flags_ = 0;
    std::thread thread_;  // last: it uses the members above
};

/// Rows [begin, count) on `helpers` further threads and this one. False if a row failed.
bool run_split(Batch& batch, Lane& own, index_t begin, int helpers, double row_cost, Failure& failure) {
    const index_t rest = batch.count - begin;
    const index_t even = rest / ((helpers + 1) * portions);
    const index_t least = static_cast<index_t>(std::min(worth_a_portion / std::max(row_cost, 1e-3), 1e15));
    const index_t most = (rest + helpers) / (helpers + 1);
    Portions shared(begin, batch.count,
                    std::clamp<index_t>(std::max(even, least), 1, std::max<index_t>(most, 1)));

    std::fenv_t environment;
    std::fegetenv(&environment);
    std::vector<std::unique_ptr<Worker>> workers;
    workers.reserve(static_cast<std::size_t>(helpers));
    try {
        for (int k = 0; k < helpers; ++k) {
            workers.push_back(std::make_unique<Worker>(batch, shared, environment));
        }
    } catch (const std::system_error&) {
        // No more threads to be had: those there are do all the work.
    }
    shared.work(own);
    int flags = 0;
    const Failure* lowest = own.failure().kind == Failure::none ? nullptr : &own.failure();
    for (const auto& worker : workers) {
        worker->join();
        flags |= worker->flags();
        const Failure& other = worker->failure();
        if (other.kind != Failure::none && (lowest == nullptr || other.row < lowest->row)) lowest = &other;
    }
    if (flags != 0) std::feraiseexcept(flags);
    if (lowest != nullptr) failure = *lowest;
    return lowest == nullptr;
}

/// All rows, first on this thread in growing portions, until the clock says that help pays.
bool run_measured(Batch& batch, Lane& lane, int most_threads, Failure& failure) {
    const auto nanoseconds = [](Clock::duration d) {
        return std::chrono::duration<double, std::nano>(d).count();
    };
    const auto start = Clock::now();
    auto before = start;
    double row_cost = std::numeric_limits<double>::infinity();
    index_t portion = 1;
    for (index_t begin = 0; begin < batch.count;) {
        const index_t end = std::min(batch.count, begin + portion);
        if (!lane.run(begin, end)) {
            failure = lane.failure();
            return false;
        }
        const auto now = Clock::now();
        row_cost = std::min(row_cost, nanoseconds(now - before) / static_cast<double>(end - begin));
        begin = end;
        before = now;
        portion *= 2;
        if (nanoseconds(now - start) < worth_believing) continue;
        const double remaining = row_cost * static_cast<double>(batch.count - begin);
        const double wanted = std::min<double>(remaining / worth_a_thread, most_threads - 1);
        const int helpers =
            static_cast<int>(std::min<index_t>(static_cast<index_t>(wanted), batch.count - begin - 1));
        if (helpers > 0) return run_split(batch, lane, begin, helpers, row_cost, failure);
    }
    return true;
}

}  // namespace

void set_thread_count(int count) {
    threads() = count;
}

int thread_count() {
    return threads();
}

bool run_batch(Batch& batch, Failure& failure) {
    const std::size_t shared = batch.shared_bytes();
    const std::size_t bytes = shared + lane_bytes(batch);
    char* const memory = bytes == 0 ? nullptr : thread_arena().reserve(bytes);
    batch.pack_shared(memory);
    Lane lane(batch, memory + shared);
    const int most_threads = batch.in_order ? 1 : thread_count();
    bool done;
    if (batch.count == 1 || most_threads == 1) {
        done = lane.run(0, batch.count);
        if (!done) failure = lane.failure();
    } else {
        done = run_measured(batch, lane, most_threads, failure);
    }
    if (bytes != 0) thread_arena().trim();
    return done;
}

}  // namespace zymogen::core
