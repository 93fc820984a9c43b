// Colouring of sparse patterns: which columns one product with a vector can tell apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace zymogen::core {

/// A sparse pattern, compressed: the entries of column j are `index[start[j]] ... index[start[j + 1] - 1]`.
/// Of a symmetric pattern, columns are vertices of a graph and entries their neighbours.
struct Pattern {
    std::span<const std::int64_t> start;
    std::span<const std::int32_t> index;
    std::int32_t rows;

    std::int32_t columns() const { return static_cast<std::int32_t>(start.size()) - 1; }
    std::span<const std::int32_t> column(std::int32_t j) const {
        const auto k = static_cast<std::size_t>(j);
        return index.subspan(static_cast<std::size_t>(start[k]),
                             static_cast<std::size_t>(start[k + 1] - start[k]));
    }
};

/// The order in which a greedy colouring visits columns.
enum class Order { natural, largest_first, smallest_last };

/// Colours of columns, such that no two columns with an entry in one row have the same colour (structurally
/// orthogonal columns; distance-2 colouring of the columns in the bipartite graph). `order` is natural or
/// largest first: by the number of entries that share a row with the column.
///
/// Source: Gebremedhin, Manne and Pothen, What color is your Jacobian?, SIAM Review 47 (2005), algorithm 3.1.
std::vector<std::int32_t> color_columns(const Pattern& pattern, Order order);

/// Star colouring of a symmetric pattern, whose diagonal is ignored: neighbours differ, and no path of four
/// vertices has only two colours. Each entry can then be read off the products of the matrix with the sums of
/// unit vectors of one colour, without substitution.
///
/// Source: Gebremedhin, Tarafdar, Manne and Pothen, New acyclic and star coloring algorithms with application
/// to computing Hessians, SIAM J. Sci. Comput. 29 (2007), section 4.
std::vector<std::int32_t> color_star(const Pattern& pattern, Order order);

/// Where each entry of a symmetric pattern (with sorted columns) is found in the products of a star
/// colouring: colour * columns + row. Entries (i, j) and (j, i) are found in one place.
std::vector<std::int64_t> star_sources(const Pattern& pattern, std::span<const std::int32_t> colors);

}  // namespace zymogen::core
