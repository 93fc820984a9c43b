#include "threads.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "kept_memory.hpp"
#include "workers.hpp"

namespace zymogen::core {

namespace {

/// Portions per thread at least: rows may differ in cost, so nobody should be left with a large one.
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

/// Rows that several threads take portions of, which become smaller towards the end, so that all threads end
/// together. Portions are handed out in ascending order, so all rows below a failed one have been taken by
/// somebody who finishes them: the lowest failing row is always found.
class Portions {
public:
    Portions(index_t begin, index_t end, index_t threads, index_t least)
        : next_(begin),
          end_(end),
          share_(2 * threads),
          least_(least),
          most_(std::max<index_t>((end - begin) / (threads * portions), 1)) {}

    void work(Lane& lane) {
        for (;;) {
            const auto [begin, end] = take();
            if (begin >= end_ || begin > lowest_.load(std::memory_order_relaxed)) return;
            if (lane.run(begin, end)) continue;
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
    const index_t share_;  ///< a portion is at most one of so many parts of the rows that are left
    const index_t least_;
    const index_t most_;
    std::atomic<index_t> lowest_ = std::numeric_limits<index_t>::max();

    struct Range {
        index_t begin;
        index_t end;
    };

    Range take() {
        index_t begin = next_.load(std::memory_order_relaxed);
        for (;;) {
            if (begin >= end_) return {end_, end_};
            const index_t left = end_ - begin;
            const index_t length = std::max(std::min(most_, left / share_), least_);
            const index_t end = begin + std::min(length, left);
            if (next_.compare_exchange_weak(begin, end, std::memory_order_relaxed)) return {begin, end};
        }
    }
};

/// Rows [begin, count) on so many further threads and this one. False if a row failed.
bool run_split(const Batch& batch, Lane& own, index_t begin, int workers, double row_cost, Failure& failure) {
    const double least = std::clamp(worth_a_portion / std::max(row_cost, 1e-3), 1.0, 1e15);
    Portions shared(begin, batch.count, workers + 1, static_cast<index_t>(least));
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
    const KeptMemory kept(kept_by_caller);
    const std::size_t shared = batch.shared_bytes();
    const std::size_t bytes = shared + lane_bytes(batch);
    char* const memory = bytes == 0 ? nullptr : thread_arena().reserve(bytes);
    batch.pack_shared(memory);
    Lane lane(batch, memory + shared);
    const int most_threads = batch.in_order ? 1 : thread_count();
    if (batch.count > 1 && most_threads > 1) return run_measured(batch, lane, most_threads, failure);
    if (lane.run(0, batch.count)) return true;
    failure = lane.failure();
    return false;
}

}  // namespace zymogen::core
