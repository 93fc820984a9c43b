#include "row_calls.hpp"

namespace zymogen::core {

RowCalls::RowCalls(const CompiledLoop& compiled, char* const* args, const index_t* dimensions,
                   const index_t* steps)
    : compiled_(compiled), args_(args), count_(dimensions[0]), steps_(steps) {
    const auto visible = static_cast<std::size_t>(compiled.visible);
    const index_t* const size = dimensions + 1;
    row_dimensions_.push_back(size[compiled.batch]);
    for (int d = 0; d < compiled.core_dims; ++d) {
        if (d != compiled.batch) row_dimensions_.push_back(size[d]);
    }
    first_.resize(visible);
    row_steps_.resize(visible);
    const index_t* strides = steps + visible;
    std::size_t number = 0;
    for (const Operand& operand : compiled.loop.operands) {
        if (!operand.is_visible()) continue;
        row_steps_[number] = compiled.has_batch[number] ? *strides++ : 0;
        for (std::size_t k = 0; k < operand.dims.size(); ++k) row_steps_.push_back(*strides++);
        ++number;
    }
}

/// NumPy copies what shares memory, but not where an output is exactly an input: it takes for granted that a
/// loop reads an item before it writes it. A call alone sees to that itself; of several, the next may read
/// other items.
bool RowCalls::overlap() const {
    if (count_ == 1) return false;
    std::size_t inputs = 0;
    for (const Operand& operand : compiled_.loop.operands) {
        inputs += operand.is_visible() && operand.role != Role::output;
    }
    for (std::size_t o = inputs; o < first_.size(); ++o) {
        for (std::size_t i = 0; i < inputs; ++i) {
            if (args_[i] == args_[o]) return true;
        }
    }
    return false;
}

Batch RowCalls::batch(index_t call) {
    for (std::size_t k = 0; k < first_.size(); ++k) first_[k] = args_[k] + call * steps_[k];
    return Batch(compiled_, first_.data(), row_dimensions_.data(), row_steps_.data());
}

}  // namespace zymogen::core
