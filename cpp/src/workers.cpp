#include "workers.hpp"

#include <algorithm>
#include <cfenv>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "arena.hpp"

namespace zymogen::core {

namespace {

/// What a further thread must save to be worth starting, in ns: starting and joining one costs some 20 to 50
/// us.
constexpr double worth_a_thread = 200e3;
/// How long to run before the cost of a row is believed, in ns.
constexpr double worth_believing = 20e3;

double count_nanoseconds(std::chrono::steady_clock::duration d) {
    return std::chrono::duration<double, std::nano>(d).count();
}

/// A further thread, which hands back the flags and the failure that it met.
class Worker {
public:
    Worker(const Batch& batch, const std::function<void(Lane&)>& work, const std::fenv_t& environment)
        : thread_([this, &batch, &work, &environment] { run(batch, work, environment); }) {}

    ~Worker() {
        if (thread_.joinable()) thread_.join();
    }

    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void join() { thread_.join(); }
    int flags() const { return flags_; }
    const Failure& failure() const { return failure_; }

private:
    void run(const Batch& batch, const std::function<void(Lane&)>& work, const std::fenv_t& environment) {
        failure_.kind = Failure::none;
        std::fesetenv(&environment);
        std::feclearexcept(FE_ALL_EXCEPT);
        try {
            Lane lane(batch, thread_arena().reserve(lane_bytes(batch)));
            work(lane);
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
    std::vector<std::unique_ptr<Worker>> others;
    others.reserve(static_cast<std::size_t>(workers));
    try {
        for (int k = 0; k < workers; ++k) {
            others.push_back(std::make_unique<Worker>(batch, work, environment));
        }
    } catch (const std::system_error&) {
        // No more threads to be had: those there are do all the work.
    }
    work(own);
    int flags = 0;
    const Failure* lowest = own.failure().kind == Failure::none ? nullptr : &own.failure();
    for (const auto& other : others) {
        other->join();
        flags |= other->flags();
        const Failure& its = other->failure();
        if (its.kind != Failure::none && (lowest == nullptr || its.row < lowest->row)) lowest = &its;
    }
    if (flags != 0) std::feraiseexcept(flags);
    if (lowest != nullptr) failure = *lowest;
    return lowest == nullptr;
}

}  // namespace zymogen::core
