#include "arena.hpp"

#include <limits>
#include <new>

namespace zymogen::core {

char* Arena::reserve(std::size_t bytes) {
    if (bytes > capacity_) {
        memory_.reset();  // the old contents are not needed: do not hold both at once
        capacity_ = 0;
        if (bytes > std::numeric_limits<std::size_t>::max() / 2) throw std::bad_alloc();
        char* const memory = static_cast<char*>(std::aligned_alloc(alignment, aligned(bytes)));
        if (memory == nullptr) throw std::bad_alloc();
        memory_.reset(memory);
        capacity_ = bytes;
    }
    return memory_.get();
}

void Arena::trim(std::size_t most) {
    if (capacity_ > most) {
        memory_.reset();
        capacity_ = 0;
    }
}

Arena& thread_arena() {
    thread_local Arena arena;
    return arena;
}

}  // namespace zymogen::core
