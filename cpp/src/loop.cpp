#include "loop.hpp"

#include <algorithm>
#include <stdexcept>

namespace zymogen::core {

namespace {

void require(bool condition, const std::string& message) {
    if (!condition) throw std::invalid_argument("make_ufunc: " + message);
}

bool are_extents(const std::vector<int>& extents, int core_dims) {
    return std::all_of(extents.begin(), extents.end(), [&](int d) { return d < core_dims; });
}

bool are_positions(const std::vector<int>& dims, int core_dims) {
    return std::all_of(dims.begin(), dims.end(), [&](int d) { return 0 <= d && d < core_dims; });
}

void check_components_of(const Operand& operand) {
    const std::size_t rank = operand.extents.size();
    require(rank >= 1 && operand.names.size() == rank,
            "an index or list needs extents and a name for each of them");
    require(operand.itemsize == sizeof(std::int64_t), "an index or list has items of 8 bytes");
}

void check_list(const Operand& operand) {
    check_components_of(operand);
    const std::size_t rank = operand.extents.size();
    require(!operand.bound || (operand.bound->size() % rank == 0 && operand.dims.empty()),
            "a bound list of components needs one number for each of its components' extents, and no dims");
    require(operand.bound || operand.dims.size() == (rank == 1 ? 1u : 2u),
            "an open list is a vector of a vector's components, else a matrix");
}

void check_index(const Operand& operand) {
    check_components_of(operand);
    const std::size_t rank = operand.extents.size();
    require(!operand.bound || (operand.bound->size() == rank && operand.dims.empty()),
            "a bound index needs one number for each extent, and no dims");
    require(operand.bound || operand.dims.size() == (rank == 1 ? 0u : 1u),
            "an open index is a scalar for a vector's component, else a vector");
}

}  // namespace

void check_loop(const Loop& loop, int nin, int nout) {
    require(loop.entry != nullptr, "the entry's address is 0");
    require(static_cast<int>(loop.types.size()) == nin + nout,
            "a loop needs one type for each input and output");
    require(loop.operands.size() <= max_operands,
            "a loop has more than " + std::to_string(max_operands) + " operands");
    int visible_in = 0, visible_out = 0;
    bool at_outputs = false;
    for (const Operand& operand : loop.operands) {
        require(operand.itemsize > 0, "an operand's itemsize is not positive");
        require(operand.role == Role::output || !at_outputs,
                "outputs come after all inputs, indices and lists");
        at_outputs = operand.role == Role::output;
        const bool points = operand.role == Role::index || operand.role == Role::list;
        require(points || !operand.bound, "only an index or list can be bound");
        if (operand.role == Role::index) check_index(operand);
        if (operand.role == Role::list) check_list(operand);
        if (operand.is_visible()) ++(operand.role == Role::output ? visible_out : visible_in);
    }
    require(visible_in == nin && visible_out == nout,
            "the operands do not match the numbers of inputs and outputs");
    for (const Scratch& scratch : loop.scratch)
        require(scratch.itemsize > 0, "a scratch array's itemsize is not positive");
}

void check_positions(const Loop& loop, int core_dims) {
    for (const Operand& operand : loop.operands) {
        require(are_positions(operand.dims, core_dims) && are_extents(operand.extents, core_dims),
                "an operand names a core dimension that the signature does not have");
    }
    require(loop.batch < core_dims, "the batch is a core dimension that the signature does not have");
    for (const Scratch& scratch : loop.scratch) {
        require(are_positions(scratch.dims, core_dims),
                "a scratch array names a core dimension that the signature does not have");
    }
}

Loop row_loop(const Loop& loop) {
    Loop rows = loop;
    if (loop.batch < 0) return rows;
    const auto renumber = [&](std::vector<int>& dims, bool visible) {
        if (visible && !dims.empty() && dims.front() == loop.batch) dims.erase(dims.begin());
        for (int& d : dims) {
            require(d != loop.batch, "the batch is not the first dimension of an input, index or output");
            if (d > loop.batch) --d;
        }
    };
    for (std::size_t k = 0; k < rows.operands.size(); ++k) {
        Operand& operand = rows.operands[k];
        const std::size_t rank = operand.dims.size();
        renumber(operand.dims, operand.is_visible());
        renumber(operand.extents, false);
        operand.summed = operand.role == Role::output && operand.dims.size() == rank;
    }
    for (Scratch& scratch : rows.scratch) renumber(scratch.dims, false);
    rows.batch = -1;
    return rows;
}

index_t items(const std::vector<int>& dims, const index_t* size) {
    index_t product = 1;
    for (int d : dims) product *= size[d];
    return product;
}

}  // namespace zymogen::core
