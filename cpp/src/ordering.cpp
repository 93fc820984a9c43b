#include "ordering.hpp"

#include <algorithm>
#include <numeric>

namespace zymogen::core {

namespace {

constexpr std::int32_t none = -1;

std::size_t at(std::int32_t i) {
    return static_cast<std::size_t>(i);
}

/// Vertices by degree, as doubly linked lists: moving one to another degree takes constant time.
class Buckets {
public:
    explicit Buckets(const Pattern& graph)
        : first_(at(graph.columns()) + 1, none),
          next_(at(graph.columns()), none),
          previous_(at(graph.columns()), none),
          degree_(at(graph.columns())) {
        for (std::int32_t v = graph.columns() - 1; v >= 0; --v) {
            degree_[at(v)] = static_cast<std::int32_t>(graph.column(v).size());
            link(v);
        }
    }

    std::int32_t take_least() {
        while (first_[at(least_)] == none) ++least_;
        const std::int32_t v = first_[at(least_)];
        unlink(v);
        degree_[at(v)] = none;
        return v;
    }

    /// One neighbour of `v` was taken.
    void lower(std::int32_t v) {
        if (degree_[at(v)] <= 0) return;  // taken itself
        unlink(v);
        --degree_[at(v)];
        link(v);
        least_ = std::min(least_, degree_[at(v)]);
    }

private:
    void link(std::int32_t v) {
        std::int32_t& first = first_[at(degree_[at(v)])];
        previous_[at(v)] = none;
        next_[at(v)] = first;
        if (first != none) previous_[at(first)] = v;
        first = v;
    }

    void unlink(std::int32_t v) {
        const std::int32_t before = previous_[at(v)], after = next_[at(v)];
        (before == none ? first_[at(degree_[at(v)])] : next_[at(before)]) = after;
        if (after != none) previous_[at(after)] = before;
    }

    std::vector<std::int32_t> first_, next_, previous_, degree_;
    std::int32_t least_ = 0;
};

}  // namespace

std::vector<std::int32_t> natural_order(std::int32_t count) {
    std::vector<std::int32_t> order(at(count));
    std::iota(order.begin(), order.end(), 0);
    return order;
}

std::vector<std::int32_t> largest_first(std::span<const std::int64_t> degree) {
    std::vector<std::int32_t> order = natural_order(static_cast<std::int32_t>(degree.size()));
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int32_t a, std::int32_t b) { return degree[at(a)] > degree[at(b)]; });
    return order;
}

std::vector<std::int32_t> smallest_last(const Pattern& graph) {
    Buckets remaining(graph);
    std::vector<std::int32_t> order(at(graph.columns()));
    for (std::int32_t place = graph.columns() - 1; place >= 0; --place) {
        const std::int32_t v = remaining.take_least();
        order[at(place)] = v;
        for (const std::int32_t w : graph.column(v)) remaining.lower(w);
    }
    return order;
}

}  // namespace zymogen::core
