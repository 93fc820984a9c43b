#include "sparse.hpp"

#include <pybind11/numpy.h>

#include <algorithm>
#include <string>

#include "coloring.hpp"
#include "gather.hpp"
#include "gil.hpp"

namespace zymogen::core {

namespace py = pybind11;

namespace {

template <class T>
using Vector = py::array_t<T, py::array::c_style>;

Order order_called(const std::string& name) {
    if (name == "natural") return Order::natural;
    if (name == "largest first") return Order::largest_first;
    if (name == "smallest last") return Order::smallest_last;
    throw py::value_error("colouring: there is no order \"" + name +
                          "\". Use \"natural\", \"largest first\" or \"smallest last\".");
}

template <class T>
std::span<const T> view(const Vector<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
py::array_t<T> owned(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

/// Compiled code follows the indices, so they are looked at first.
Pattern checked(const Vector<std::int64_t>& start, const Vector<std::int32_t>& index, std::int32_t rows) {
    const Pattern pattern{view(start), view(index), rows};
    const auto is_bad = [rows](std::int32_t i) { return i < 0 || i >= rows; };
    if (pattern.start.empty() || pattern.start.front() != 0 || pattern.start.back() != index.size() ||
        !std::ranges::is_sorted(pattern.start) || std::ranges::any_of(pattern.index, is_bad)) {
        throw py::value_error("colouring: this is no compressed pattern of " + std::to_string(rows) +
                              " rows");
    }
    return pattern;
}

/// Of a symmetric pattern with sorted columns, the entries of row i are met in order when columns are visited
/// in order.
Pattern checked_symmetric(const Vector<std::int64_t>& start, const Vector<std::int32_t>& index,
                          std::int32_t vertices) {
    const Pattern pattern = checked(start, index, vertices);
    bool symmetric = pattern.columns() == vertices;
    if (symmetric) {
        std::vector<std::int64_t> next(pattern.start.begin(), pattern.start.end() - 1);
        for (std::int32_t j = 0; j < vertices && symmetric; ++j) {
            for (const std::int32_t i : pattern.column(j)) {
                std::int64_t& mirror = next[static_cast<std::size_t>(i)];
                symmetric &= mirror < pattern.start[static_cast<std::size_t>(i) + 1] &&
                             pattern.index[static_cast<std::size_t>(mirror)] == j;
                ++mirror;
                if (!symmetric) break;
            }
        }
    }
    if (!symmetric) throw py::value_error("colouring: a symmetric pattern with sorted columns is expected");
    return pattern;
}

py::array_t<std::int32_t> colors_of_columns(const Vector<std::int64_t>& start,
                                            const Vector<std::int32_t>& index, std::int32_t rows,
                                            const std::string& order) {
    const Pattern pattern = checked(start, index, rows);
    const Order chosen = order_called(order);
    if (chosen == Order::smallest_last) {
        throw py::value_error("color_columns: use the order \"natural\" or \"largest first\"");
    }
    std::vector<std::int32_t> colors;
    {
        const Released gil;
        colors = color_columns(pattern, chosen);
    }
    return owned(colors);
}

py::array_t<std::int32_t> colors_of_vertices(const Vector<std::int64_t>& start,
                                             const Vector<std::int32_t>& index, std::int32_t rows,
                                             const std::string& order) {
    const Pattern pattern = checked_symmetric(start, index, rows);
    const Order chosen = order_called(order);
    std::vector<std::int32_t> colors;
    {
        const Released gil;
        colors = color_star(pattern, chosen);
    }
    return owned(colors);
}

py::array_t<std::int64_t> sources_of(const Vector<std::int64_t>& start, const Vector<std::int32_t>& index,
                                     const Vector<std::int32_t>& colors) {
    const auto vertices = static_cast<std::int32_t>(colors.size());
    const Pattern pattern = checked_symmetric(start, index, vertices);
    if (std::ranges::any_of(view(colors), [](std::int32_t c) { return c < 0; })) {
        throw py::value_error("star_sources: each column needs a colour");
    }
    return owned(star_sources(pattern, view(colors)));
}

template <class Index>
void gather_numbers(const py::array& source, const Vector<Index>& index, py::array& result) {
    const bool dense = (source.flags() & py::array::c_style) && (result.flags() & py::array::c_style);
    if (source.ndim() != 2 || result.ndim() != 2 || !dense || source.itemsize() != result.itemsize() ||
        source.shape(0) != result.shape(0) || result.shape(1) != index.size()) {
        throw py::value_error("gather: two dense arrays are needed, (rows, width) and (rows, indices)");
    }
    const auto run = [&]<class Number>(Number) {
        const auto width = static_cast<std::size_t>(source.shape(1));
        const std::span from(static_cast<const Number*>(source.data()),
                             static_cast<std::size_t>(source.size()));
        const std::span to(static_cast<Number*>(result.mutable_data()),
                           static_cast<std::size_t>(result.size()));
        const Released gil;
        if (!index.size()) return;
        gather<Number, Index>(from, width, view(index), to);
    };
    if (source.itemsize() == 4) return run(std::uint32_t{});
    if (source.itemsize() == 8) return run(std::uint64_t{});
    throw py::value_error("gather: numbers of 4 or 8 bytes are expected");
}

}  // namespace

void add_sparse(py::module_& module) {
    module.def("color_columns", &colors_of_columns, py::arg("start").noconvert(),
               py::arg("index").noconvert(), py::arg("rows"), py::arg("order"));
    module.def("color_star", &colors_of_vertices, py::arg("start").noconvert(), py::arg("index").noconvert(),
               py::arg("rows"), py::arg("order"));
    module.def("star_sources", &sources_of, py::arg("start").noconvert(), py::arg("index").noconvert(),
               py::arg("colors").noconvert());
    module.def("gather", &gather_numbers<std::int32_t>, py::arg("source").noconvert(),
               py::arg("index").noconvert(), py::arg("result").noconvert());
    module.def("gather", &gather_numbers<std::int64_t>, py::arg("source").noconvert(),
               py::arg("index").noconvert(), py::arg("result").noconvert());
}

}  // namespace zymogen::core
