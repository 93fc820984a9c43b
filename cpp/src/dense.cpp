#include "dense.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace zymogen::core {

bool is_dense(const std::vector<int>& dims, const index_t* size, const index_t* strides, index_t itemsize) {
    index_t expected = itemsize;
    bool dense = true;
    for (std::size_t k = dims.size(); k-- > 0;) {
        const index_t n = size[dims[k]];
        if (n == 0) return true;
        if (n != 1 && strides[k] != expected) dense = false;
        expected *= n;
    }
    return dense;
}

std::span<Axis> axes_to_dense_rows(const Operand& operand, const index_t* size, index_t rows, index_t step,
                                   const index_t* strides, std::array<Axis, max_axes>& storage) {
    const std::size_t rank = operand.dims.size();
    index_t dense = operand.itemsize;
    for (std::size_t k = rank; k-- > 0;) {
        const index_t n = size[operand.dims[k]];
        storage[k + 1] = {n, dense, strides[k]};
        dense *= n;
    }
    storage[0] = {rows, dense, step};
    return {storage.data(), rank + 1};
}

namespace {

/// Items of a size known to the compiler, so that a copy is one load and one store.
template <index_t itemsize>
struct Item {
    index_t size() const { return itemsize; }
    void operator()(char* to, const char* from) const { std::memcpy(to, from, itemsize); }
};

struct AnyItem {
    index_t itemsize;
    index_t size() const { return itemsize; }
    void operator()(char* to, const char* from) const {
        std::memcpy(to, from, static_cast<std::size_t>(itemsize));
    }
};

template <class Copy>
void copy_line(Axis axis, char* to, const char* from, Copy copy) {
    if (axis.to == copy.size() && axis.from == copy.size()) {
        std::memcpy(to, from, static_cast<std::size_t>(axis.count * copy.size()));
        return;
    }
    for (index_t i = 0; i < axis.count; ++i) copy(to + i * axis.to, from + i * axis.from);
}

/// A transposition: small tiles keep the lines of both sides in the cache.
template <class Copy>
void copy_tiles(Axis outer, Axis inner, char* to, const char* from, Copy copy) {
    constexpr index_t tile = 16;
    for (index_t i = 0; i < outer.count; i += tile) {
        const Axis rows{std::min(tile, outer.count - i), outer.to, outer.from};
        for (index_t j = 0; j < inner.count; j += tile) {
            const Axis columns{std::min(tile, inner.count - j), inner.to, inner.from};
            char* const to_tile = to + i * outer.to + j * inner.to;
            const char* const from_tile = from + i * outer.from + j * inner.from;
            for (index_t r = 0; r < rows.count; ++r) {
                copy_line(columns, to_tile + r * rows.to, from_tile + r * rows.from, copy);
            }
        }
    }
}

template <class Copy>
void copy_axes(std::span<const Axis> axes, char* to, const char* from, Copy copy) {
    if (axes.empty()) return copy(to, from);
    if (axes.size() == 1) return copy_line(axes[0], to, from, copy);
    const bool is_transposition = std::abs(axes[0].from) < std::abs(axes[1].from);
    if (axes.size() == 2 && is_transposition) return copy_tiles(axes[0], axes[1], to, from, copy);
    for (index_t i = 0; i < axes[0].count; ++i) {
        copy_axes(axes.subspan(1), to + i * axes[0].to, from + i * axes[0].from, copy);
    }
}

/// Puts the axes with the smallest strides last: on the side that is written, and before it on the one that
/// is read.
void order_axes(std::span<Axis> axes) {
    if (axes.size() < 2) return;
    const auto nearer_to = [](const Axis& a, const Axis& b) { return std::abs(a.to) < std::abs(b.to); };
    const auto nearer_from = [](const Axis& a, const Axis& b) { return std::abs(a.from) < std::abs(b.from); };
    std::swap(*std::min_element(axes.begin(), axes.end(), nearer_to), axes.back());
    const auto rest = axes.first(axes.size() - 1);
    std::swap(*std::min_element(rest.begin(), rest.end(), nearer_from), rest.back());
}

}  // namespace

void copy_block(std::span<Axis> axes, char* to, const char* from, index_t itemsize) {
    if (std::any_of(axes.begin(), axes.end(), [](const Axis& a) { return a.count == 0; })) return;
    const auto end = std::remove_if(axes.begin(), axes.end(), [](const Axis& a) { return a.count == 1; });
    const std::span<Axis> walked(axes.begin(), end);
    order_axes(walked);
    switch (itemsize) {
        case 1: return copy_axes(walked, to, from, Item<1>{});
        case 2: return copy_axes(walked, to, from, Item<2>{});
        case 4: return copy_axes(walked, to, from, Item<4>{});
        case 8: return copy_axes(walked, to, from, Item<8>{});
        case 16: return copy_axes(walked, to, from, Item<16>{});
        default: return copy_axes(walked, to, from, AnyItem{itemsize});
    }
}

}  // namespace zymogen::core
