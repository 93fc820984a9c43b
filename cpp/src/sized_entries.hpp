// Entries for rows of one size, which take over from a loop's own.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "zymogen/abi.hpp"

namespace zymogen::core {

/// Only ever added to, so that threads look things up while another one adds.
class SizedEntries {
public:
    SizedEntries() = default;
    ~SizedEntries();
    SizedEntries(const SizedEntries&) = delete;
    SizedEntries& operator=(const SizedEntries&) = delete;

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

}  // namespace zymogen::core
