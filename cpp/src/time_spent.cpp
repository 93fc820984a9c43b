#include "time_spent.hpp"

#include <algorithm>

namespace zymogen::core {

namespace {

/// The finaliser of SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014).
std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

/// Never 0.
std::uint64_t digest(const std::ptrdiff_t* size, std::size_t dimensions) {
    std::uint64_t bits = 0;
    for (std::size_t d = 0; d < dimensions; ++d) {
        bits = mixed(bits + 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(size[d]));
    }
    return bits | 1;
}

}  // namespace

bool TimeSpent::add(const std::ptrdiff_t* size, std::size_t dimensions, Duration time, Duration enough) {
    Slot* const slot = slot_of(digest(size, dimensions));
    if (slot == nullptr) return false;
    return slot->sum.fetch_add(time.count()) + time.count() >= enough.count() && !slot->told.exchange(true);
}

/// Where the size's time is to be added; nullptr if another thread has just taken the slot for another size.
TimeSpent::Slot* TimeSpent::slot_of(std::uint64_t size) {
    for (Slot& slot : slots_) {
        if (slot.size.load() == size) return &slot;
    }
    // Free ones first; then those that have been told of, as their time is of no more use.
    const auto worth = [](const Slot& slot) { return slot.told.load() ? 0 : slot.sum.load(); };
    Slot& least = *std::min_element(slots_.begin(), slots_.end(), [&](const Slot& a, const Slot& b) {
        const bool a_free = a.size.load() == 0, b_free = b.size.load() == 0;
        return a_free != b_free ? a_free : worth(a) < worth(b);
    });
    std::uint64_t before = least.size.load();
    if (!least.size.compare_exchange_strong(before, size)) return before == size ? &least : nullptr;
    least.sum = 0;
    least.told = false;
    return &least;
}

}  // namespace zymogen::core
