// Sums over a batch's rows: doubles, one set for each part of the batch, in one piece of memory.
#pragma once

#include "batch.hpp"

namespace zymogen::core {

/// Bytes of one set of sums: those of all summed outputs.
std::size_t sums_bytes(const Batch& batch);

/// Adds dense rows to a set of sums, one row after the other, so that sums do not depend on how rows came in
/// blocks. `rows` has the first one of each summed output.
void add_rows(const Batch& batch, char* const* rows, index_t count, char* sums);

/// Adds one set of sums to another.
void add_sums(const Batch& batch, char* to, const char* from);

/// Writes a set of sums to the output arrays; the set is lost.
void write_sums(const Batch& batch, char* sums);

}  // namespace zymogen::core
