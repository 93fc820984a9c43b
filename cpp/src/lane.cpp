#include "lane.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "arena.hpp"
#include "sums.hpp"
#include "zymogen/kept_caches.hpp"

namespace zymogen::core {

namespace {

/// `a * b`, or std::bad_alloc: a scratch array may be larger than any array that exists.
std::size_t product(std::size_t a, std::size_t b) {
    std::size_t result;
    if (__builtin_mul_overflow(a, b, &result)) throw std::bad_alloc();
    return result;
}

std::size_t scratch_bytes(const Scratch& scratch, const index_t* size) {
    std::size_t bytes = static_cast<std::size_t>(scratch.itemsize);
    for (int d : scratch.dims) bytes = product(bytes, static_cast<std::size_t>(size[d]));
    return bytes;
}

std::size_t buffer_bytes(const Batch& batch, const Buffered& b) {
    return aligned(static_cast<std::size_t>(batch.block * b.row_bytes));
}

/// Of the addresses of all scratch arrays: nested levels double their number, so that no fixed one is enough.
std::size_t scratch_table_bytes(const Batch& batch) {
    return aligned(batch.compiled.loop.scratch.size() * sizeof(char*));
}

}  // namespace

std::size_t lane_bytes(const Batch& batch) {
    std::size_t bytes = 0;
    for (int b = 0; b < batch.buffered_count; ++b) {
        bytes += buffer_bytes(batch, batch.buffered[static_cast<std::size_t>(b)]);
    }
    for (int s = 0; s < batch.summed_count; ++s) {
        bytes += buffer_bytes(batch, batch.summed[static_cast<std::size_t>(s)]);
    }
    bytes += scratch_table_bytes(batch);
    for (const Scratch& scratch : batch.compiled.loop.scratch) {
        const std::size_t more = scratch_bytes(scratch, batch.size) + alignment;
        if (__builtin_add_overflow(bytes, more, &bytes)) throw std::bad_alloc();
    }
    return bytes;
}

Lane::Lane(const Batch& batch, char* memory) : batch_(batch) {
    failure_.kind = Failure::none;
    for (int b = 0; b < batch.buffered_count; ++b) {
        const auto k = static_cast<std::size_t>(b);
        buffer_[k] = memory;
        memory += buffer_bytes(batch, batch.buffered[k]);
    }
    for (int s = 0; s < batch.summed_count; ++s) {
        const auto k = static_cast<std::size_t>(s);
        rows_[k] = memory;
        memory += buffer_bytes(batch, batch.summed[k]);
    }
    const std::vector<Scratch>& scratch = batch.compiled.loop.scratch;
    scratch_ = reinterpret_cast<char**>(memory);
    memory += scratch_table_bytes(batch);
    for (std::size_t k = 0; k < scratch.size(); ++k) {
        const std::size_t bytes = scratch_bytes(scratch[k], batch.size);
        scratch_[k] = memory;
        if (scratch[k].zero) std::memset(memory, 0, bytes);
        memory += aligned(bytes);
    }
}

bool Lane::run(index_t begin, index_t end) {
    for (index_t b = begin; b < end; b += batch_.block) {
        if (!run_block(b, std::min(end, b + batch_.block))) return false;
    }
    return true;
}

bool Lane::run_block(index_t begin, index_t end) {
    const Loop& loop = batch_.compiled.loop;
    std::array<char*, max_operands> first;
    std::array<index_t, max_operands> step;
    for (std::size_t k = 0; k < loop.operands.size(); ++k) {
        first[k] = batch_.first[k] + begin * batch_.step[k];
        step[k] = batch_.step[k];
    }
    for (int b = 0; b < batch_.buffered_count; ++b) {
        const Buffered& buffered = batch_.buffered[static_cast<std::size_t>(b)];
        char* const buffer = buffer_[static_cast<std::size_t>(b)];
        first[static_cast<std::size_t>(buffered.operand)] = buffer;
        step[static_cast<std::size_t>(buffered.operand)] = buffered.row_bytes;
        if (batch_.operand(buffered).role != Role::output) pack_rows(batch_, buffered, begin, end, buffer);
    }
    for (int s = 0; s < batch_.summed_count; ++s) {
        const Buffered& summed = batch_.summed[static_cast<std::size_t>(s)];
        first[static_cast<std::size_t>(summed.operand)] = rows_[static_cast<std::size_t>(s)];
        step[static_cast<std::size_t>(summed.operand)] = summed.row_bytes;
    }

    const Rows rows{first.data(), step.data(), batch_.size,
                    scratch_,     end - begin, batch_.compiled.check_first.load(std::memory_order_relaxed),
                    &kept_caches};
    failure_.kind = Failure::none;
    failure_.row = 0;
    failure_.message[0] = '\0';
    const bool failed = batch_.entry(&rows, &failure_) != Failure::none;
    if (failed) {
        batch_.compiled.check_first.store(1, std::memory_order_relaxed);
        failure_.row += begin;
        return false;
    }
    for (int b = 0; b < batch_.buffered_count; ++b) {
        const Buffered& buffered = batch_.buffered[static_cast<std::size_t>(b)];
        if (batch_.operand(buffered).role == Role::output) {
            unpack_rows(batch_, buffered, begin, end, buffer_[static_cast<std::size_t>(b)]);
        }
    }
    if (batch_.summed_count > 0) add_rows(batch_, rows_.data(), end - begin, sums_);
    return true;
}

}  // namespace zymogen::core
