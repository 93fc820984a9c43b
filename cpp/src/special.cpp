#include "special.hpp"

#include <algorithm>
#include <utility>

namespace zymogen::core {

bool SpecialEntries::Node::fits(const std::ptrdiff_t* other) const {
    return std::equal(size.begin(), size.end(), other);
}

SpecialEntries::~SpecialEntries() {
    for (const Node* node = first_.load(); node != nullptr;) delete std::exchange(node, node->next);
}

void SpecialEntries::add(std::vector<std::ptrdiff_t> size, Entry* entry) {
    auto* const node = new Node{std::move(size), entry, first_.load()};
    while (!first_.compare_exchange_weak(node->next, node, std::memory_order_release)) {
    }
}

bool TimeSpent::add(const std::ptrdiff_t* size, std::size_t dimensions, Duration time, Duration enough) {
    const std::scoped_lock lock(mutex_);
    if (size_.size() != dimensions || !std::equal(size_.begin(), size_.end(), size)) {
        size_.assign(size, size + dimensions);
        sum_ = {};
        told_ = false;
    }
    sum_ += time;
    return sum_ >= enough && !std::exchange(told_, true);
}

}  // namespace zymogen::core
