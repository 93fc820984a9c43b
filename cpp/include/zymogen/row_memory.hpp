// Memory that derivative code allocates and forgets to free: it lives as long as the row.
//
// Where a reverse pass is differentiated once more, Enzyme drops the freeing of what it stored of integers
// (https://github.com/EnzymeAD/Enzyme/issues/2914). The build redirects such allocations to
// `zymogen_row_memory`.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <exception>

namespace zymogen {

/// The allocations of one thread's current row.
class RowMemory {
public:
    RowMemory() : outer_(current_) { current_ = this; }
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

    static void* allocate(std::size_t size) {
        auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
        if (block == nullptr) std::terminate();  // derivative code cannot let an exception through
        block->older = current_->newest_;
        current_->newest_ = block;
        return block + 1;
    }

private:
    struct alignas(std::max_align_t) Block {
        Block* older;
    };

    static inline thread_local RowMemory* current_ = nullptr;
    Block* newest_ = nullptr;
    RowMemory* outer_;
};

}  // namespace zymogen

extern "C" {
[[gnu::used, gnu::noinline]] static void* zymogen_row_memory(std::size_t size) {
    return zymogen::RowMemory::allocate(size);
}
}
