#include "workers.hpp"

#include <algorithm>
#include <cfenv>
#include <mutex>
#include <new>

#include "kept_memory.hpp"
#include "pool.hpp"

namespace zymogen::core {

namespace {

/// How much work a further thread must find to be worth waking, in ns: until it begins some 10 to 20 us go
/// by.
constexpr double worth_a_thread = 50e3;
/// How long to run before the cost of a row is believed, in ns.
constexpr double worth_believing = 10e3;

double count_nanoseconds(std::chrono::steady_clock::duration d) {
    return std::chrono::duration<double, std::nano>(d).count();
}

/// What threads hand back of a batch: the flags that they raised, and the lowest row that failed.
class Outcomes {
public:
    explicit Outcomes(Failure& lowest) : lowest_(lowest) {}

    void add(int flags, const Failure& failure) {
        const std::lock_guard lock(mutex_);
        flags_ |= flags;
        if (failure.kind == Failure::none || (failed_ && failure.row >= lowest_.row)) return;
        failed_ = true;
        lowest_ = failure;
    }

    int flags() const { return flags_; }
    bool failed() const { return failed_; }

private:
    std::mutex mutex_;
    int flags_ = 0;
    bool failed_ = false;
    Failure& lowest_;
};

/// On a further thread, which keeps neither flags nor much memory for a batch that may never come.
void help(const Batch& batch, const std::function<void(Lane&)>& work, const std::fenv_t& environment,
          Outcomes& outcomes) {
    std::fesetenv(&environment);
    std::feclearexcept(FE_ALL_EXCEPT);
    const KeptMemory kept(kept_by_helper);
    try {
        Lane lane(batch, thread_arena().reserve(lane_bytes(batch)));
        work(lane);
        outcomes.add(std::fetestexcept(FE_ALL_EXCEPT), lane.failure());
    } catch (const std::bad_alloc&) {
        // The other threads do this one's part.
    }
}

}  // namespace

void RowCost::add(index_t rows) {
    const auto now = Clock::now();
    least_ = std::min(least_, count_nanoseconds(now - before_) / static_cast<double>(rows));
    before_ = now;
}

int RowCost::workers(index_t rows, index_t most) const {
    if (most <= 0 || count_nanoseconds(before_ - start_) < worth_believing) return 0;
    const double wanted = least_ * static_cast<double>(rows) / worth_a_thread;
    return static_cast<int>(std::min(wanted, static_cast<double>(most)));
}

bool work_together(const Batch& batch, Lane& own, int workers, const std::function<void(Lane&)>& work,
                   Failure& failure) {
    std::fenv_t environment;
    std::fegetenv(&environment);
    Outcomes outcomes(failure);
    work_with_help(workers, [&] { work(own); }, [&] { help(batch, work, environment, outcomes); });
    outcomes.add(0, own.failure());
    if (outcomes.flags() != 0) std::feraiseexcept(outcomes.flags());
    return !outcomes.failed();
}

}  // namespace zymogen::core
