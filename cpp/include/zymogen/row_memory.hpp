// Memory that derivative code allocates for values which the way back needs of the way there.
//
// Where a reverse pass is differentiated once more, Enzyme drops the freeing of what it stored of integers
// (https://github.com/EnzymeAD/Enzyme/issues/2914). The build redirects such allocations to
// `zymogen_row_memory`, which lives as long as the row. What is freed in the function that allocates it is
// redirected to `zymogen_cache_memory` and `zymogen_cache_release`: the C library gives large memory back to
// the system, which then hands out empty pages at each call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <zymogen/abi.hpp>

namespace zymogen {

/// The allocations of one thread's current row.
class RowMemory {
public:
    explicit RowMemory(const CacheMemory* caches) : outer_(current_), caches_(caches) { current_ = this; }
    ~RowMemory() {
        end_row();
        current_ = outer_;
    }
    RowMemory(const RowMemory&) = delete;
    RowMemory& operator=(const RowMemory&) = delete;

    void end_row() {
        // Volatile: the optimiser believes that derivative code allocates with malloc, and so leaves this
        // alone.
        if (static_cast<Block* volatile&>(newest_) != nullptr) release();
    }

    [[gnu::noinline]] void release() noexcept {
        while (Block* const block = newest_) {
            newest_ = block->older;
            std::free(block);
        }
    }

    /// Memory until the end of the row. Null where there is none, here and below, as malloc gives it: of a
    /// loop that does not run, derivative code may ask for any size, and never uses what it gets.
    static void* allocate(std::size_t size) {
        if (size > SIZE_MAX - sizeof(Block)) return nullptr;
        auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
        if (block == nullptr) return nullptr;
        block->older = current_->newest_;
        current_->newest_ = block;
        return block + 1;
    }

    /// Memory until it is given to `release_cache`.
    static void* allocate_cache(std::size_t size) {
        RowMemory* const row = current_;
        if (size < large || !keeps(row)) return std::malloc(size);
        ++row->large_caches_;
        return row->caches_->allocate(size);
    }

    static void release_cache(void* memory) {
        RowMemory* const row = current_;
        if (!keeps(row) || row->large_caches_ == 0) return std::free(memory);
        if (row->caches_->release(memory)) --row->large_caches_;
    }

private:
    struct alignas(std::max_align_t) Block {
        Block* older;
    };

    static constexpr std::size_t large = std::size_t{1}
                                         << 16;  ///< bytes; the C library keeps less than that itself

    static inline thread_local RowMemory* current_ = nullptr;
    Block* newest_ = nullptr;
    RowMemory* outer_;
    const CacheMemory* caches_;
    std::size_t large_caches_ = 0;  ///< that are not released

    /// The threads of a loop inside a kernel run no rows.
    static bool keeps(const RowMemory* row) { return row != nullptr && row->caches_ != nullptr; }
};

}  // namespace zymogen

extern "C" {
[[gnu::used, gnu::noinline]] static void* zymogen_row_memory(std::size_t size) {
    return zymogen::RowMemory::allocate(size);
}
[[gnu::used, gnu::noinline]] static void* zymogen_cache_memory(std::size_t size) {
    return zymogen::RowMemory::allocate_cache(size);
}
[[gnu::used, gnu::noinline]] static void zymogen_cache_release(void* memory) {
    zymogen::RowMemory::release_cache(memory);
}
}
