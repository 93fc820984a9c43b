// Views of arrays as kernels take them: `matrix<const double>` and its N-d kin, and `view`, which turns the
// plain pointers of a compiled entry into whatever view type a kernel declares.
#pragma once

#include <zymogen/names_begin.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

namespace zymogen {

/// A row-major array of fixed rank that belongs to somebody else: element `v(i, j)`, and `v[i, j]` since
/// C++23; extents `v.extent(0)`. Elements are written through `array_view<double, R>` and only read through
/// `array_view<const double, R>`, to which the former converts. Indices are not checked.
template <class T, std::size_t R>
class array_view {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;

    constexpr array_view(T* data, const std::array<std::size_t, R>& extents)
        : data_(data), extents_(extents) {}

    template <class Other>
        requires std::same_as<const Other, T>
    constexpr array_view(const array_view<Other, R>& other) : data_(other.data_handle()) {
        for (std::size_t dimension = 0; dimension < R; ++dimension)
            extents_[dimension] = other.extent(dimension);
    }

    [[nodiscard]] static constexpr std::size_t rank() { return R; }
    [[nodiscard]] constexpr std::size_t extent(std::size_t dimension) const { return extents_[dimension]; }
    [[nodiscard]] constexpr T* data_handle() const { return data_; }

    [[nodiscard]] constexpr std::size_t size() const {
        std::size_t product = 1;
        for (std::size_t extent : extents_) product *= extent;
        return product;
    }

    template <std::integral... Index>
        requires(sizeof...(Index) == R)
    [[nodiscard]] constexpr T& operator()(Index... index) const {
        std::size_t offset = 0;
        std::size_t dimension = 0;
        ((offset = offset * extents_[dimension++] + static_cast<std::size_t>(index)), ...);
        return data_[offset];
    }

#if defined(__cpp_multidimensional_subscript)
    template <std::integral... Index>
        requires(sizeof...(Index) == R)
    [[nodiscard]] constexpr T& operator[](Index... index) const {
        return (*this)(index...);
    }
#endif

private:
    T* data_;
    std::array<std::size_t, R> extents_;
};

template <class T>
using matrix = array_view<T, 2>;

/// What `std::mdspan` and our `array_view` have in common; a kernel may use either.
template <class V>
concept MultidimensionalView = requires(const V v) {
    typename V::element_type;
    { V::rank() } -> std::convertible_to<std::size_t>;
    { v.extent(0) } -> std::convertible_to<std::size_t>;
    { v.data_handle() } -> std::convertible_to<typename V::element_type*>;
};

template <class V>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

/// A pointer with extents that becomes the view type a kernel's parameter asks for.
template <class T, std::size_t R>
class Dense {
public:
    constexpr Dense(T* data, const std::array<std::size_t, R>& extents) : data_(data), extents_(extents) {}

    template <class V>
        requires(is_span<V> && R == 1 && std::same_as<typename V::element_type, T>)
    constexpr operator V() const {
        return V(data_, extents_[0]);
    }

    template <MultidimensionalView V>
        requires(V::rank() == R && std::same_as<typename V::element_type, T>)
    constexpr operator V() const {
        return V(data_, extents_);
    }

private:
    T* data_;
    std::array<std::size_t, R> extents_;
};

template <class T, std::convertible_to<std::size_t>... Extent>
[[nodiscard]] constexpr auto view(T* data, Extent... extent) {
    return Dense<T, sizeof...(Extent)>(
        data, std::array<std::size_t, sizeof...(Extent)>{static_cast<std::size_t>(extent)...});
}

}  // namespace zymogen

#include <zymogen/names_end.hpp>
