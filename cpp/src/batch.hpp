// One call of an inner loop by NumPy: which operands an entry may read in place, and which go through a
// buffer.
#pragma once

#include <array>
#include <span>
#include <string>

#include "component.hpp"
#include "loop.hpp"

namespace zymogen::core {

/// An operand that an entry cannot use where it lies: its rows pass through a buffer, block by block.
struct Buffered {
    int operand;
    index_t row_bytes;       ///< of one dense row
    char* first;             ///< the array's first row
    index_t step;            ///< bytes to its next row
    const index_t* strides;  ///< along its core dimensions
};

/// The rows of one inner-loop call. Plain views: nothing is owned, and NumPy keeps the arrays alive.
struct Batch {
    const CompiledLoop& compiled;
    index_t count;
    const index_t* size;  ///< core dimensions
    std::array<char*, max_operands> first;
    std::array<index_t, max_operands> step;
    std::array<std::int64_t, max_operands> constant;  ///< flat numbers of indices that all rows share
    std::array<Buffered, max_operands> buffered;
    int buffered_count = 0;
    std::array<Buffered, max_operands>
        shared;  ///< what all rows share and is to be made: lists, inputs not dense
    int shared_count = 0;
    std::array<Buffered, max_operands> summed;  ///< outputs that are sums over the rows
    int summed_count = 0;
    index_t block = 0;               ///< rows that the buffers hold
    bool in_order = false;           ///< a row may read what the row before wrote
    bool overlap = false;            ///< an output is an input along other axes: nothing may run
    bool overwrites_inputs = false;  ///< an output is an input too, which is gone once rows are computed
    bool is_sized = false;           ///< `entry` is one for these sizes
    Entry* entry;
    std::string bad_component;  ///< not empty: an index is out of range, and nothing may run

    Batch(const CompiledLoop& compiled, char* const* args, const index_t* dimensions, const index_t* steps);

    const Operand& operand(const Buffered& b) const {
        return compiled.loop.operands[static_cast<std::size_t>(b.operand)];
    }
    std::size_t shared_bytes() const;

    /// Copies the shared inputs and flattened lists to `memory`, where all threads read them.
    void pack_shared(char* memory);

private:
    bool is_also_read(char* const* args, const index_t* steps, int output);
    void place_sums(char* const* args, const index_t* strides);
    void place(int position, const Operand& operand, char* data, index_t row_step, const index_t* strides,
               bool reused);
    void place_index(int position, const Operand& operand, Components components, const index_t* strides);
    void place_list(int position, const Operand& operand, char* data, index_t row_step,
                    const index_t* strides);
    /// Of the components of so many rows; the first operand with one that is not there becomes
    /// `bad_component`.
    ComponentCheck checked(const Operand& operand, Components components, index_t rows);
    void find_overlaps(char* const* args, const index_t* steps);
    void choose_block();
};

/// Makes rows [begin, end) dense in `buffer`, or brings them back from there.
void pack_rows(const Batch& batch, const Buffered& b, index_t begin, index_t end, char* buffer);
void unpack_rows(const Batch& batch, const Buffered& b, index_t begin, index_t end, const char* buffer);

}  // namespace zymogen::core
