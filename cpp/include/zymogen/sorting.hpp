// Sorting, for derivatives: `std::sort`, `std::stable_sort`, `std::partial_sort` and `std::nth_element`, and
// those of std::ranges. The build puts this header before a source that uses one of them.
//
// All that they do is to move elements. So where the elements go is found by the library's own algorithm, on
// a copy, in a function that has no derivative; then the elements are moved there by a plain loop, and this
// is all that is differentiated. Values are those without derivatives, bit by bit. Elements may lie anywhere,
// as long as an iterator leads to themselves and not to a stand-in for them.
#pragma once

#if __cplusplus >= 202002L && __has_include(<__config>)

#include <zymogen/names_begin.hpp>

#include <__iterator/concepts.h>
#include <__config>
#include <type_traits>

namespace zymogen::sorting {

/// With this policy, algorithms of the library are what they are without this header.
struct Unseen;

template <class Policy, class Iterator, class T = std::iter_value_t<Iterator>>
concept followed = !std::is_same_v<Policy, Unseen> && std::is_same_v<std::iter_reference_t<Iterator>, T&> &&
                   std::is_trivially_copy_constructible_v<T> && std::is_copy_assignable_v<T> &&
                   std::is_trivially_destructible_v<T> && !std::is_same_v<T, long double> &&
                   alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace zymogen::sorting

// The library's templates find these in place of their own, which say less of what they take: therefore this
// header comes first.
_LIBCPP_BEGIN_NAMESPACE_STD

template <class Policy, class Iterator, class Compare>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr void __sort_impl(Iterator first, Iterator last, Compare& compare);

template <class Policy, class Iterator, class Compare>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr void __stable_sort_impl(Iterator first, Iterator last, Compare& compare);

template <class Policy, class Iterator, class Compare>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr void __nth_element_impl(Iterator first, Iterator nth, Iterator last, Compare& compare);

template <class Policy, class Compare, class Iterator, class Sentinel>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr Iterator __partial_sort(Iterator first, Iterator middle, Sentinel last, Compare& compare);

_LIBCPP_END_NAMESPACE_STD

#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <zymogen/rules.hpp>

template <>
struct std::_IterOps<zymogen::sorting::Unseen> : std::_IterOps<std::_ClassicAlgPolicy> {};

namespace zymogen::sorting {

struct Sort {
    template <class Iterator, class Compare>
    static constexpr void run(Iterator first, Iterator, Iterator last, Compare& compare) {
        std::__sort_impl<Unseen>(first, last, compare);
    }
};
struct StableSort {
    template <class Iterator, class Compare>
    static constexpr void run(Iterator first, Iterator, Iterator last, Compare& compare) {
        std::__stable_sort_impl<Unseen>(first, last, compare);
    }
};
struct NthElement {
    template <class Iterator, class Compare>
    static constexpr void run(Iterator first, Iterator nth, Iterator last, Compare& compare) {
        std::__nth_element_impl<Unseen>(first, nth, last, compare);
    }
};
struct PartialSort {
    template <class Iterator, class Compare>
    static constexpr void run(Iterator first, Iterator middle, Iterator last, Compare& compare) {
        std::__partial_sort<Unseen>(first, middle, last, compare);
    }
};

/// An element, and where it was. The library treats it as it treats the element alone, unless that is a
/// number.
template <class T>
struct Placed {
    T value;
    std::size_t place;
};

/// A real number's bits as an integer that is ordered as the number, and where the number was.
template <class Bits>
struct Key {
    Bits bits;
    std::size_t place;
    auto operator<=>(const Key&) const = default;
};

/// Where the numbers of `elements` are, from the least to the greatest; equal bits in their order.
template <class T>
auto ordered(const std::vector<T>& elements) {
    using Bits = std::conditional_t<sizeof(T) == sizeof(std::int64_t), std::int64_t, std::int32_t>;
    std::vector<Key<Bits>> keys(elements.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto bits = std::bit_cast<Bits>(elements[i]);
        keys[i] = {bits < 0 ? bits ^ std::numeric_limits<Bits>::max() : bits, i};
    }
    std::less<> less;
    std::__sort_impl<Unseen>(keys.data(), keys.data() + keys.size(), less);
    return keys;
}

template <class Iterator>
constexpr Iterator ahead(Iterator first, std::size_t n) {
    return first + static_cast<std::iter_difference_t<Iterator>>(n);
}

/// Whether the library sees that elements are one after the other in memory, for which it has code of its
/// own.
template <class Iterator>
constexpr bool in_one_piece =
    std::contiguous_iterator<decltype(std::__unwrap_iter(std::declval<Iterator>()))>;

/// Run an algorithm on an array as the library runs it through iterators of a kind.
template <class Algorithm, class Iterator, class T, class Compare>
void run_on(std::vector<T>& elements, std::size_t middle, Compare& compare) {
    const auto between = [&](auto first, auto last) {
        Algorithm::run(first, ahead(first, middle), last, compare);
    };
    if constexpr (in_one_piece<Iterator>) {
        between(elements.data(), elements.data() + elements.size());
    } else {
        std::reverse(elements.begin(), elements.end());
        between(elements.rbegin(), elements.rend());
        std::reverse(elements.begin(), elements.end());
    }
}

/// Where each element comes from when an algorithm has moved them. Without derivatives.
template <class Algorithm, class Iterator, class Compare>
struct Origin {
    using T = std::iter_value_t<Iterator>;

    static void find(Iterator elements, std::size_t n, std::size_t middle, Compare& compare,
                     std::size_t* origin) {
        if constexpr (rules::is_real<T>) {
            // Which way the library goes depends on the types of numbers and iterators.
            const std::vector<T> before(elements, ahead(elements, n));
            std::vector<T> moved = before;
            run_on<Algorithm, Iterator>(moved, middle, compare);
            const auto from = ordered(before), to = ordered(moved);
            for (std::size_t k = 0; k < n; ++k) origin[to[k].place] = from[k].place;
        } else {
            std::vector<Placed<T>> moved;
            moved.reserve(n);
            for (std::size_t i = 0; i < n; ++i) moved.push_back({*ahead(elements, i), i});
            auto of_values = [&](auto& a, auto& b) -> bool { return compare(a.value, b.value); };
            Algorithm::run(moved.data(), moved.data() + middle, moved.data() + n, of_values);
            for (std::size_t i = 0; i < n; ++i) origin[i] = moved[i].place;
        }
    }
    [[gnu::used]] static constexpr rules::Inactive<decltype(&find)> zymogen_rule_inactive_0 = {&find};
};

/// An algorithm on integers, positions for instance. Without derivatives.
template <class Algorithm, class Iterator, class Compare>
struct OfIntegers {
    static void run(Iterator first, Iterator middle, Iterator last, Compare& compare) {
        Algorithm::run(first, middle, last, compare);
    }
    [[gnu::used]] static constexpr rules::Inactive<decltype(&run)> zymogen_rule_inactive_0 = {&run};
};

/// The derivative of this is that of the algorithm.
template <class Iterator, class T = std::iter_value_t<Iterator>>
[[gnu::always_inline]] inline void move(Iterator elements, const std::size_t* origin, std::size_t n) {
    // Not by std::allocator: Enzyme crashes where it has to put off an `operator delete` with a size.
    T* const before = static_cast<T*>(::operator new(n * sizeof(T)));
    for (std::size_t i = 0; i < n; ++i) std::construct_at(before + i, *ahead(elements, i));
    for (std::size_t i = 0; i < n; ++i) *ahead(elements, i) = before[origin[i]];
    ::operator delete(before);
}

/// What the library's functions do here.
template <class Algorithm, class Iterator, class Compare>
[[gnu::always_inline]] constexpr void run(Iterator first, Iterator middle, Iterator last, Compare& compare) {
    using T = std::iter_value_t<Iterator>;
    if (std::is_constant_evaluated()) {
        Algorithm::run(first, middle, last, compare);
    } else if constexpr (std::contiguous_iterator<Iterator> && !std::is_pointer_v<Iterator>) {
        run<Algorithm>(std::to_address(first), std::to_address(middle), std::to_address(last), compare);
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        using Unchanged = OfIntegers<Algorithm, Iterator, Compare>;
        (void)Unchanged::zymogen_rule_inactive_0;
        Unchanged::run(first, middle, last, compare);
    } else {
        using From = Origin<Algorithm, Iterator, Compare>;
        (void)From::zymogen_rule_inactive_0;
        const auto n = static_cast<std::size_t>(last - first);
        const std::unique_ptr<std::size_t[]> origin(new std::size_t[n]);
        From::find(first, n, static_cast<std::size_t>(middle - first), compare, origin.get());
        move(first, origin.get(), n);
    }
}

}  // namespace zymogen::sorting

_LIBCPP_BEGIN_NAMESPACE_STD

template <class Policy, class Iterator, class Compare>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr void __sort_impl(Iterator first, Iterator last, Compare& compare) {
    zymogen::sorting::run<zymogen::sorting::Sort>(first, last, last, compare);
}

template <class Policy, class Iterator, class Compare>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr void __stable_sort_impl(Iterator first, Iterator last, Compare& compare) {
    zymogen::sorting::run<zymogen::sorting::StableSort>(first, last, last, compare);
}

template <class Policy, class Iterator, class Compare>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr void __nth_element_impl(Iterator first, Iterator nth, Iterator last, Compare& compare) {
    zymogen::sorting::run<zymogen::sorting::NthElement>(first, nth, last, compare);
}

template <class Policy, class Compare, class Iterator, class Sentinel>
    requires zymogen::sorting::followed<Policy, Iterator>
constexpr Iterator __partial_sort(Iterator first, Iterator middle, Sentinel last, Compare& compare) {
    const Iterator end = std::_IterOps<Policy>::next(first, last);
    zymogen::sorting::run<zymogen::sorting::PartialSort>(first, middle, end, compare);
    return end;
}

_LIBCPP_END_NAMESPACE_STD

#include <zymogen/names_end.hpp>

#endif
