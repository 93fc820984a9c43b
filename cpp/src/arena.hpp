// Working memory of a thread that is kept from call to call.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace zymogen::core {

inline constexpr std::size_t alignment = 64;  ///< a cache line, and the widest vector register

inline std::size_t aligned(std::size_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

/// Memory that only grows while it is in use, so that repeated calls allocate nothing.
class Arena {
public:
    /// At least `bytes` bytes aligned to `alignment`; what was handed out before is lost. Throws
    /// std::bad_alloc.
    char* reserve(std::size_t bytes);

    /// Gives the memory back if it is more than `most` bytes.
    void trim(std::size_t most);

private:
    struct Free {
        void operator()(char* memory) const { std::free(memory); }
    };
    std::unique_ptr<char, Free> memory_;
    std::size_t capacity_ = 0;
};

/// The calling thread's arena.
Arena& thread_arena();

}  // namespace zymogen::core
