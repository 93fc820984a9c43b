// What a C++ type is to a kernel: a number, a view, a pointer, a reference; of which element type and rank.
#pragma once

#include <cstdint>
#include <type_traits>

#include <zymogen/signature.hpp>
#include <zymogen/view.hpp>

namespace zymogen {

inline constexpr std::size_t any_rank = static_cast<std::size_t>(-1);
inline constexpr std::size_t any_extent = static_cast<std::size_t>(-1);

struct Parameter {
    Slice form;  ///< "value", "view", "pointer" or "reference"; empty where the type cannot be used
    Slice element;
    bool constant = true;
    std::size_t rank = any_rank;
    std::size_t extent[max_rank]{};
    Slice type;     ///< its name, where the refusal begins with it
    Slice refusal;  ///< why the type cannot be used
};

/// The type's name as the compiler tells it.
template <class T>
constexpr Slice type_name() {
    const Slice pretty = __PRETTY_FUNCTION__;  // ends in [T = std::list<double>], of gcc's in [with T = ...]
    std::size_t begin = 0;
    while (!(Slice(pretty.begin + begin, 4) == Slice("T = "))) ++begin;
    begin += 4;
    return {pretty.begin + begin, pretty.size - begin - 1};
}

template <class T>
inline constexpr bool is_character =
    std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
    std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

/// The element type's name as generated code spells it; empty for a type that no array can have. Types of one
/// size keep apart (`long` and `long long`): compilers take it that pointers to them never meet.
template <class T>
constexpr Slice element_name() {
    if constexpr (is_character<T>)
        return "";
    else if constexpr (std::is_same_v<T, double>)
        return "double";
    else if constexpr (std::is_same_v<T, float>)
        return "float";
    else if constexpr (std::is_same_v<T, bool>)
        return "bool";
    else if constexpr (std::is_same_v<T, std::int8_t>)
        return "std::int8_t";
    else if constexpr (std::is_same_v<T, std::int16_t>)
        return "std::int16_t";
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return "std::int32_t";
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return "std::int64_t";
    else if constexpr (std::is_same_v<T, std::uint8_t>)
        return "std::uint8_t";
    else if constexpr (std::is_same_v<T, std::uint16_t>)
        return "std::uint16_t";
    else if constexpr (std::is_same_v<T, std::uint32_t>)
        return "std::uint32_t";
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return "std::uint64_t";
    else if constexpr (std::is_same_v<T, long>)
        return "long";
    else if constexpr (std::is_same_v<T, unsigned long>)
        return "unsigned long";
    else if constexpr (std::is_same_v<T, long long>)
        return "long long";
    else if constexpr (std::is_same_v<T, unsigned long long>)
        return "unsigned long long";
    else
        return "";
}

template <class T>
concept ComplexLike = requires(const T z) {
    typename T::value_type;
    z.real();
    z.imag();
};

/// What can be gone through from begin to end, such as `std::list`.
template <class T>
concept RangeLike = requires(const T range) {
    typename T::value_type;
    range.begin();
    range.end();
};

/// A container that owns its elements and has them in one piece, such as `std::vector` and `std::array`.
template <class T>
concept ContainerLike = requires(const T container) {
    typename T::value_type;
    container.data();
    container.size();
};

/// Say why no array can have elements of this type.
template <class T>
constexpr void refuse_element(Parameter& parameter) {
    if constexpr (ComplexLike<T>) {
        parameter.refusal =
            "complex numbers cannot be arguments or results: pass real and imaginary parts as two arrays, "
            "and use std::complex inside";
    } else if constexpr (std::is_same_v<T, long double>) {
        parameter.refusal =
            "long double is not an element type of NumPy's that every machine has: use double";
    } else if constexpr (is_character<T>) {
        parameter.refusal = "characters are no numbers: use std::int8_t or std::uint8_t";
    } else {
        parameter.type = type_name<T>();
        parameter.refusal =
            " cannot be the type of elements: these must be float, double, bool or an integer type";
    }
}

template <class T>
constexpr Parameter parameter_of_element(Slice form, std::size_t rank) {
    Parameter result;
    result.element = element_name<std::remove_const_t<T>>();
    result.constant = std::is_const_v<T>;
    result.rank = rank;
    if (result.element.empty())
        refuse_element<std::remove_const_t<T>>(result);
    else
        result.form = form;
    return result;
}

/// Whether a view lays its elements out row by row. Found by trying unequal extents, so that <mdspan> need
/// not be included; those of layouts with strides or padding of their own do not pass.
template <class V>
constexpr bool is_row_major() {
    if constexpr (V::rank() < 2 || !requires { typename V::layout_type; }) {
        return true;
    } else if constexpr (std::is_constructible_v<typename V::mapping_type, typename V::extents_type>) {
        std::array<typename V::index_type, V::rank()> extents{};
        for (std::size_t d = 0; d < V::rank(); ++d)
            extents[d] = static_cast<typename V::index_type>(
                V::static_extent(d) == any_extent ? 3 : V::static_extent(d));
        const typename V::mapping_type mapping{typename V::extents_type(extents)};
        typename V::index_type stride = 1;
        for (std::size_t d = V::rank(); d-- > 0; stride *= extents[d])
            if (mapping.stride(d) != stride) return false;
        return true;
    } else {
        return false;
    }
}

template <class V>
constexpr Parameter parameter_of_view() {
    Parameter result = parameter_of_element<typename V::element_type>("view", V::rank());
    for (std::size_t d = 0; d < V::rank() && d < max_rank; ++d) {
        result.extent[d] = any_extent;
        if constexpr (requires { V::static_extent(0); }) result.extent[d] = V::static_extent(d);
    }
    if (!is_row_major<V>()) {
        result.form = "";
        result.refusal = "a view must be row-major: use std::layout_right, which is std::mdspan's default";
    }
    return result;
}

constexpr Parameter refused(Slice why) {
    Parameter result;
    result.refusal = why;
    return result;
}

/// Why a type that is neither a number nor a view cannot be used; follows its name.
template <class T>
constexpr Slice refusal_of_type() {
    if constexpr (requires { requires ContainerLike<T> && RangeLike<typename T::value_type>; }) {
        return " is a container of containers and cannot be an argument: use zymogen::matrix or std::mdspan, "
               "whose rows lie one after another, or a pointer with sizes";
    } else if constexpr (ContainerLike<T>) {
        return " is a container and cannot be an argument: use std::span, to which every contiguous "
               "container converts, or a pointer with a size";
    } else if constexpr (RangeLike<T>) {
        return " is a container whose elements do not lie one after another, and cannot be an argument: "
               "use std::span (for a map, one for keys and one for values), zymogen::matrix or a pointer "
               "with sizes, and fill the container inside the kernel";
    } else {
        return " cannot be an argument: use a number, std::span, zymogen::array_view, std::mdspan, a pointer "
               "to numbers with sizes, or a reference to a number";
    }
}

/// What a parameter declared as `A` is to a kernel.
template <class A>
constexpr Parameter parameter_of() {
    using T = std::remove_cvref_t<A>;
    constexpr bool changes_caller =
        std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>;
    if constexpr (std::is_volatile_v<std::remove_reference_t<A>>) {
        return refused("volatile numbers cannot be arguments");
    } else if constexpr (is_span<T> || MultidimensionalView<T>) {
        if constexpr (changes_caller) {
            return refused(
                "a view is passed by value or by const reference, not by a reference that can be changed");
        } else if constexpr (is_span<T>) {
            Parameter result = parameter_of_element<typename T::element_type>("view", 1);
            result.extent[0] = T::extent;
            return result;
        } else {
            return parameter_of_view<T>();
        }
    } else if constexpr (std::is_pointer_v<T>) {
        return parameter_of_element<std::remove_pointer_t<T>>("pointer", any_rank);
    } else if constexpr (ComplexLike<T> || std::is_arithmetic_v<T>) {
        if constexpr (std::is_rvalue_reference_v<A>)
            return refused("use a number by value instead of an rvalue reference");
        else if constexpr (changes_caller)
            return parameter_of_element<T>("reference", 0);
        else
            return parameter_of_element<const T>("value", 0);
    } else {
        Parameter result = refused(refusal_of_type<T>());
        result.type = type_name<T>();
        return result;
    }
}

}  // namespace zymogen
