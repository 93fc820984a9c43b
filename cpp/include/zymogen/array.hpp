// An array that owns its elements: what derivatives give in C++.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>

#include <zymogen/view.hpp>

namespace zymogen {

/// A row-major array of fixed rank. Element `a(i, j)`, extents `a.extent(0)`; a range over all elements, so
/// that one of rank 1 converts to std::span. Elements are not initialised.
template <class T, std::size_t R>
class array {
public:
    using value_type = T;

    explicit array(const std::array<std::size_t, R>& extents)
        : extents_(extents), data_(std::make_unique_for_overwrite<T[]>(view().size())) {}

    [[nodiscard]] static constexpr std::size_t rank() { return R; }
    [[nodiscard]] std::size_t extent(std::size_t dimension) const { return extents_[dimension]; }
    [[nodiscard]] std::size_t size() const { return view().size(); }
    [[nodiscard]] T* data() { return data_.get(); }
    [[nodiscard]] const T* data() const { return data_.get(); }
    [[nodiscard]] T* begin() { return data(); }
    [[nodiscard]] T* end() { return data() + size(); }
    [[nodiscard]] const T* begin() const { return data(); }
    [[nodiscard]] const T* end() const { return data() + size(); }

    [[nodiscard]] array_view<T, R> view() { return {data(), extents_}; }
    [[nodiscard]] array_view<const T, R> view() const { return {data(), extents_}; }
    operator array_view<const T, R>() const { return view(); }

    template <std::integral... Index>
        requires(sizeof...(Index) == R)
    [[nodiscard]] T& operator()(Index... index) {
        return view()(index...);
    }
    template <std::integral... Index>
        requires(sizeof...(Index) == R)
    [[nodiscard]] const T& operator()(Index... index) const {
        return view()(index...);
    }
    [[nodiscard]] T& operator[](std::size_t index)
        requires(R == 1)
    {
        return data_[index];
    }
    [[nodiscard]] const T& operator[](std::size_t index) const
        requires(R == 1)
    {
        return data_[index];
    }

private:
    std::array<std::size_t, R> extents_;
    std::unique_ptr<T[]> data_;
};

}  // namespace zymogen
