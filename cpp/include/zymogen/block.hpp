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
using BitsOf =
    std::conditional_t<bytes == 1, std::uint8_t,
                       std::conditional_t<bytes == 2, std::uint16_t,
                                          std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>>>;

/// How a block holds the rows of an operand. Rows of few numbers stay as they are, one after the other: where
/// an array has them so, it is a block already, and what a row does not need is never read. Longer ones are
/// turned round, so that rows lie side by side: element k of all rows, then element k + 1.
template <std::size_t count, std::size_t rows>
inline constexpr bool turned = count >= rows;

/// Moves elements of `bytes` bytes, `count` for each row, between an array's rows and blocks.
template <std::size_t bytes, std::size_t count, std::size_t rows>
class Mover {
    using Bits = BitsOf<bytes>;
    static constexpr std::size_t half = rows / 2;
    typedef Bits Line __attribute__((vector_size(bytes * rows), aligned(bytes), may_alias));
    typedef Bits HalfLine __attribute__((vector_size(bytes * half), aligned(bytes), may_alias));

    /// Whether `rows` elements of `rows` rows are turned round in registers.
    static constexpr bool in_registers = turned<count, rows> && bytes >= 4 && bytes * rows <= 64;

    static constexpr std::size_t place(std::size_t row, std::size_t k) {
        return turned<count, rows> ? k * rows + row : row * count + k;
    }

    /// Swaps what is off the diagonal in each two by two squares of `step` by `step` elements.
    template <std::size_t step, std::size_t... k>
    [[gnu::always_inline]] static void exchange(Line& upper, Line& lower, std::index_sequence<k...>) {
        const Line first = __builtin_shufflevector(upper, lower, ((k & step) != 0 ? rows + k - step : k)...);
        lower = __builtin_shufflevector(upper, lower, ((k & step) != 0 ? rows + k : k + step)...);
        upper = first;
    }

    /// Turns the squares round whose sides are half a line, two at a time (J. O. Eklundh, A fast computer
    /// method for matrix transposing, IEEE Trans. Comput. C-21, 1972). Those off the diagonal change places
    /// in memory.
    template <std::size_t step = 1>
    [[gnu::always_inline]] static void transpose(Line* lines) {
        if constexpr (step < half) {
#pragma unroll
            for (std::size_t i = 0; i < rows; ++i) {
                if ((i & step) == 0)
                    exchange<step>(lines[i], lines[i + step], std::make_index_sequence<rows>());
            }
            transpose<2 * step>(lines);
        }
    }

    template <std::size_t... k>
    [[gnu::always_inline]] static Line joined(const char* low, const char* high, std::index_sequence<k...>) {
        return __builtin_shufflevector(*reinterpret_cast<const HalfLine*>(low),
                                       *reinterpret_cast<const HalfLine*>(high), k...);
    }

    template <std::size_t... k>
    [[gnu::always_inline]] static void part(const Line& line, char* low, char* high,
                                            std::index_sequence<k...>) {
        *reinterpret_cast<HalfLine*>(low) = __builtin_shufflevector(line, line, k...);
        *reinterpret_cast<HalfLine*>(high) = __builtin_shufflevector(line, line, (half + k)...);
    }

    static Line& line(char* block, std::size_t k) { return *reinterpret_cast<Line*>(block + k * bytes); }
    static const Line& line(const char* block, std::size_t k) {
        return *reinterpret_cast<const Line*>(block + k * bytes);
    }
    /// Element `j` of `from` becomes element `k` of `to`. As bytes: what is written as an integer and read as
    /// a double is, to the compiler, never read.
    [[gnu::always_inline]] static void copy(char* to, std::size_t k, const char* from, std::size_t j) {
        std::memcpy(to + k * bytes, from + j * bytes, bytes);
    }
    template <class Char>
    static Char* at(Char* row, std::size_t number, std::ptrdiff_t step) {
        return row + static_cast<std::ptrdiff_t>(number) * step;
    }

    /// Squares of elements, the last of which may overlap the one before.
    template <class Do>
    [[gnu::always_inline]] static void each_square(Do square) {
        for (std::size_t k = 0; k + rows <= count; k += rows) square(k);
        if constexpr (count % rows != 0) square(count - rows);
    }

public:
    /// A whole block from rows that lie `step` bytes apart; 0 where all are one.
    [[gnu::always_inline]] static void gather(char* block, const char* row, std::ptrdiff_t step) {
        if constexpr (in_registers) {
            each_square([&](std::size_t k) {
                Line lines[rows];
#pragma unroll
                for (std::size_t r = 0; r < half; ++r) {
                    const char *const low = at(row, r, step) + k * bytes, *const high =
                                                                              at(row, half + r, step) +
                                                                              k * bytes;
                    lines[r] = joined(low, high, std::make_index_sequence<rows>());
                    lines[half + r] =
                        joined(low + half * bytes, high + half * bytes, std::make_index_sequence<rows>());
                }
                transpose(lines);
#pragma unroll
                for (std::size_t r = 0; r < rows; ++r) line(block, (k + r) * rows) = lines[r];
            });
        } else {
            for (std::size_t r = 0; r < rows; ++r) {
                for (std::size_t k = 0; k < count; ++k) copy(block, place(r, k), at(row, r, step), k);
            }
        }
    }

    /// The other way.
    [[gnu::always_inline]] static void scatter(const char* block, char* row, std::ptrdiff_t step) {
        if constexpr (in_registers) {
            each_square([&](std::size_t k) {
                Line lines[rows];
#pragma unroll
                for (std::size_t r = 0; r < rows; ++r) lines[r] = line(block, (k + r) * rows);
                transpose(lines);
#pragma unroll
                for (std::size_t r = 0; r < half; ++r) {
                    char *const low = at(row, r, step) + k * bytes, *const high =
                                                                        at(row, half + r, step) + k * bytes;
                    part(lines[r], low, high, std::make_index_sequence<half>());
                    part(lines[half + r], low + half * bytes, high + half * bytes,
                         std::make_index_sequence<half>());
                }
            });
        } else {
            for (std::size_t r = 0; r < rows; ++r) {
                for (std::size_t k = 0; k < count; ++k) copy(at(row, r, step), k, block, place(r, k));
            }
        }
    }

    /// Where fewer rows are left than a block has: the last one stands in for those that are not there.
    static void gather_some(char* block, const char* row, std::ptrdiff_t step, std::size_t there) {
        for (std::size_t r = 0; r < rows; ++r) {
            const char* const from = at(row, std::min(r, there - 1), step);
            for (std::size_t k = 0; k < count; ++k) copy(block, place(r, k), from, k);
        }
    }

    static void scatter_some(const char* block, char* row, std::ptrdiff_t step, std::size_t there) {
        for (std::size_t r = 0; r < there; ++r) {
            for (std::size_t k = 0; k < count; ++k) copy(at(row, r, step), k, block, place(r, k));
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
            if (step_ == 0 && total_ > 0) Moving::gather(data(), first_, 0);
        }
    }

    /// Goes to the rows from `row` on, and reads them; what all rows share is there already.
    [[gnu::always_inline]] void take(std::ptrdiff_t row) {
        if (step_ == 0) return;
        go(row);
        if (is_there()) return;
        if (left_ >= size) [[likely]]
            Moving::gather(data(), row_, step_);
        else
            Moving::gather_some(data(), row_, step_, static_cast<std::size_t>(left_));
    }

    /// Goes to the rows from `row` on, of an operand that is written.
    [[gnu::always_inline]] void go(std::ptrdiff_t row) {
        row_ = first_ + row * step_;
        left_ = total_ - row;
    }

    /// Puts results where these rows are.
    [[gnu::always_inline]] void give() {
        if (is_there()) return;
        if (left_ >= size) [[likely]]
            Moving::scatter(data(), row_, step_);
        else
            Moving::scatter_some(data(), row_, step_, static_cast<std::size_t>(left_));
    }

    /// The block: of rows as they lie in the array where that is one, else a copy.
    [[gnu::always_inline]] std::remove_const_t<T>* elements() {
        return is_there() ? reinterpret_cast<std::remove_const_t<T>*>(row_) : elements_;
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

private:
    static constexpr auto size = static_cast<std::ptrdiff_t>(rows);
    using Moving = Mover<sizeof(T), count, rows>;

    /// Whether the array itself has these rows as a block has them.
    [[nodiscard]] bool is_there() const {
        return !turned<count, rows> && step_ == static_cast<std::ptrdiff_t>(count * sizeof(T)) &&
               left_ >= size;
    }

    char* data() { return reinterpret_cast<char*>(elements_); }

    char* first_;
    std::ptrdiff_t step_;
    std::ptrdiff_t total_;
    char* row_ = nullptr;
    std::ptrdiff_t left_ = 0;
    alignas(64) std::remove_const_t<T> elements_[count * rows];
};

/// Calls `evaluate(row)` for the first row of every block. Both sides of a branch are computed for all rows
/// of a block, and one of the two is dropped; so flags of the processor count only where a result is not
/// finite.
template <std::size_t rows, class Evaluate, class IsFinite>
inline int each_block(const Rows& all, Failure* failure, Evaluate evaluate, IsFinite is_finite) noexcept {
    constexpr int exceptional = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW;
    const int before = std::fetestexcept(exceptional);
    if (before != 0) std::feclearexcept(exceptional);
    for (std::ptrdiff_t row = 0; row < all.count; row += static_cast<std::ptrdiff_t>(rows)) evaluate(row);
    if (std::fetestexcept(exceptional) != 0 && is_finite()) std::feclearexcept(exceptional);
    if (before != 0) std::feraiseexcept(before);
    return failure->kind = Failure::none;
}

// One row of a block as arrays of its own, which end up in registers.

template <std::size_t rows, class T, std::size_t count>
[[gnu::always_inline]] inline void take_row(T (&row)[count], const T* block, std::size_t lane) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < count; ++k)
        row[k] = block[turned<count, rows> ? k * rows + lane : lane * count + k];
}

template <std::size_t rows, class T, std::size_t count>
[[gnu::always_inline]] inline void give_row(T* block, const T (&row)[count], std::size_t lane) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < count; ++k)
        block[turned<count, rows> ? k * rows + lane : lane * count + k] = row[k];
}

/// The one-hot tangent along a component that each row chooses for itself.
template <class T, std::size_t count>
[[gnu::always_inline]] inline void set_one_hot(T (&seed)[count], std::size_t component) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < count; ++k) seed[k] = k == component ? T(1) : T(0);
}

}  // namespace zymogen

#include <zymogen/names_end.hpp>
