#include "coloring.hpp"

#include <algorithm>
#include <bit>

#include "ordering.hpp"

namespace zymogen::core {

namespace {

std::size_t at(std::int32_t i) {
    return static_cast<std::size_t>(i);
}

/// A set of colours that grows with the largest of them.
class ColorSet {
public:
    void clear() { std::fill(words_.begin(), words_.end(), 0); }

    void add(std::int32_t color) {
        const std::size_t word = at(color) / 64;
        if (word >= words_.size()) words_.resize(word + 1);
        words_[word] |= std::uint64_t{1} << (color % 64);
    }

    void add(const ColorSet& others) {
        if (others.words_.size() > words_.size()) words_.resize(others.words_.size());
        for (std::size_t word = 0; word < others.words_.size(); ++word) words_[word] |= others.words_[word];
    }

    std::int32_t least_missing() const {
        std::size_t word = 0;
        while (word < words_.size() && words_[word] == ~std::uint64_t{0}) ++word;
        const int bit = word < words_.size() ? std::countr_one(words_[word]) : 0;
        return static_cast<std::int32_t>(64 * word) + bit;
    }

private:
    std::vector<std::uint64_t> words_;
};

struct Transposed {
    std::vector<std::int64_t> start;
    std::vector<std::int32_t> index;

    explicit Transposed(const Pattern& pattern) : start(at(pattern.rows) + 1), index(pattern.index.size()) {
        for (const std::int32_t i : pattern.index) ++start[at(i) + 1];
        for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
        std::vector<std::int64_t> next(start.begin(), start.end() - 1);
        for (std::int32_t j = 0; j < pattern.columns(); ++j) {
            for (const std::int32_t i : pattern.column(j)) index[static_cast<std::size_t>(next[at(i)]++)] = j;
        }
    }

    Pattern pattern(std::int32_t columns) const { return {start, index, columns}; }
};

std::vector<std::int32_t> order_of_columns(const Pattern& columns, const Pattern& rows, Order order) {
    if (order == Order::natural) return natural_order(columns.columns());
    std::vector<std::int64_t> degree(at(columns.columns()));
    for (std::int32_t j = 0; j < columns.columns(); ++j) {
        for (const std::int32_t i : columns.column(j)) {
            degree[at(j)] += static_cast<std::int64_t>(rows.column(i).size());
        }
    }
    return largest_first(degree);
}

}  // namespace

std::vector<std::int32_t> color_columns(const Pattern& pattern, Order order) {
    const Transposed transposed(pattern);
    const Pattern rows = transposed.pattern(pattern.columns());
    std::size_t longest = 0;
    for (std::int32_t i = 0; i < pattern.rows; ++i) longest = std::max(longest, rows.column(i).size());

    // A long row is kept as a set of its colours, because looking at all its columns again for each of them
    // would take quadratic time. At least `longest` colours are needed, so the set of a shorter row than this
    // is no shorter itself, and the sets together stay in proportion to the pattern.
    const std::size_t short_row = std::max<std::size_t>(8, longest / 64);
    std::vector<std::int32_t> set_of(at(pattern.rows), -1);
    std::vector<ColorSet> sets;
    for (std::int32_t i = 0; i < pattern.rows; ++i) {
        if (rows.column(i).size() <= short_row) continue;
        set_of[at(i)] = static_cast<std::int32_t>(sets.size());
        sets.emplace_back();
    }

    std::vector<std::int32_t> colors(at(pattern.columns()), -1);
    ColorSet forbidden;
    for (const std::int32_t j : order_of_columns(pattern, rows, order)) {
        forbidden.clear();
        for (const std::int32_t i : pattern.column(j)) {
            if (set_of[at(i)] >= 0) {
                forbidden.add(sets[at(set_of[at(i)])]);
                continue;
            }
            for (const std::int32_t k : rows.column(i)) {
                if (colors[at(k)] >= 0) forbidden.add(colors[at(k)]);
            }
        }
        const std::int32_t color = colors[at(j)] = forbidden.least_missing();
        for (const std::int32_t i : pattern.column(j)) {
            if (set_of[at(i)] >= 0) sets[at(set_of[at(i)])].add(color);
        }
    }
    return colors;
}

}  // namespace zymogen::core
