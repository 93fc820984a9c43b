// C++ types of elements by their names.
#pragma once

#include <tuple>
#include <type_traits>

#include <zymogen/parameter.hpp>

namespace zymogen::program {

using Elements = std::tuple<double, float, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
                            std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, long, unsigned long,
                            long long, unsigned long long>;

template <std::size_t K = 0>
constexpr std::size_t number_of_element(Slice name) {
    static_assert(K < std::tuple_size_v<Elements>);
    if (name == element_name<std::tuple_element_t<K, Elements>>()) return K;
    if constexpr (K + 1 < std::tuple_size_v<Elements>) return number_of_element<K + 1>(name);
    return static_cast<std::size_t>(-1);
}

template <std::size_t Number>
using Element = std::tuple_element_t<Number, Elements>;

}  // namespace zymogen::program
