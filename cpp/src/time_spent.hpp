// The time that batches of each size have taken, which tells where code for that size would pay.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace zymogen::core {

/// Of a few sizes. Where there are more, those that took least are forgotten.
///
/// Threads add at the same time, and there is no lock: a process may be forked at any moment, and the child
/// would wait for ever for a thread that it does not have. Where two threads meet, the time of a batch may be
/// lost, or count for another size.
class TimeSpent {
public:
    using Duration = std::chrono::steady_clock::duration;

    /// How many sizes are kept.
    static constexpr std::size_t sizes = 8;

    /// True once for each size that is kept: when batches of it have taken `enough` together.
    bool add(const std::ptrdiff_t* size, std::size_t dimensions, Duration time, Duration enough);

private:
    /// A size by its digest, or 0 for none. Two sizes with one digest would share their time.
    struct Slot {
        std::atomic<std::uint64_t> size = 0;
        std::atomic<Duration::rep> sum = 0;
        std::atomic<bool> told = false;
    };

    Slot* slot_of(std::uint64_t size);

    std::array<Slot, sizes> slots_;
};

}  // namespace zymogen::core
