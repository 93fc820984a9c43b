#include <algorithm>
#include <numeric>
#include <utility>

#include "coloring.hpp"
#include "ordering.hpp"

namespace zymogen::core {

namespace {

constexpr std::int32_t none = -1;

std::size_t at(std::int32_t i) {
    return static_cast<std::size_t>(i);
}

/// What each vertex knows of its coloured neighbours: for each colour, whether there are several of it, and
/// one of them. A vertex with d neighbours has a hash table of 2 d places; colours are small numbers and
/// rarely collide.
class Neighborhoods {
public:
    struct Record {
        std::int32_t color = none;
        std::int32_t neighbor = none;
        bool several = false;
    };

    explicit Neighborhoods(const Pattern& graph)
        : graph_(graph),
          records_(2 * graph.index.size()),
          listed_(graph.index.size()),
          count_(at(graph.columns())) {}

    /// The record of a colour at `v`; one with colour `none` if no neighbour has it.
    Record& of(std::int32_t v, std::int32_t color) {
        const auto first = 2 * static_cast<std::size_t>(graph_.start[at(v)]);
        const std::size_t size = 2 * graph_.column(v).size();
        std::size_t place = at(color) % size;
        while (records_[first + place].color != none && records_[first + place].color != color) {
            if (++place == size) place = 0;
        }
        return records_[first + place];
    }

    /// The neighbour `w` of `v` got its colour. Whether it is the second with that colour.
    bool add(std::int32_t v, std::int32_t w, std::int32_t color) {
        Record& record = of(v, color);
        if (record.color == none) {
            record = {color, w, false};
            listed_[static_cast<std::size_t>(graph_.start[at(v)]) + at(count_[at(v)]++)] = color;
            return false;
        }
        return !std::exchange(record.several, true);
    }

    /// The different colours of the neighbours of `v`.
    std::span<const std::int32_t> colors(std::int32_t v) const {
        return {listed_.data() + graph_.start[at(v)], at(count_[at(v)])};
    }

private:
    const Pattern& graph_;
    std::vector<Record> records_;
    std::vector<std::int32_t> listed_, count_;
};

/// The greedy algorithm. All that is coloured is a star colouring at any time: of two colours, each connected
/// part is a star, that is one vertex (the hub) with neighbours.
class StarColoring {
public:
    explicit StarColoring(const Pattern& graph)
        : graph_(graph),
          near_(graph),
          to_hubs_(graph.index.size()),
          hub_count_(at(graph.columns())),
          colors_(at(graph.columns()), none),
          forbidden_(at(graph.columns()) + 1, none) {}

    std::vector<std::int32_t> run(const std::vector<std::int32_t>& order) {
        for (const std::int32_t v : order) {
            forbid(v);
            std::int32_t color = 0;
            while (forbidden_[at(color)] == v) ++color;
            assign(v, color);
        }
        return std::move(colors_);
    }

private:
    void forbid(std::int32_t v) {
        for (const std::int32_t w : graph_.column(v)) {
            const std::int32_t color = colors_[at(w)];
            if (color == none || w == v) continue;
            forbidden_[at(color)] = v;
            // v would be the end of a path v, w, x, y: x has a second neighbour with the colour of w.
            for (std::int32_t k = 0; k < hub_count_[at(w)]; ++k) {
                forbidden_[at(to_hubs_[static_cast<std::size_t>(graph_.start[at(w)]) + at(k)])] = v;
            }
            // v would be inside of a path a, v, w, x: v has a second neighbour with the colour of w.
            if (near_.of(v, color).several) {
                for (const std::int32_t other : near_.colors(w)) forbidden_[at(other)] = v;
            }
        }
    }

    void assign(std::int32_t v, std::int32_t color) {
        colors_[at(v)] = color;
        for (const std::int32_t w : graph_.column(v)) {
            if (w == v) continue;
            const std::int32_t first = near_.of(w, color).neighbor;
            const bool second = near_.add(w, v, color);
            const std::int32_t other = colors_[at(w)];
            if (other == none) continue;  // w may become a hub when it is coloured itself
            if (near_.of(v, other).several) {
                add_hub(w, color);  // v is the hub, and w one of its neighbours
            } else if (near_.of(w, color).several) {
                if (second) add_hub(first, other);
                add_hub(v, other);
            }
        }
    }

    /// The one neighbour of `v` with this colour is the hub of a star of two edges or more.
    void add_hub(std::int32_t v, std::int32_t color) {
        to_hubs_[static_cast<std::size_t>(graph_.start[at(v)]) + at(hub_count_[at(v)]++)] = color;
    }

    const Pattern& graph_;
    Neighborhoods near_;
    std::vector<std::int32_t> to_hubs_, hub_count_, colors_, forbidden_;
};

std::vector<std::int32_t> order_of_vertices(const Pattern& graph, Order order) {
    switch (order) {
        case Order::natural: return natural_order(graph.columns());
        case Order::smallest_last: return smallest_last(graph);
        case Order::largest_first: break;
    }
    std::vector<std::int64_t> degree(at(graph.columns()));
    std::adjacent_difference(graph.start.begin() + 1, graph.start.end(), degree.begin());
    return largest_first(degree);
}

}  // namespace

std::vector<std::int32_t> color_star(const Pattern& pattern, Order order) {
    return StarColoring(pattern).run(order_of_vertices(pattern, order));
}

std::vector<std::int64_t> star_sources(const Pattern& pattern, std::span<const std::int32_t> colors) {
    const std::int32_t n = pattern.columns();
    const auto place = [n](std::int32_t color, std::int32_t row) {
        return static_cast<std::int64_t>(color) * n + row;
    };
    std::vector<std::int64_t> sources(pattern.index.size());
    // Rows are visited in order, so row j's entries left of its diagonal are met in order too.
    std::vector<std::int64_t> next_left(pattern.start.begin(), pattern.start.end() - 1);
    std::vector<std::int32_t> neighbors(colors.empty() ? 0 : at(*std::ranges::max_element(colors)) + 1);
    for (std::int32_t i = 0; i < n; ++i) {
        const auto row = pattern.column(i);
        for (const std::int32_t j : row) neighbors[at(colors[at(j)])] += j != i;
        for (std::size_t k = 0; k < row.size(); ++k) {
            const std::int32_t j = row[k], color = colors[at(j)];
            std::int64_t& source = sources[static_cast<std::size_t>(pattern.start[at(i)]) + k];
            if (j == i) source = place(color, i);
            if (j <= i) continue;
            source = neighbors[at(color)] == 1 ? place(color, i) : place(colors[at(i)], j);
            sources[static_cast<std::size_t>(next_left[at(j)]++)] = source;
        }
        for (const std::int32_t j : row) neighbors[at(colors[at(j)])] = 0;
    }
    return sources;
}

}  // namespace zymogen::core
