// What generated entries are made of: the loop over the rows of a batch, and the way out for exceptions.
#pragma once

#include <zymogen/names_begin.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <stdexcept>

#include <zymogen/abi.hpp>
#include <zymogen/enzyme.hpp>
#include <zymogen/row_memory.hpp>
#include <zymogen/view.hpp>

namespace zymogen {

/// Thrown where an integer does not fit the kernel's type.
struct IntegerRange {
    const char* name;
    std::int64_t value;
    std::size_t bits;    ///< of the kernel's type
    std::int64_t least;  ///< which it can hold; negative where it is signed
    std::uint64_t most;
};

/// The integer argument `name` as the kernel's own integer type. Throws IntegerRange where the value does not
/// fit.
template <class Integer>
inline Integer integer(std::int64_t value, const char* name) {
    using Limits = std::numeric_limits<Integer>;
    const IntegerRange range{name, value, 8 * sizeof(Integer), static_cast<std::int64_t>(Limits::min()),
                             static_cast<std::uint64_t>(Limits::max())};
    if constexpr (std::numeric_limits<Integer>::is_signed) {
        if (value < Limits::min() || value > Limits::max()) throw range;
    } else {
        if (value < 0 || static_cast<std::uint64_t>(value) > Limits::max()) throw range;
    }
    return static_cast<Integer>(value);
}

/// One row of every operand.
class Row {
public:
    Row(const Rows& rows, std::ptrdiff_t number) : rows_(rows), number_(number) {}

    template <class T>
    T* operand(std::size_t k) const {
        return reinterpret_cast<T*>(rows_.operand[k] + number_ * rows_.step[k]);
    }
    std::size_t component(std::size_t k) const {
        return static_cast<std::size_t>(*operand<const std::int64_t>(k));
    }
    /// Flat numbers of listed components, and how many.
    const std::int64_t* list(std::size_t k) const { return operand<const std::int64_t>(k) + 1; }
    std::size_t list_size(std::size_t k) const {
        return static_cast<std::size_t>(*operand<const std::int64_t>(k));
    }
    template <class T>
    T* scratch(std::size_t k) const {
        return reinterpret_cast<T*>(rows_.scratch[k]);
    }

private:
    const Rows& rows_;
    std::ptrdiff_t number_;
};

inline int fail(Failure* failure, Failure::Kind kind, std::ptrdiff_t row, const char* message) {
    failure->kind = kind;
    failure->row = row;
    std::size_t length = 0;
    while (message[length] != '\0' && length + 1 < sizeof failure->message) {
        failure->message[length] = message[length];
        ++length;
    }
    failure->message[length] = '\0';
    return kind;
}

/// Call `evaluate(row)` for every row. `evaluate` must not itself contain calls that Enzyme replaces: Enzyme
/// turns them into calls without a landing pad, and the handlers below would never see what they throw.
template <class Evaluate>
inline int each_row(const Rows* rows, Failure* failure, Evaluate evaluate) noexcept {
    std::ptrdiff_t number = 0;
    RowMemory memory(rows->caches);
    try {
        for (; number < rows->count; ++number) {
            evaluate(Row(*rows, number));
            memory.end_row();
        }
        return failure->kind = Failure::none;
    } catch (const std::invalid_argument& error) {
        return fail(failure, Failure::invalid_argument, number, error.what());
    } catch (const std::domain_error& error) {
        return fail(failure, Failure::invalid_argument, number, error.what());
    } catch (const std::out_of_range& error) {
        return fail(failure, Failure::out_of_range, number, error.what());
    } catch (const std::bad_alloc& error) {
        return fail(failure, Failure::out_of_memory, number, error.what());
    } catch (const std::exception& error) {
        return fail(failure, Failure::runtime, number, error.what());
    } catch (const IntegerRange& range) {
        char text[512];
        std::snprintf(text, sizeof text,
                      "%s is %lld, and the kernel takes %sint%zu (%lld to %llu). "
                      "Give values that fit, or change the kernel's type.",
                      range.name, static_cast<long long>(range.value), range.least < 0 ? "" : "u", range.bits,
                      static_cast<long long>(range.least), static_cast<unsigned long long>(range.most));
        return fail(failure, Failure::integer_range, number, text);
    } catch (...) {
        return fail(failure, Failure::unknown, number, "an exception that is no std::exception");
    }
}

/// Move the elements of an array to a place that may overlap with theirs.
template <class T>
[[gnu::always_inline]] inline void move_elements(void* to, const void* from, std::size_t bytes) {
    T* const copy = static_cast<T*>(std::malloc(bytes));
    for (std::size_t i = 0; i < bytes / sizeof(T); ++i) copy[i] = static_cast<const T*>(from)[i];
    for (std::size_t i = 0; i < bytes / sizeof(T); ++i) static_cast<T*>(to)[i] = copy[i];
    std::free(copy);
}

}  // namespace zymogen

extern "C" {
/// std::memmove as Enzyme can differentiate it; the build replaces calls of the intrinsic in differentiated
/// code.
[[gnu::used, gnu::noinline]] static void zymogen_move(void* to, const void* from, std::size_t bytes) {
    void* const copy = std::malloc(bytes);
    std::memcpy(copy, from, bytes);
    std::memcpy(to, copy, bytes);
    std::free(copy);
}
/// The same for elements whose type is known, which Enzyme cannot always tell from how else they are used.
[[gnu::used, gnu::noinline]] static void zymogen_move_double(void* to, const void* from, std::size_t bytes) {
    zymogen::move_elements<double>(to, from, bytes);
}
[[gnu::used, gnu::noinline]] static void zymogen_move_float(void* to, const void* from, std::size_t bytes) {
    zymogen::move_elements<float>(to, from, bytes);
}
[[gnu::used, gnu::noinline]] static void zymogen_move_int(void* to, const void* from, std::size_t bytes) {
    zymogen::move_elements<int>(to, from, bytes);
}
[[gnu::used, gnu::noinline]] static void zymogen_move_long(void* to, const void* from, std::size_t bytes) {
    zymogen::move_elements<long>(to, from, bytes);
}
}

#include <zymogen/names_end.hpp>
