// Orders for greedy colouring.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coloring.hpp"

namespace zymogen::core {

/// 0, 1, ..., count - 1.
std::vector<std::int32_t> natural_order(std::int32_t count);

/// Vertices by falling degree; equal ones stay in their natural order, which is a good one for bands and
/// meshes.
std::vector<std::int32_t> largest_first(std::span<const std::int64_t> degree);

/// Vertices of a graph, such that each has the least degree in the graph of itself and those before it.
///
/// Source: Matula and Beck, Smallest-last ordering and clustering and graph coloring algorithms, J. ACM 30
/// (1983).
std::vector<std::int32_t> smallest_last(const Pattern& graph);

}  // namespace zymogen::core
