// Indices of components: checked before anything runs, then turned into one number per row.
#pragma once

#include <string>

#include "loop.hpp"

namespace zymogen::core {

/// The components that an index operand asks for: `rank` numbers per row.
struct Components {
    const char* first;
    index_t step;    ///< bytes from one row's numbers to the next row's
    index_t stride;  ///< bytes from one of a row's numbers to the next
};

/// What a check found: the first row whose index is out of range (-1 if none), and whether any is negative.
struct ComponentCheck {
    index_t bad_row = -1;
    bool any_negative = false;
};

ComponentCheck check_components(const Operand& operand, Components components, index_t count,
                                const index_t* size);

/// Flat row-major numbers for rows [begin, end), with negative indices counted from the end. Indices must be
/// in range.
void flatten_components(const Operand& operand, Components components, index_t begin, index_t end,
                        const index_t* size, std::int64_t* flat);

/// The components of a list operand, one after the other: those that it is bound to, or those at `first`,
/// whose strides follow its dims. `count` gets how many there are.
Components listed(const Operand& operand, const char* first, const index_t* strides, const index_t* size,
                  index_t& count);

/// Says which component of what was asked for, and which there are.
std::string bad_component_text(const std::string& name, const Operand& operand, Components components,
                               index_t row, const index_t* size);

}  // namespace zymogen::core
