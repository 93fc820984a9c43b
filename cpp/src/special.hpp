// Entries for rows of one size, which take over from a loop's own, and the time that tells where they would
// pay.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

#include "zymogen/abi.hpp"

namespace zymogen::core {

/// Only ever added to, so that threads look things up while another one adds.
class SpecialEntries {
public:
    SpecialEntries() = default;
    ~SpecialEntries();
    SpecialEntries(const SpecialEntries&) = delete;
    SpecialEntries& operator=(const SpecialEntries&) = delete;

    /// The entry for these core dimensions, or nullptr.
    Entry* find(const std::ptrdiff_t* size) const {
        const Node* node = first_.load(std::memory_order_acquire);
        while (node != nullptr && !node->fits(size)) node = node->next;
        return node == nullptr ? nullptr : node->entry;
    }

    void add(std::vector<std::ptrdiff_t> size, Entry* entry);

private:
    struct Node {
        std::vector<std::ptrdiff_t> size;
        Entry* entry;
        const Node* next;

        bool fits(const std::ptrdiff_t* other) const;
    };

    std::atomic<const Node*> first_ = nullptr;
};

/// The time that batches of one size have taken.
class TimeSpent {
public:
    using Duration = std::chrono::steady_clock::duration;

    /// True once for each change of size: when batches of this one have taken `enough` together.
    bool add(const std::ptrdiff_t* size, std::size_t dimensions, Duration time, Duration enough);

private:
    std::mutex mutex_;
    std::vector<std::ptrdiff_t> size_;
    Duration sum_{};
    bool told_ = false;
};

}  // namespace zymogen::core
