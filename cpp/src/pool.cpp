#include "pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace zymogen::core {

namespace {

/// How long to look for the end of others' last rows before sleeping: to be woken takes longer than they do.
constexpr auto worth_a_look = std::chrono::microseconds(20);

/// While this exists, threads that are started leave signals to Python's, but for those that a kernel's own
/// instructions raise.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t others;
        sigfillset(&others);
        for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&others, own);
        pthread_sigmask(SIG_BLOCK, &others, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

/// What one caller wants help with. It lives on the caller's stack.
struct Job {
    const std::function<void()>& help;
    int seats;                     ///< calls of `help` that may still begin
    std::atomic<int> running = 0;  ///< calls of `help` that have not ended; changed under the pool's lock
};

class Pool {
public:
    /// That of this process: the child of a fork has another one. Never destroyed: its threads wait in it
    /// until the process ends.
    static Pool* present;

    void open(Job& job) {
        const int seats = job.seats;  // fewer as soon as the lock is free
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(&job);
            start(seats);
        }
        for (int seat = 0; seat < seats; ++seat) wanted_.notify_one();
    }

    /// Nobody begins with this job any more, and those that have begun have ended.
    void close(Job& job) {
        std::unique_lock lock(mutex_);
        std::erase(open_, &job);
        if (job.running == 0) return;
        lock.unlock();
        const auto end = std::chrono::steady_clock::now() + worth_a_look;
        while (std::chrono::steady_clock::now() < end) {
            if (job.running == 0) return;
        }
        lock.lock();
        left_.wait(lock, [&job] { return job.running == 0; });
    }

    /// Those that wait; they are started again when they are needed.
    void end_threads() {
        std::unique_lock lock(mutex_);
        ++ending_;
        wanted_.notify_all();
        left_.wait(lock, [this] { return waiting_ == 0; });
        --ending_;
    }

private:
    std::mutex mutex_;
    std::condition_variable wanted_;  ///< there is a job with a free seat
    std::condition_variable left_;    ///< somebody was the last to leave a job, or left for ever
    std::vector<Job*> open_;          ///< jobs with free seats
    int threads_ = 0;
    int waiting_ = 0;  ///< of these, who has no job or has not begun to look for one
    int ending_ = 0;   ///< callers of `end_threads`

    /// Until there are so many threads.
    void start(int count) {
        if (threads_ >= count) return;
        const SignalsBlocked blocked;
        try {
            for (; threads_ < count; ++threads_, ++waiting_) std::thread([this] { serve(); }).detach();
        } catch (const std::system_error&) {
            // No more threads to be had: those there are do all the work.
        }
    }

    void serve() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wanted_.wait(lock, [this] { return ending_ > 0 || !open_.empty(); });
            --waiting_;
            if (ending_ > 0) break;
            Job& job = *open_.front();
            ++job.running;
            if (--job.seats == 0) open_.erase(open_.begin());
            lock.unlock();
            job.help();
            // Where `help` forked, this thread is the child's only one: nobody waits for what it has done.
            if (this != present) std::_Exit(EXIT_FAILURE);
            lock.lock();
            // The job may be gone as soon as this is 0.
            if (--job.running == 0) left_.notify_all();
            ++waiting_;
        }
        --threads_;
        left_.notify_all();
    }
};

Pool* Pool::present = new Pool;

/// Threads that wait end before a fork: Python warns of forks while there are threads. The child has no
/// others either, and may have been made while one of them held the lock, so it gets a pool of its own.
[[maybe_unused]] const int forks_are_known =
    pthread_atfork([] { Pool::present->end_threads(); }, nullptr, [] { Pool::present = new Pool; });

}  // namespace

void work_with_help(int most, const std::function<void()>& own, const std::function<void()>& help) {
    struct Opened {
        Job job;
        Pool* const pool = Pool::present;
        bool has_threads() const { return pool == Pool::present; }
        ~Opened() {
            if (has_threads()) pool->close(job);
        }
    } opened{{help, most}};
    opened.pool->open(opened.job);
    own();
    if (!opened.has_threads()) throw ForkedInBatch();
}

}  // namespace zymogen::core
