// Splitting a batch over threads, when it is worth it.
#pragma once

#include "lane.hpp"

namespace zymogen::core {

/// At least 1. The count at the start is the number of usable cores.
void set_thread_count(int count);
int thread_count();

/// Runs all rows, the first ones on the calling thread. On failure `failure.row` is the lowest row that
/// fails, however the batch was split. Throws std::bad_alloc. Called without the GIL.
bool run_batch(Batch& batch, Failure& failure);

}  // namespace zymogen::core
