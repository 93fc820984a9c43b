#include "sums.hpp"

#include <cstring>

#include "arena.hpp"

namespace zymogen::core {

namespace {

/// Floats are added as doubles too: in floats, a sum of a million of them may keep no more than three digits.
template <class Real>
void add(const char* rows, index_t count, index_t items, double* __restrict sum) {
    const Real* __restrict row = reinterpret_cast<const Real*>(rows);
    for (index_t r = 0; r < count; ++r, row += items) {
        for (index_t i = 0; i < items; ++i) sum[i] += static_cast<double>(row[i]);
    }
}

std::size_t bytes_of(index_t items) {
    return aligned(static_cast<std::size_t>(items) * sizeof(double));
}

/// Calls `visit(number, output, items, offset)` for each summed output, where its sums begin at `offset` in a
/// set.
template <class Visit>
std::size_t each_sum(const Batch& batch, Visit visit) {
    std::size_t offset = 0;
    for (int s = 0; s < batch.summed_count; ++s) {
        const Buffered& output = batch.summed[static_cast<std::size_t>(s)];
        const index_t items = output.row_bytes / batch.operand(output).itemsize;
        visit(s, output, items, offset);
        offset += bytes_of(items);
    }
    return offset;
}

}  // namespace

std::size_t sums_bytes(const Batch& batch) {
    return each_sum(batch, [](int, const Buffered&, index_t, std::size_t) {});
}

void add_rows(const Batch& batch, char* const* rows, index_t count, char* sums) {
    each_sum(batch, [&](int s, const Buffered& output, index_t items, std::size_t offset) {
        double* const sum = reinterpret_cast<double*>(sums + offset);
        const bool is_float = batch.operand(output).itemsize == sizeof(float);
        (is_float ? &add<float> : &add<double>)(rows[s], count, items, sum);
    });
}

void add_sums(const Batch& batch, char* to, const char* from) {
    each_sum(batch, [&](int, const Buffered&, index_t items, std::size_t offset) {
        add<double>(from + offset, 1, items, reinterpret_cast<double*>(to + offset));
    });
}

void write_sums(const Batch& batch, char* sums) {
    each_sum(batch, [&](int, const Buffered& output, index_t items, std::size_t offset) {
        char* const sum = sums + offset;
        if (batch.operand(output).itemsize == sizeof(float)) {
            for (index_t i = 0; i < items;
                 ++i) {  // in place, from the front: a float ends before the next double
                double wide;
                std::memcpy(&wide, sum + i * index_t{sizeof wide}, sizeof wide);
                const float narrow = static_cast<float>(wide);
                std::memcpy(sum + i * index_t{sizeof narrow}, &narrow, sizeof narrow);
            }
        }
        unpack_rows(batch, output, 0, 1, sum);
    });
}

}  // namespace zymogen::core
