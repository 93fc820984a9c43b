#include "batch.hpp"

#include <algorithm>
#include <utility>

#include "arena.hpp"
#include "dense.hpp"

namespace zymogen::core {

namespace {

/// A block of buffered rows should stay in a core's own cache between packing and use.
constexpr index_t block_bytes = index_t{256} << 10;

struct Extent {
    const char* begin;
    const char* end;
};

Extent extent(const char* first, index_t step, index_t count, index_t itemsize) {
    const char* const last = first + step * (count - 1);
    return {std::min(first, last), std::max(first, last) + itemsize};
}

std::span<Axis> buffer_axes(const Batch& batch, const Buffered& b, index_t rows,
                            std::array<Axis, max_axes>& storage) {
    return axes_to_dense_rows(batch.operand(b), batch.size, rows, b.step, b.strides, storage);
}

bool same_axes(const Operand& a, const index_t* a_strides, const Operand& b, const index_t* b_strides,
               const index_t* size) {
    if (a.dims.size() != b.dims.size()) return false;
    for (std::size_t k = 0; k < a.dims.size(); ++k) {
        const index_t n = size[a.dims[k]];
        if (n != size[b.dims[k]] || (n > 1 && a_strides[k] != b_strides[k])) return false;
    }
    return true;
}

bool meet(Extent a, Extent b) {
    return a.begin < b.end && b.begin < a.end;
}

}  // namespace

Batch::Batch(const CompiledLoop& compiled, char* const* args, const index_t* dimensions, const index_t* steps)
    : compiled(compiled), count(dimensions[0]), size(dimensions + 1), entry(compiled.sized.find(size)) {
    is_sized = entry != nullptr;
    if (!is_sized) entry = compiled.loop.entry;
    const index_t* strides = steps + compiled.visible;
    if (compiled.batch >= 0) place_sums(args, strides);
    if (count == 0) return;  // sums are 0 then, and arrays may have nothing to look at
    int visible = 0, position = -1;
    for (const Operand& operand : compiled.loop.operands) {
        ++position;
        if (!operand.is_visible() && operand.role == Role::list) {
            place_list(position, operand, nullptr, 0, nullptr);
            continue;
        }
        if (!operand.is_visible()) {
            const char* const numbers = reinterpret_cast<const char*>(operand.bound->data());
            place_index(position, operand, {numbers, 0, sizeof(std::int64_t)}, nullptr);
            continue;
        }
        if (operand.role == Role::index) {
            const index_t stride = operand.dims.empty() ? 0 : *strides;
            place_index(position, operand, {args[visible], steps[visible], stride}, strides);
        } else if (operand.role == Role::list) {
            place_list(position, operand, args[visible], steps[visible], strides);
        } else if (!operand.summed) {
            const bool reused = operand.role == Role::output && is_also_read(args, steps, visible);
            if (reused) overwrites_inputs = true;
            place(position, operand, args[visible], steps[visible], strides, reused);
        }
        ++visible;
        strides += operand.dims.size();
    }
    if (compiled.elementwise) find_overlaps(args, steps);
    choose_block();
}

void Batch::place_sums(char* const* args, const index_t* strides) {
    int visible = 0, position = 0;
    for (const Operand& operand : compiled.loop.operands) {
        if (operand.summed) {
            const index_t bytes = items(operand.dims, size) * operand.itemsize;
            summed[static_cast<std::size_t>(summed_count++)] = {position, bytes, args[visible], 0, strides};
            first[static_cast<std::size_t>(position)] = args[visible];
            step[static_cast<std::size_t>(position)] = 0;
        }
        ++position;
        if (!operand.is_visible()) continue;
        ++visible;
        strides += operand.dims.size();
    }
}

/// Whether an output's rows are an input's: with `f(x, out=x)` NumPy passes one array as both, as it would to
/// a loop that reads an element before it writes it. An entry may not, so such an output goes through a
/// buffer. Where the rows or their axes are others (`axes=`, or an input that all rows share) no buffer
/// helps, as one row's result is another row's input: that is an `overlap`. NumPy copies what shares memory
/// in any other way, so that equal addresses in a call's first loop tell all cases.
bool Batch::is_also_read(char* const* args, const index_t* steps, int output) {
    if (compiled.elementwise) return false;  // see find_overlaps, which knows more cases
    const auto meets = [&](int i) { return i != output && args[i] == args[output]; };
    int first_shared = 0;
    while (first_shared < compiled.visible && !meets(first_shared)) ++first_shared;
    if (first_shared == compiled.visible) return false;
    struct Visible {
        const Operand* operand;
        const index_t* strides;
    };
    std::array<Visible, max_operands> all;
    const index_t* strides = steps + compiled.visible;
    std::size_t number = 0;
    for (const Operand& operand : compiled.loop.operands) {
        if (!operand.is_visible()) continue;
        all[number++] = {&operand, strides};
        strides += operand.dims.size();
    }
    const Visible& written = all[static_cast<std::size_t>(output)];
    if (items(written.operand->dims, size) == 0) return false;
    bool reused = false;
    for (int i = first_shared; i < compiled.visible; ++i) {
        const Visible& read = all[static_cast<std::size_t>(i)];
        if (read.operand->role == Role::output || !meets(i)) continue;
        if (items(read.operand->dims, size) == 0) continue;
        const bool same_rows = count == 1 || steps[i] == steps[output];
        if (!same_rows || !same_axes(*read.operand, read.strides, *written.operand, written.strides, size)) {
            overlap = true;
        }
        reused = true;
    }
    return reused;
}

void Batch::place(int position, const Operand& operand, char* data, index_t row_step, const index_t* strides,
                  bool reused) {
    const auto p = static_cast<std::size_t>(position);
    first[p] = data;
    step[p] = row_step;
    if (!reused && is_dense(operand.dims, size, strides, operand.itemsize)) return;
    const Buffered entry{position, items(operand.dims, size) * operand.itemsize, data, row_step, strides};
    if (row_step == 0 && operand.role == Role::input) {
        shared[static_cast<std::size_t>(shared_count++)] = entry;
    } else {
        buffered[static_cast<std::size_t>(buffered_count++)] = entry;
    }
}

ComponentCheck Batch::checked(const Operand& operand, Components components, index_t rows) {
    const ComponentCheck check = check_components(operand, components, rows, size);
    if (check.bad_row >= 0 && bad_component.empty()) {
        bad_component = bad_component_text(compiled.name, operand, components, check.bad_row, size);
    }
    return check;
}

/// An entry finds the number of components and then their flat numbers, which are worked out once for all
/// rows if they share the list.
void Batch::place_list(int position, const Operand& operand, char* data, index_t row_step,
                       const index_t* strides) {
    const bool is_shared = row_step == 0 || count == 1;
    index_t length = 0;
    for (index_t row = 0; row < (is_shared ? 1 : count); ++row) {
        const Components components = listed(operand, data + row * row_step, strides, size, length);
        if (checked(operand, components, length).bad_row >= 0) return;
    }
    const Buffered entry{position, (length + 1) * operand.itemsize, data, row_step, strides};
    if (is_shared) {
        step[static_cast<std::size_t>(position)] = 0;
        shared[static_cast<std::size_t>(shared_count++)] = entry;
    } else {
        first[static_cast<std::size_t>(position)] = data;
        step[static_cast<std::size_t>(position)] = row_step;
        buffered[static_cast<std::size_t>(buffered_count++)] = entry;
    }
}

void Batch::place_index(int position, const Operand& operand, Components components, const index_t* strides) {
    const ComponentCheck check = checked(operand, components, count);
    if (check.bad_row >= 0) return;
    const auto p = static_cast<std::size_t>(position);
    first[p] = const_cast<char*>(components.first);
    step[p] = components.step;
    if (components.step == 0 || count == 1) {
        flatten_components(operand, components, 0, 1, size, &constant[p]);
        first[p] = reinterpret_cast<char*>(&constant[p]);
        step[p] = 0;
    } else if (check.any_negative || operand.extents.size() > 1) {
        buffered[static_cast<std::size_t>(buffered_count++)] = {position, operand.itemsize, first[p],
                                                                components.step, strides};
    }
}

/// Where there are no core dimensions NumPy allows `f(x, out=x)` and reductions. Outputs then go through a
/// buffer, and in order if a row may read what another one wrote.
void Batch::find_overlaps(char* const* args, const index_t* steps) {
    const std::vector<Operand>& operands = compiled.loop.operands;
    for (std::size_t o = 0; o < operands.size(); ++o) {
        if (operands[o].role != Role::output) continue;
        const Extent written = extent(args[o], steps[o], count, operands[o].itemsize);
        bool overlaps = false;
        for (std::size_t i = 0; i < operands.size(); ++i) {
            if (i == o || !meet(written, extent(args[i], steps[i], count, operands[i].itemsize))) continue;
            overlaps = true;
            const bool same_rows = args[i] == args[o] && steps[i] == steps[o] && steps[o] != 0;
            if (!same_rows) in_order = true;
        }
        if (overlaps) {
            overwrites_inputs = true;
            buffered[static_cast<std::size_t>(buffered_count++)] = {static_cast<int>(o), operands[o].itemsize,
                                                                    args[o], steps[o], nullptr};
        }
    }
}

void Batch::choose_block() {
    block = count;
    if (in_order) block = 1;
    index_t bytes = 0;
    for (int b = 0; b < buffered_count; ++b) bytes += buffered[static_cast<std::size_t>(b)].row_bytes;
    for (int s = 0; s < summed_count; ++s) bytes += summed[static_cast<std::size_t>(s)].row_bytes;
    if (bytes > 0) block = std::min(block, std::max<index_t>(1, block_bytes / bytes));
}

void pack_rows(const Batch& batch, const Buffered& b, index_t begin, index_t end, char* buffer) {
    const Operand& operand = batch.operand(b);
    if (operand.role == Role::list) {
        auto* numbers = reinterpret_cast<std::int64_t*>(buffer);
        for (index_t row = begin; row < end; ++row) {
            index_t length;
            const Components components =
                listed(operand, b.first + row * b.step, b.strides, batch.size, length);
            *numbers++ = length;
            flatten_components(operand, components, 0, length, batch.size, numbers);
            numbers += length;
        }
        return;
    }
    char* const rows = b.first + begin * b.step;
    if (operand.role == Role::index) {
        const Components components{rows, b.step, operand.dims.empty() ? 0 : *b.strides};
        flatten_components(operand, components, 0, end - begin, batch.size,
                           reinterpret_cast<std::int64_t*>(buffer));
        return;
    }
    std::array<Axis, max_axes> axes;
    copy_block(buffer_axes(batch, b, end - begin, axes), buffer, rows, operand.itemsize);
}

void unpack_rows(const Batch& batch, const Buffered& b, index_t begin, index_t end, const char* buffer) {
    std::array<Axis, max_axes> storage;
    const std::span<Axis> axes = buffer_axes(batch, b, end - begin, storage);
    for (Axis& axis : axes) std::swap(axis.to, axis.from);
    copy_block(axes, b.first + begin * b.step, buffer, batch.operand(b).itemsize);
}

void Batch::pack_shared(char* memory) {
    for (int s = 0; s < shared_count; ++s) {
        const Buffered& b = shared[static_cast<std::size_t>(s)];
        pack_rows(*this, b, 0, 1, memory);
        first[static_cast<std::size_t>(b.operand)] = memory;
        memory += aligned(static_cast<std::size_t>(b.row_bytes));
    }
}

std::size_t Batch::shared_bytes() const {
    std::size_t bytes = 0;
    for (int s = 0; s < shared_count; ++s) {
        bytes += aligned(static_cast<std::size_t>(shared[static_cast<std::size_t>(s)].row_bytes));
    }
    return bytes;
}

}  // namespace zymogen::core
