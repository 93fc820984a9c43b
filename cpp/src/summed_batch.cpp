#include "summed_batch.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "kept_memory.hpp"
#include "sums.hpp"
#include "threads.hpp"
#include "workers.hpp"

namespace zymogen::core {

namespace {

/// How long rows run, in ns, before a thread looks whether a part before its own has failed.
constexpr double worth_a_look = 1e6;

/// A batch cut into parts of consecutive rows, each with sums of its own. The parts follow from the numbers
/// of rows and threads alone; which thread runs a part depends on the clock, and makes no difference to its
/// sums.
class Parts {
public:
    /// `sums` has room for a set of sums of each part.
    Parts(const Batch& batch, index_t count, char* sums)
        : batch_(batch), count_(count), sums_(sums), bytes_(sums_bytes(batch)), failed_(count) {}

    index_t begin(index_t part) const {
        return batch_.count / count_ * part + std::min(part, batch_.count % count_);
    }

    char* sums(index_t part) const { return sums_ + static_cast<std::size_t>(part) * bytes_; }

    /// From now on parts [next, count) are to be had, and are run in so many rows at a time.
    void share(index_t next, index_t length) {
        next_ = next;
        length_ = length;
    }

    /// The rows of a part from `row` on. False if one failed, in this part or before.
    bool run(Lane& lane, index_t part, index_t row) {
        lane.sum_into(sums(part));
        for (const index_t end = begin(part + 1); row < end; row += length_) {
            if (failed_.load(std::memory_order_relaxed) < part) return false;
            if (lane.run(row, std::min(end, row + length_))) continue;
            index_t lowest = failed_.load(std::memory_order_relaxed);
            while (part < lowest && !failed_.compare_exchange_weak(lowest, part)) {
            }
            return false;
        }
        return true;
    }

    /// Runs parts in ascending order for as long as there are any.
    void work(Lane& lane) {
        for (;;) {
            const index_t part = next_.fetch_add(1, std::memory_order_relaxed);
            if (part >= count_ || !run(lane, part, begin(part))) return;
        }
    }

private:
    const Batch& batch_;
    const index_t count_;
    char* const sums_;
    const std::size_t bytes_;
    std::atomic<index_t> next_ = 0;
    index_t length_ = 1;
    std::atomic<index_t> failed_;  ///< the first part that is known to have failed
};

/// All parts, first on this thread in growing portions, until the clock says that help pays.
bool run_parts(const Batch& batch, Lane& lane, Parts& parts, index_t count, Failure& failure) {
    RowCost cost;
    index_t portion = 1;
    for (index_t part = 0; part < count; ++part) {
        lane.sum_into(parts.sums(part));
        for (index_t row = parts.begin(part); row < parts.begin(part + 1);) {
            const index_t end = std::min(parts.begin(part + 1), row + portion);
            if (!lane.run(row, end)) {
                failure = lane.failure();
                return false;
            }
            cost.add(end - row);
            row = end;
            portion *= 2;
            const int workers = cost.workers(batch.count - row, count - part - 1);
            if (workers == 0) continue;
            const double look = worth_a_look / std::max(cost.nanoseconds(), 1e-3);
            parts.share(part + 1, std::max<index_t>(1, static_cast<index_t>(std::min(look, 1e15))));
            const auto work = [&](Lane& each) {
                if (&each != &lane || parts.run(lane, part, row)) parts.work(each);
            };
            return work_together(batch, lane, workers, work, failure);
        }
    }
    return true;
}

}  // namespace

bool run_summed_batch(Batch& batch, Failure& failure) {
    const KeptMemory kept(kept_by_caller);
    const index_t count = std::clamp<index_t>(batch.count, 1, thread_count());
    const std::size_t shared = batch.shared_bytes(), own = aligned(lane_bytes(batch));
    const std::size_t sums = static_cast<std::size_t>(count) * sums_bytes(batch);
    char* const memory = thread_arena().reserve(shared + own + sums);
    batch.pack_shared(memory);
    Lane lane(batch, memory + shared);
    Parts parts(batch, count, memory + shared + own);
    std::memset(parts.sums(0), 0, sums);
    const bool done = run_parts(batch, lane, parts, count, failure);
    if (done) {
        for (index_t part = 1; part < count; ++part) add_sums(batch, parts.sums(0), parts.sums(part));
        write_sums(batch, parts.sums(0));
    }
    return done;
}

}  // namespace zymogen::core
