// Numbers picked from one array into another: entries of a sparse matrix from its products with a few
// vectors.
#pragma once

#include <cstdint>
#include <span>

namespace zymogen::core {

/// result[r, k] = source[r, index[k]] for all rows r of `source`, which has `width` numbers in a row, and of
/// `result`. Every index must be in [0, width). `Number` is any type of the numbers' size.
template <class Number, class Index>
void gather(std::span<const Number> source, std::size_t width, std::span<const Index> index,
            std::span<Number> result) {
    for (const Number* from = source.data(); !result.empty(); from += width) {
        Number* to = result.data();
        for (const Index place : index) *to++ = from[place];
        result = result.subspan(index.size());
    }
}

}  // namespace zymogen::core
