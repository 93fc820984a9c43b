// What one thread does for a batch: it takes ranges of rows, with buffers and scratch arrays of its own.
#pragma once

#include "batch.hpp"

namespace zymogen::core {

/// Bytes of working memory that one lane of this batch needs. Throws std::bad_alloc if that is beyond
/// counting.
std::size_t lane_bytes(const Batch& batch);

/// Called without the GIL: no Python objects in here.
class Lane {
public:
    /// `memory` has `lane_bytes(batch)` bytes, is aligned to `alignment`, and belongs to this lane alone.
    Lane(const Batch& batch, char* memory);
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Where rows of summed outputs are added from now on; see sums.hpp.
    void sum_into(char* sums) { sums_ = sums; }

    /// Runs rows [begin, end) in order. False if one failed: `failure()` then counts its row from the batch's
    /// first.
    bool run(index_t begin, index_t end);

    const Failure& failure() const { return failure_; }

private:
    const Batch& batch_;
    std::array<char*, max_operands> buffer_;  ///< of each of the batch's buffered operands
    std::array<char*, max_operands> rows_;    ///< of each of its summed outputs, before they are added
    char** scratch_;  ///< of each scratch array; the table is the lane's own memory too
    char* sums_ = nullptr;
    Failure failure_;

    bool run_block(index_t begin, index_t end);
};

}  // namespace zymogen::core
