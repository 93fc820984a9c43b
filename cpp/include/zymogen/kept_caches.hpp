// Large memory of derivative code that a thread keeps from call to call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <zymogen/abi.hpp>

namespace zymogen {

/// Bytes of what a thread that calls keeps for its next call, which may never come.
inline constexpr std::size_t kept_by_caller = std::size_t{64} << 20;

/// All memory comes from malloc, and what is noted of it here only says how it can be used again: memory that
/// is not noted is freed.
class KeptCaches {
public:
    KeptCaches() = default;
    KeptCaches(const KeptCaches&) = delete;
    KeptCaches& operator=(const KeptCaches&) = delete;
    ~KeptCaches() { drop(); }

    /// As malloc.
    void* allocate(std::size_t bytes) {
        Block* best = nullptr;
        for (Block& block : blocks_) {
            if (block.state != State::kept || block.bytes < bytes || block.bytes / 2 > bytes) continue;
            if (best == nullptr || block.bytes < best->bytes) best = &block;
        }
        if (best != nullptr) {
            best->state = State::used;
            ++used_;
            kept_ -= best->bytes;
            return best->memory;
        }
        void* memory = std::malloc(bytes);
        if (memory == nullptr) {
            drop();
            memory = std::malloc(bytes);
        }
        if (memory != nullptr) note(memory, bytes);
        return memory;
    }

    /// Keeps memory that `allocate` gave, and frees other. Returns whether it was of `allocate`.
    bool release(void* memory) {
        for (Block& block : blocks_) {
            if (block.state != State::used || block.memory != memory) continue;
            block.state = State::kept;
            block.call = call_;
            --used_;
            kept_ += block.bytes;
            return true;
        }
        std::free(memory);
        return false;
    }

    /// After a call: of more than `most` bytes, gives back what this call has not used, and all of it if that
    /// is not enough; and forgets what a row that failed has not released.
    void end_call(std::size_t most) {
        if (kept_ > most) drop_unused();
        if (kept_ > most) drop();
        if (used_ > 0) forget();
        ++call_;
    }

private:
    enum class State { none, used, kept };
    struct Block {
        void* memory = nullptr;
        std::size_t bytes = 0;
        State state = State::none;
        std::uint64_t call = 0;  ///< that released it
    };

    std::array<Block, 32> blocks_;
    std::size_t kept_ = 0;  ///< bytes
    int used_ = 0;          ///< blocks
    std::uint64_t call_ = 0;

    void note(void* memory, std::size_t bytes) {
        Block* const place = free_place();
        if (place == nullptr) return;
        *place = {memory, bytes, State::used, call_};
        ++used_;
    }

    Block* free_place() {
        Block* kept = nullptr;
        for (Block& block : blocks_) {
            if (block.state == State::none) return &block;
            if (block.state == State::kept) kept = &block;
        }
        if (kept != nullptr) give_back(*kept);
        return kept;
    }

    void give_back(Block& block) {
        std::free(block.memory);
        kept_ -= block.bytes;
        block.state = State::none;
    }

    void forget() {
        for (Block& block : blocks_)
            if (block.state == State::used) block.state = State::none;
        used_ = 0;
    }

    void drop_unused() {
        for (Block& block : blocks_)
            if (block.state == State::kept && block.call != call_) give_back(block);
    }

    void drop() {
        for (Block& block : blocks_)
            if (block.state == State::kept) give_back(block);
    }
};

/// The calling thread's.
inline KeptCaches& thread_caches() {
    thread_local KeptCaches caches;
    return caches;
}

/// What entries are given to use them.
inline constexpr CacheMemory kept_caches{
    [](std::size_t bytes) { return thread_caches().allocate(bytes); },
    [](void* memory) { return thread_caches().release(memory); },
};

}  // namespace zymogen
