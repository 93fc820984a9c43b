// Dense rows: finding out whether arrays have them, and copying to and from them.
#pragma once

#include <array>
#include <span>

#include "loop.hpp"

namespace zymogen::core {

/// Whether an array with core dimensions `dims` and these strides in bytes is row-major without gaps.
/// Strides along dimensions of size 1, and of arrays without items, do not matter.
bool is_dense(const std::vector<int>& dims, const index_t* size, const index_t* strides, index_t itemsize);

/// One direction in which a block of items is walked: how many, and the strides in bytes on both sides.
struct Axis {
    index_t count;
    index_t to;
    index_t from;
};

inline constexpr std::size_t max_axes = 65;  ///< NumPy's limit, and one for the rows

/// From rows of an operand as they lie (`from`) to dense ones (`to`): the rows themselves, then their core
/// dimensions. `step` is that from row to row, and `strides` are those along core dimensions, in bytes.
std::span<Axis> axes_to_dense_rows(const Operand& operand, const index_t* size, index_t rows, index_t step,
                                   const index_t* strides, std::array<Axis, max_axes>& storage);

/// Copies a block of items. `axes` is changed. The two sides must not overlap.
void copy_block(std::span<Axis> axes, char* to, const char* from, index_t itemsize);

}  // namespace zymogen::core
