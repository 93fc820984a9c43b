#include "sized_entries.hpp"

#include <algorithm>
#include <utility>

namespace zymogen::core {

bool SizedEntries::Node::fits(const std::ptrdiff_t* other) const {
    return std::equal(size.begin(), size.end(), other);
}

SizedEntries::~SizedEntries() {
    for (const Node* node = first_.load(); node != nullptr;) delete std::exchange(node, node->next);
}

void SizedEntries::add(std::vector<std::ptrdiff_t> size, Entry* entry) {
    auto* const node = new Node{std::move(size), entry, first_.load()};
    while (!first_.compare_exchange_weak(node->next, node, std::memory_order_release)) {
    }
}

}  // namespace zymogen::core
