// Further threads for one batch, and whether they are worth waking.
#pragma once

#include <chrono>
#include <functional>

#include "lane.hpp"

namespace zymogen::core {

/// How long one portion of rows should take at least, in ns: taking one from a shared counter costs some 50
/// ns, and at the end of a batch threads wait for each other as long as this.
inline constexpr double worth_a_portion = 5e3;

/// What a row costs, learned while rows run one after the other on the calling thread.
class RowCost {
public:
    /// To be called after every few rows; the time since the call before is theirs.
    void add(index_t rows);

    /// In ns; the first rows pay for cold caches, so that the cheapest portion counts.
    double nanoseconds() const { return least_; }

    /// How many further threads save more than they cost with so many rows to come; at most `most`.
    int workers(index_t rows, index_t most) const;

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
    Clock::time_point before_ = start_;
    double least_ = 1e300;
};

/// Calls `work` on this thread with `own`, and on up to `workers` further threads, each with a lane of its
/// own, in the caller's floating-point environment. Gives the caller the floating-point flags that they
/// raise. `work` ends when its lane has failed: then this is false, and `failure` that of the lowest row. All
/// rows must be done when one thread has run `work` to its end, as there may be no memory for another.
bool work_together(const Batch& batch, Lane& own, int workers, const std::function<void(Lane&)>& work,
                   Failure& failure);

}  // namespace zymogen::core
