// What a thread keeps of its memory when it is done with a batch.
#pragma once

#include <cstddef>

#include "arena.hpp"
#include "zymogen/kept_caches.hpp"

namespace zymogen::core {

/// Bytes of working memory, and as many of caches. A helping thread is one of as many as there are cores, and
/// may wait for ever; but without a few megabytes it would be given empty pages for each batch.
inline constexpr std::size_t kept_by_helper = std::size_t{8} << 20;

/// While it exists, the thread takes what memory a batch needs; then it gives back each kind of which it has
/// more than `most` bytes.
class KeptMemory {
public:
    explicit KeptMemory(std::size_t most) : most_(most) {}
    ~KeptMemory() {
        thread_arena().trim(most_);
        thread_caches().end_call(most_);
    }
    KeptMemory(const KeptMemory&) = delete;
    KeptMemory& operator=(const KeptMemory&) = delete;

private:
    std::size_t most_;
};

}  // namespace zymogen::core
