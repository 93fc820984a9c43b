#include "component.hpp"

#include <algorithm>

namespace zymogen::core {

namespace {

std::int64_t number(Components components, index_t row, index_t k) {
    return *reinterpret_cast<const std::int64_t*>(components.first + row * components.step +
                                                  k * components.stride);
}

bool in_range(std::int64_t i, index_t extent) {
    return -extent <= i && i < extent;
}

/// How many components there are along one axis of the array that the operand points into.
index_t extent_along(const Operand& operand, index_t axis, const index_t* size) {
    const int position = operand.extents[static_cast<std::size_t>(axis)];
    return position < 0 ? ~position : size[position];
}

bool is_literal(const std::string& name) {
    return !name.empty() && name[0] >= '0' && name[0] <= '9';
}

}  // namespace

ComponentCheck check_components(const Operand& operand, Components components, index_t count,
                                const index_t* size) {
    const index_t rank = static_cast<index_t>(operand.extents.size());
    ComponentCheck check;
    const index_t rows = components.step == 0 ? std::min<index_t>(count, 1) : count;
    for (index_t k = 0; k < rank; ++k) {
        const index_t extent = extent_along(operand, k, size);
        std::int64_t least = 0, most = -1;  // no branch in this loop: a batch may have millions of rows
        for (index_t row = 0; row < rows; ++row) {
            const std::int64_t i = number(components, row, k);
            least = std::min(least, i);
            most = std::max(most, i);
        }
        check.any_negative |= least < 0;
        if (least >= -extent && most < extent) continue;
        for (index_t row = 0; row < rows; ++row) {
            if (in_range(number(components, row, k), extent)) continue;
            check.bad_row = check.bad_row < 0 ? row : std::min(check.bad_row, row);
            break;
        }
    }
    return check;
}

void flatten_components(const Operand& operand, Components components, index_t begin, index_t end,
                        const index_t* size, std::int64_t* flat) {
    const index_t rank = static_cast<index_t>(operand.extents.size());
    for (index_t row = begin; row < end; ++row) {
        std::int64_t position = 0;
        for (index_t k = 0; k < rank; ++k) {
            const index_t extent = extent_along(operand, k, size);
            const std::int64_t i = number(components, row, k);
            position = position * extent + (i < 0 ? i + extent : i);
        }
        flat[row - begin] = position;
    }
}

Components listed(const Operand& operand, const char* first, const index_t* strides, const index_t* size,
                  index_t& count) {
    constexpr index_t item = sizeof(std::int64_t);
    const auto rank = static_cast<index_t>(operand.extents.size());
    if (operand.is_visible()) {
        count = size[operand.dims[0]];
        return {first, strides[0], rank == 1 ? 0 : strides[1]};
    }
    count = static_cast<index_t>(operand.bound->size()) / rank;
    return {reinterpret_cast<const char*>(operand.bound->data()), rank * item, item};
}

std::string bad_component_text(const std::string& name, const Operand& operand, Components components,
                               index_t row, const index_t* size) {
    const index_t rank = static_cast<index_t>(operand.extents.size());
    std::string asked;
    index_t bad = -1;
    for (index_t k = 0; k < rank; ++k) {
        const std::int64_t i = number(components, row, k);
        asked += (k ? ", " : "") + std::to_string(i);
        if (bad < 0 && !in_range(i, extent_along(operand, k, size))) bad = k;
    }
    if (rank > 1) asked = "(" + asked + ")";
    const std::string& dimension = operand.names[static_cast<std::size_t>(bad)];
    const std::string extent = std::to_string(extent_along(operand, bad, size));
    std::string text = name + "(...): component " + asked + " of " + operand.label + " was asked for";
    if (!is_literal(dimension)) text += ", and " + dimension + " = " + extent;
    if (extent == "0") return text + ". There are no components.";
    text += ". Valid components ";
    if (rank > 1) text += "along axis " + std::to_string(bad) + " ";
    return text + "are -" + extent + " to " + std::to_string(std::stoll(extent) - 1) + ".";
}

}  // namespace zymogen::core
