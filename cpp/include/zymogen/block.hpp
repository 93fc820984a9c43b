// Blocks of rows side by side, so that one instruction does the same to several rows: the loop over the rows
// of a block has no branches and no memory of its own, and the compiler makes vectors of it.
#pragma once

#include <zymogen/names_begin.hpp>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <zymogen/abi.hpp>

namespace zymogen {

template <std::size_t bytes>
struct BitsOf;
template <>
struct BitsOf<1> {
    using type = std::uint8_t;
};
template <>
struct BitsOf<2> {
    using type = std::uint16_t;
};
template <>
struct BitsOf<4> {
    using type = std::uint32_t;
};
template <>
struct BitsOf<8> {
    using type = std::uint64_t;
};

/// Moves elements of `bytes` bytes between rows and blocks, in which element k of row r is number k * rows +
/// r.
template <std::size_t bytes, std::size_t rows>
class Mover {
    using Bits = typename BitsOf<bytes>::type;
    typedef Bits Line __attribute__((vector_size(bytes * rows), aligned(bytes), may_alias));

    /// Whether as many rows as there are in a block, of as many elements, are turned round in registers.
    static constexpr bool turns = bytes >= 4 && bytes * rows <= 64;

    /// Swaps the blocks off the diagonal of 2 x 2 blocks with `step` x `step` elements each.
    template <std::size_t step, std::size_t... k>
    [[gnu::always_inline]] static void exchange(Line& upper, Line& lower, std::index_sequence<k...>) {
        const Line first = __builtin_shufflevector(upper, lower, ((k & step) != 0 ? rows + k - step : k)...);
        lower = __builtin_shufflevector(upper, lower, ((k & step) != 0 ? rows + k : k + step)...);
        upper = first;
    }

    /// J. O. Eklundh, A fast computer method for matrix transposing, IEEE Trans. Comput. C-21 (1972).
    template <std::size_t step = 1>
    [[gnu::always_inline]] static void transpose(Line* lines) {
        if constexpr (step < rows) {
#pragma unroll
            for (std::size_t i = 0; i < rows; ++i) {
                if ((i & step) == 0)
                    exchange<step>(lines[i], lines[i + step], std::make_index_sequence<rows>());
            }
            transpose<2 * step>(lines);
        }
    }

    static Bits& element(char* row, std::size_t k) { return reinterpret_cast<Element*>(row)[k].bits; }
    static const Bits& element(const char* row, std::size_t k) {
        return reinterpret_cast<const Element*>(row)[k].bits;
    }
    struct [[gnu::may_alias]] Element {
        Bits bits;
    };

public:
    /// A whole block from rows that lie `step` bytes apart; 0 where all are one.
    template <std::size_t count>
    [[gnu::always_inline]] static void gather(char* block, const char* row, std::ptrdiff_t step) {
        std::size_t k = 0;
        if constexpr (turns) {
            for (; k + rows <= count; k += rows) {
                Line lines[rows];
#pragma unroll
                for (std::size_t r = 0; r < rows; ++r)
                    lines[r] = *reinterpret_cast<const Line*>(row + static_cast<std::ptrdiff_t>(r) * step +
                                                              k * bytes);
                transpose(lines);
#pragma unroll
                for (std::size_t r = 0; r < rows; ++r)
                    *reinterpret_cast<Line*>(block + (k + r) * rows * bytes) = lines[r];
            }
        }
        for (; k < count; ++k) {
            for (std::size_t r = 0; r < rows; ++r)
                element(block, k * rows + r) = element(row + static_cast<std::ptrdiff_t>(r) * step, k);
        }
    }

    /// The other way.
    template <std::size_t count>
    [[gnu::always_inline]] static void scatter(const char* block, char* row, std::ptrdiff_t step) {
        std::size_t k = 0;
        if constexpr (turns) {
            for (; k + rows <= count; k += rows) {
                Line lines[rows];
#pragma unroll
                for (std::size_t r = 0; r < rows; ++r)
                    lines[r] = *reinterpret_cast<const Line*>(block + (k + r) * rows * bytes);
                transpose(lines);
#pragma unroll
                for (std::size_t r = 0; r < rows; ++r)
                    *reinterpret_cast<Line*>(row + static_cast<std::ptrdiff_t>(r) * step + k * bytes) =
                        lines[r];
            }
        }
        for (; k < count; ++k) {
            for (std::size_t r = 0; r < rows; ++r)
                element(row + static_cast<std::ptrdiff_t>(r) * step, k) = element(block, k * rows + r);
        }
    }

    /// Where fewer rows are left than a block has: the last one stands in for those that are not there.
    template <std::size_t count>
    static void gather_some(char* block, const char* row, std::ptrdiff_t step, std::ptrdiff_t there) {
        for (std::size_t r = 0; r < rows; ++r) {
            const std::ptrdiff_t from = std::min(static_cast<std::ptrdiff_t>(r), there - 1);
            for (std::size_t k = 0; k < count; ++k)
                element(block, k * rows + r) = element(row + from * step, k);
        }
    }

    template <std::size_t count>
    static void scatter_some(const char* block, char* row, std::ptrdiff_t step, std::ptrdiff_t there) {
        for (std::ptrdiff_t r = 0; r < there; ++r) {
            for (std::size_t k = 0; k < count; ++k)
                element(row + r * step, k) = element(block, k * rows + static_cast<std::size_t>(r));
        }
    }
};

/// An operand's rows, `count` elements each, `rows` of them at a time.
template <class T, std::size_t count, std::size_t rows>
class Block {
public:
    Block(const Rows& all, std::size_t operand)
        : first_(all.operand[operand]), step_(all.step[operand]), total_(all.count) {
        if constexpr (std::is_const_v<T>) {
            if (step_ == 0 && total_ > 0) Moving::template gather<count>(data(), first_, 0);
        }
    }

    /// Takes the rows from `row` on; what all rows share is there already.
    [[gnu::always_inline]] void take(std::ptrdiff_t row) {
        if (step_ == 0) return;
        const char* const from = first_ + row * step_;
        if (total_ - row >= size) [[likely]]
            Moving::template gather<count>(data(), from, step_);
        else
            Moving::template gather_some<count>(data(), from, step_, total_ - row);
    }

    /// Puts results where the rows from `row` on are.
    [[gnu::always_inline]] void give(std::ptrdiff_t row) const {
        char* const to = first_ + row * step_;
        if (total_ - row >= size) [[likely]]
            Moving::template scatter<count>(data(), to, step_);
        else
            Moving::template scatter_some<count>(data(), to, step_, total_ - row);
    }

    /// Whether all results that were given are finite.
    [[nodiscard]] bool is_finite() const {
        if constexpr (std::is_floating_point_v<T>) {
            for (std::ptrdiff_t row = 0; row < total_; ++row) {
                const auto* const element = reinterpret_cast<const T*>(first_ + row * step_);
                for (std::size_t k = 0; k < count; ++k)
                    if (!std::isfinite(element[k])) return false;
            }
        }
        return true;
    }

    std::remove_const_t<T>* elements() { return elements_; }

private:
    static constexpr auto size = static_cast<std::ptrdiff_t>(rows);
    using Moving = Mover<sizeof(T), rows>;

    char* data() { return reinterpret_cast<char*>(elements_); }
    const char* data() const { return reinterpret_cast<const char*>(elements_); }

    char* first_;
    std::ptrdiff_t step_;
    std::ptrdiff_t total_;
    alignas(64) std::remove_const_t<T> elements_[count * rows];
};

/// Calls `evaluate(row)` for the first row of every block. Both sides of a branch are computed for all rows
/// of a block, and one of the two is dropped; so flags of the processor count only where a result is not
/// finite.
template <std::size_t rows, class Evaluate, class IsFinite>
inline int each_block(const Rows& all, Failure* failure, Evaluate evaluate, IsFinite is_finite) noexcept {
    constexpr int exceptional = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW;
    const int before = std::fetestexcept(exceptional);
    if (before != 0) std::feclearexcept(exceptional);
    for (std::ptrdiff_t row = 0; row < all.count; row += static_cast<std::ptrdiff_t>(rows)) evaluate(row);
    if (std::fetestexcept(exceptional) != 0 && is_finite()) std::feclearexcept(exceptional);
    if (before != 0) std::feraiseexcept(before);
    return failure->kind = Failure::none;
}

// One row of a block as arrays of its own, which end up in registers.

template <std::size_t rows, class T, std::size_t count>
[[gnu::always_inline]] inline void take_row(T (&row)[count], const T* block) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < count; ++k) row[k] = block[k * rows];
}

template <std::size_t rows, class T, std::size_t count>
[[gnu::always_inline]] inline void give_row(T* block, const T (&row)[count]) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < count; ++k) block[k * rows] = row[k];
}

/// The one-hot tangent along a component that each row chooses for itself.
template <class T, std::size_t count>
[[gnu::always_inline]] inline void set_one_hot(T (&seed)[count], std::size_t component) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < count; ++k) seed[k] = k == component ? T(1) : T(0);
}

}  // namespace zymogen

#include <zymogen/names_end.hpp>
