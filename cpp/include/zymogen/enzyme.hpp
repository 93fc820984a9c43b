// Enzyme's calling convention: markers, the two differentiation calls, and the implicit one-hot tangent.
// See "Enzyme calling convention" in docs/explain/toolchain.md for what was measured about each.
#pragma once

#include <cstddef>

// Declared, never defined: Enzyme finds calls to these names in the IR and replaces them.
extern int enzyme_dup;        // an argument followed by its shadow
extern int enzyme_dupnoneed;  // the same, and the primal value is not wanted
extern int enzyme_const;      // an argument without a derivative
extern int enzyme_width;  // followed by the number of shadows that each argument has: directions of one pass

template <class Result, class... Arguments>
extern Result __enzyme_fwddiff(void*, Arguments...);
template <class Result, class... Arguments>
extern Result __enzyme_autodiff(void*, Arguments...);
template <class Result, class... Arguments>
extern Result __enzyme_todense(Arguments...) noexcept;

namespace zymogen {

template <class T>
__attribute__((always_inline)) inline T load_one_hot(std::size_t byte, std::size_t component) {
    return byte / sizeof(T) == component ? T(1) : T(0);
}

template <class T>
__attribute__((always_inline)) inline void store_one_hot(T, std::size_t, std::size_t) {}

/// The tangent that is 1 at `component` and 0 elsewhere, without memory behind it: Enzyme replaces each load
/// of it.
template <class T>
__attribute__((always_inline)) inline const T* one_hot(std::size_t component) {
    return __enzyme_todense<T*>(reinterpret_cast<void*>(&load_one_hot<T>),
                                reinterpret_cast<void*>(&store_one_hot<T>), component);
}

/// The tangent of a scalar argument.
template <class T>
inline constexpr T one = T(1);

// Loops of typed stores, not std::memset and std::memcpy: Enzyme deduces from them what the memory holds.
template <class T>
__attribute__((always_inline)) inline void clear(T* data, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) data[i] = T(0);
}

template <class T>
__attribute__((always_inline)) inline void copy(T* to, const T* from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace zymogen
