#include "threads.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "arena.hpp"
#include "workers.hpp"

namespace zymogen::core {

namespace {

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

/// Rows [begin, count) on so many further threads and this one. False if a row failed.
bool run_split(const Batch& batch, Lane& own, index_t begin, int workers, double row_cost, Failure& failure) {
    const index_t rest = batch.count - begin;
    const index_t even = rest / ((workers + 1) * portions);
    const index_t least = static_cast<index_t>(std::min(worth_a_portion / std::max(row_cost, 1e-3), 1e15));
    const index_t most = (rest + workers) / (workers + 1);
    Portions shared(begin, batch.count,
                    std::clamp<index_t>(std::max(even, least), 1, std::max<index_t>(most, 1)));
    return work_together(batch, own, workers, [&shared](Lane& lane) { shared.work(lane); }, failure);
}

/// All rows, first on this thread in growing portions, until the clock says that help pays.
bool run_measured(const Batch& batch, Lane& lane, int most_threads, Failure& failure) {
    RowCost cost;
    index_t portion = 1;
    for (index_t begin = 0; begin < batch.count;) {
        const index_t end = std::min(batch.count, begin + portion);
        if (!lane.run(begin, end)) {
            failure = lane.failure();
            return false;
        }
        cost.add(end - begin);
        begin = end;
        portion *= 2;
        const index_t rest = batch.count - begin;
        const int workers = cost.workers(rest, std::min<index_t>(most_threads - 1, rest - 1));
        if (workers > 0) return run_split(batch, lane, begin, workers, cost.nanoseconds(), failure);
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
