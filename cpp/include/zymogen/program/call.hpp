// The call of an entry with C++ values: sizes are checked, results made, and failures thrown.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <zymogen/array.hpp>
#include <zymogen/kept_caches.hpp>
#include <zymogen/program/built.hpp>
#include <zymogen/program/element.hpp>
#include <zymogen/program/memory.hpp>
#include <zymogen_built.hpp>

namespace zymogen::program {

inline std::string text(Slice slice) {
    return {slice.begin, slice.size};
}

/// Itself; the view of an array of ours.
template <class Given>
decltype(auto) viewed(Given& given) {
    if constexpr (requires { given.view(); })
        return given.view();
    else
        return (given);
}

/// Where results go, instead of being returned.
template <class... Result>
struct Into {
    std::tuple<Result&...> results;
};

template <class T>
inline constexpr bool is_into = false;
template <class... Result>
inline constexpr bool is_into<Into<Result...>> = true;

/// What is called: an entry, and the text whose choices of components hold.
template <std::size_t Number, std::size_t Wording = none>
class Call {
    static constexpr const Built& entry = built[Number];

public:
    template <class... Given>
    static auto run(Given&&... given) {
        Call call;
        if constexpr (first_is_into<Given...>())
            return call.into(std::forward<Given>(given)...);
        else
            return call.returning(given...);
    }

    /// Whether arguments of these types have the elements that this entry takes.
    template <class... Given>
    static constexpr bool takes() {
        if constexpr (first_is_into<Given...>())
            return takes_all<false, Given...>(std::make_index_sequence<sizeof...(Given)>());
        else
            return takes_all<true, Given...>(std::make_index_sequence<sizeof...(Given)>());
    }

private:
    static constexpr std::size_t operands = entry.operands.size;
    static constexpr std::size_t dimensions = entry.dimensions.size;
    static constexpr std::ptrdiff_t unknown = -1;

    template <std::size_t K>
    using ElementOf = Element<number_of_element(entry.operands[K].element)>;

    static constexpr bool is_open(std::size_t k) {
        const Role role = entry.operands[k].role;
        if (role == Role::input) return true;
        if (role == Role::output) return false;
        if constexpr (Wording == none)
            return true;
        else
            return asked[Wording].choices[choice_number(k)].open;
    }
    static constexpr std::size_t choice_number(std::size_t k) {
        std::size_t number = 0;
        for (std::size_t j = 0; j < k; ++j)
            number +=
                entry.operands[j].role == Role::component || entry.operands[j].role == Role::list ? 1 : 0;
        return number;
    }
    template <class Chosen>
    static constexpr std::size_t count(Chosen chosen) {
        std::size_t number = 0;
        for (std::size_t k = 0; k < operands; ++k) number += chosen(k) ? 1 : 0;
        return number;
    }
    template <class Chosen>
    static constexpr std::size_t nth(std::size_t n, Chosen chosen) {
        for (std::size_t k = 0; k < operands; ++k)
            if (chosen(k) && n-- == 0) return k;
        return operands;
    }
    static constexpr bool is_output(std::size_t k) { return entry.operands[k].role == Role::output; }
    static constexpr std::size_t arguments = count(is_open);
    static constexpr std::size_t results = count(is_output);

    template <class... Given>
    static constexpr bool first_is_into() {
        if constexpr (sizeof...(Given) == 0)
            return false;
        else
            return is_into<std::remove_cvref_t<std::tuple_element_t<0, std::tuple<Given...>>>>;
    }

    // What an argument may be: a number, or a contiguous range or view of elements of exactly one type.

    template <class T, class Given>
    static constexpr bool is_vector_of() {
        if constexpr (std::ranges::contiguous_range<Given>)
            return std::is_same_v<std::remove_cv_t<std::ranges::range_value_t<Given>>, T>;
        else
            return false;
    }
    template <class T, std::size_t R, class Given>
    static constexpr bool is_view_of() {
        using View = std::remove_cvref_t<decltype(viewed(std::declval<Given&>()))>;
        if constexpr (MultidimensionalView<View>) {
            if constexpr (View::rank() != R)
                return false;
            else
                return std::is_same_v<std::remove_cv_t<typename View::element_type>, T>;
        } else {
            return false;
        }
    }
    template <std::size_t K, class Given>
    static constexpr bool fits() {
        constexpr Operand operand = entry.operands[K];
        using G = std::remove_cvref_t<Given>;
        if constexpr (operand.role == Role::component) {
            return std::is_integral_v<G> ? operand.rank() == 1
                                         : requires(G index) { std::tuple_size<G>::value; };
        } else if constexpr (operand.rank() == 0) {
            using T = ElementOf<K>;
            return std::is_same_v<T, bool>
                       ? std::is_same_v<G, bool>
                       : std::is_arithmetic_v<G> && (std::is_floating_point_v<T> || std::is_integral_v<G>);
        } else if constexpr (operand.rank() == 1) {
            return is_vector_of<ElementOf<K>, Given>() || is_view_of<ElementOf<K>, 1, Given>();
        } else {
            return is_view_of<ElementOf<K>, operand.rank(), Given>();
        }
    }
    template <bool Whole, class... Given, std::size_t... N>
    static constexpr bool takes_all(std::index_sequence<N...>) {
        using Tuple = std::tuple<Given...>;
        constexpr std::size_t skipped = Whole ? 0 : 1;
        if constexpr (sizeof...(Given) != arguments + skipped)
            return false;
        else
            return ((N < skipped ||
                     fits<nth(N < skipped ? 0 : N - skipped, is_open), std::tuple_element_t<N, Tuple>>()) &&
                    ...);
    }

    // Arguments.

    template <class... Given>
    void bind(const Given&... given) {
        static_assert(
            sizeof...(Given) == arguments,
            "zymogen: this derivative has another number of arguments: those of the kernel, then vectors "
            "(tangents, cotangents) and components as the operator names them.");
        for (std::size_t d = 0; d < dimensions; ++d)
            size_[d] = entry.dimensions[d].extent != 0
                           ? static_cast<std::ptrdiff_t>(entry.dimensions[d].extent)
                           : unknown;
        bind_all(std::make_index_sequence<arguments>(), given...);
        bind_choices(std::make_index_sequence<operands>());
    }
    template <std::size_t... N, class... Given>
    void bind_all(std::index_sequence<N...>, const Given&... given) {
        (bind_array<nth(N, is_open)>(given), ...);
        (bind_component<nth(N, is_open)>(given), ...);
    }

    template <std::size_t K, class Given>
    void bind_array(const Given& given) {
        constexpr Operand operand = entry.operands[K];
        if constexpr (operand.role == Role::input) {
            static_assert(
                fits<K, const Given&>(),
                "zymogen: an argument has another type than the kernel takes: a number where it takes a "
                "number; std::span, std::vector or another contiguous range of its element type where it "
                "takes a vector; zymogen::array_view or std::mdspan where it takes more dimensions.");
            using T = ElementOf<K>;
            if constexpr (operand.rank() == 0) {
                const T value = static_cast<T>(given);
                if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
                    if (!std::in_range<T>(given)) fail_range(operand);
                std::memcpy(number_[K].data(), &value, sizeof value);
                operand_[K] = number_[K].data();
            } else if constexpr (is_view_of<T, operand.rank(), const Given&>()) {
                for (std::size_t d = 0; d < operand.rank(); ++d)
                    bind_size(operand, d, static_cast<std::size_t>(given.extent(d)));
                point<K>(viewed(given).data_handle());
            } else {
                bind_size(operand, 0, std::ranges::size(given));
                point<K>(std::ranges::data(given));
            }
        }
    }
    template <std::size_t K, class T>
    void point(const T* data) {
        operand_[K] = reinterpret_cast<char*>(const_cast<T*>(data));
    }
    void bind_size(const Operand& operand, std::size_t d, std::size_t size) {
        std::ptrdiff_t& known = size_[operand.dimensions[d]];
        if (known == unknown) known = static_cast<std::ptrdiff_t>(size);
        if (known != static_cast<std::ptrdiff_t>(size))
            throw std::invalid_argument(text(entry.name) + ": " + text(operand.name) + " has " +
                                        elements(static_cast<std::ptrdiff_t>(size)) + " along " +
                                        text(entry.dimensions[operand.dimensions[d]].name) +
                                        ". Expected: " + elements(known) + ", as " +
                                        who_says(operand.dimensions[d]) + ". Give it that size.");
    }
    static std::string elements(std::ptrdiff_t count) {
        return std::to_string(count) + (count == 1 ? " element" : " elements");
    }
    /// What fixed the size of a dimension: the signature, or the first argument that has it.
    static std::string who_says(std::size_t dimension) {
        if (entry.dimensions[dimension].extent == 0)
            for (std::size_t k = 0; k < operands; ++k)
                for (std::size_t d = 0; d < entry.operands[k].rank(); ++d)
                    if (entry.operands[k].role == Role::input && entry.operands[k].dimensions[d] == dimension)
                        return text(entry.operands[k].name) + " has";
        return "the signature says";
    }
    [[noreturn]] static void fail_range(const Operand& operand) {
        throw std::out_of_range(text(entry.name) + ": " + text(operand.name) + " does not fit " +
                                text(operand.element) + ", which the kernel takes.");
    }

    // Components.

    template <std::size_t K, class Given>
    void bind_component(const Given& given) {
        constexpr Operand operand = entry.operands[K];
        if constexpr (operand.role == Role::component) {
            static_assert(
                fits<K, const Given&>(),
                "zymogen: a component is an integer for a vector, and std::array of integers for more "
                "dimensions.");
            if constexpr (std::is_integral_v<Given>) {
                const auto index = static_cast<std::int64_t>(given);
                store_component<K>(flat(operand, &index));
            } else {
                static_assert(std::tuple_size<Given>::value == operand.rank(),
                              "zymogen: a component has one integer for each dimension of its array.");
                const auto index = std::apply(
                    [](auto... i) {
                        return std::array<std::int64_t, sizeof...(i)>{static_cast<std::int64_t>(i)...};
                    },
                    given);
                store_component<K>(flat(operand, index.data()));
            }
        }
    }
    template <std::size_t... K>
    void bind_choices(std::index_sequence<K...>) {
        (bind_choice<K>(), ...);
    }
    template <std::size_t K>
    void bind_choice() {
        constexpr Operand operand = entry.operands[K];
        if constexpr (operand.role == Role::list)
            static_assert(!is_open(K), "zymogen: a list is part of the text.");
        if constexpr ((operand.role == Role::component || operand.role == Role::list) && !is_open(K)) {
            constexpr List<std::int64_t> numbers = asked[Wording].choices[choice_number(K)].numbers;
            if constexpr (operand.role == Role::component) {
                store_component<K>(flat(operand, numbers.first));
            } else {
                constexpr std::size_t count = numbers.size / operand.rank();
                static thread_local std::array<std::int64_t, count + 1> list;
                list[0] = count;
                for (std::size_t i = 0; i < count; ++i)
                    list[i + 1] = flat(operand, numbers.first + i * operand.rank());
                size_[operand.count] = count;
                operand_[K] = reinterpret_cast<char*>(list.data());
            }
        }
    }
    template <std::size_t K>
    void store_component(std::int64_t flat) {
        std::memcpy(number_[K].data(), &flat, sizeof flat);
        operand_[K] = number_[K].data();
    }
    std::int64_t flat(const Operand& operand, const std::int64_t* index) const {
        std::int64_t number = 0;
        for (std::size_t d = 0; d < operand.rank(); ++d) {
            const std::int64_t size = size_[operand.dimensions[d]];
            if (index[d] < -size || index[d] >= size)
                throw std::out_of_range(text(entry.name) + ": " + text(operand.name) + ": component " +
                                        std::to_string(index[d]) + " is out of range: there are " +
                                        std::to_string(size) + ".");
            number = number * size + (index[d] < 0 ? index[d] + size : index[d]);
        }
        return number;
    }

    // Results.

    template <std::size_t K>
    auto made() {
        constexpr Operand operand = entry.operands[K];
        if constexpr (operand.rank() == 0) {
            operand_[K] = number_[K].data();
            return 0;
        } else {
            array<ElementOf<K>, operand.rank()> result(extents<K>());
            operand_[K] = reinterpret_cast<char*>(result.data());
            return result;
        }
    }
    template <std::size_t K>
    auto extents() const {
        constexpr Operand operand = entry.operands[K];
        std::array<std::size_t, operand.rank()> extents;
        for (std::size_t d = 0; d < operand.rank(); ++d)
            extents[d] = static_cast<std::size_t>(size_[operand.dimensions[d]]);
        return extents;
    }
    template <std::size_t K, class Made>
    auto taken(Made&& made) {
        if constexpr (entry.operands[K].rank() == 0) {
            ElementOf<K> value;
            std::memcpy(&value, number_[K].data(), sizeof value);
            return value;
        } else {
            return std::forward<Made>(made);
        }
    }

    template <class... Given>
    auto returning(const Given&... given) {
        bind(given...);
        return [this]<std::size_t... N>(std::index_sequence<N...>) {
            // In braces, so that they are made in order. What they own does not move with them.
            std::tuple all{made<nth(N, is_output)>()...};
            start();
            if constexpr (sizeof...(N) == 1)
                return (taken<nth(N, is_output)>(std::get<N>(std::move(all))), ...);
            else
                return std::tuple{taken<nth(N, is_output)>(std::get<N>(std::move(all)))...};
        }(std::make_index_sequence<results>());
    }
    template <class... Result, class... Given>
    void into(const Into<Result...>& into, const Given&... given) {
        static_assert(sizeof...(Result) == results,
                      "zymogen: zymogen::into names another number of results than the derivative has.");
        bind(given...);
        [&]<std::size_t... N>(std::index_sequence<N...>) {
            (bind_result<nth(N, is_output)>(std::get<N>(into.results)), ...);
            start();
        }(std::make_index_sequence<results>());
    }
    template <std::size_t K, class Result>
    void bind_result(Result& result) {
        constexpr Operand operand = entry.operands[K];
        using T = ElementOf<K>;
        static_assert(
            operand.rank() == 0 ? std::is_same_v<Result, T> : fits<K, Result&>(),
            "zymogen: a result of zymogen::into has another type: a variable of the element type for a "
            "number; std::span, std::vector or another contiguous range for a vector; zymogen::array, "
            "zymogen::array_view or std::mdspan for more dimensions.");
        std::size_t bytes = sizeof(T);
        if constexpr (operand.rank() == 0) {
            operand_[K] = reinterpret_cast<char*>(&result);
        } else {
            if constexpr (is_view_of<T, operand.rank(), Result&>()) {
                for (std::size_t d = 0; d < operand.rank(); ++d)
                    bind_size(operand, d, static_cast<std::size_t>(result.extent(d)));
                point_result<K>(viewed(result).data_handle());
            } else {
                bind_size(operand, 0, std::ranges::size(result));
                point_result<K>(std::ranges::data(result));
            }
            for (std::size_t d = 0; d < operand.rank(); ++d)
                bytes = product(bytes, static_cast<std::size_t>(size_[operand.dimensions[d]]));
        }
        check_apart<K>(bytes);
    }
    template <std::size_t K, class T>
    void point_result(T* data) {
        static_assert(!std::is_const_v<T>, "zymogen: a result of zymogen::into cannot be written.");
        operand_[K] = reinterpret_cast<char*>(data);
    }
    /// A result is written while arguments are still read.
    template <std::size_t K>
    void check_apart(std::size_t bytes) {
        const auto before = std::less<const char*>();
        for (std::size_t k = 0; k < K; ++k) {
            if (entry.operands[k].role != Role::input && entry.operands[k].role != Role::output) continue;
            std::size_t others = element_bytes(k);
            for (std::size_t d = 0; d < entry.operands[k].rank(); ++d)
                others *= static_cast<std::size_t>(size_[entry.operands[k].dimensions[d]]);
            if (bytes != 0 && others != 0 && before(operand_[K], operand_[k] + others) &&
                before(operand_[k], operand_[K] + bytes))
                throw std::invalid_argument(text(entry.name) + ": the result " +
                                            text(entry.operands[K].name) + " has memory in common with " +
                                            text(entry.operands[k].name) + ". Give it memory of its own.");
        }
    }
    static constexpr std::size_t element_bytes(std::size_t k) {
        return [k]<std::size_t... E>(std::index_sequence<E...>) {
            std::size_t bytes = 0;
            ((entry.operands[k].element == element_name<Element<E>>() ? bytes = sizeof(Element<E>) : 0), ...);
            return bytes;
        }(std::make_index_sequence<std::tuple_size_v<Elements>>());
    }

    void start() {
        static thread_local Memory<entry.scratch.size> memory;
        // After a first failure the kernel alone is evaluated before its derivative, see Failure.
        static std::atomic<int> check_first{0};
        static constexpr std::array<std::ptrdiff_t, operands + 1> steps{};
        const Rows rows{operand_.data(),
                        steps.data(),
                        size_.data(),
                        memory.reserve(entry.scratch, size_.data()),
                        1,
                        check_first.load(std::memory_order_relaxed),
                        &kept_caches};
        Failure failure{};
        const int kind = entry.entry(&rows, &failure);
        thread_caches().end_call(kept_by_caller);
        if (kind == Failure::none) return;
        check_first.store(1, std::memory_order_relaxed);
        memory.forget();
        const std::string message = text(entry.name) + ": " + failure.message;
        switch (failure.kind) {
            case Failure::invalid_argument: throw std::invalid_argument(message);
            case Failure::out_of_range:
            case Failure::integer_range: throw std::out_of_range(message);
            case Failure::out_of_memory: throw std::bad_alloc();
            default: throw std::runtime_error(message);
        }
    }

    std::array<char*, operands + 1> operand_{};
    std::array<std::ptrdiff_t, dimensions + 1> size_{};
    alignas(8) std::array<std::array<char, 8>, operands> number_{};
};

}  // namespace zymogen::program
