// A batch some of whose outputs are sums over its rows.
#pragma once

#include "lane.hpp"

namespace zymogen::core {

/// Runs all rows and writes the sums, which are 0 if there are no rows. Sums are the same, bit by bit,
/// whenever the number of rows and the number of threads that may be used are the same. Nothing is written to
/// sums on failure, and `failure.row` is then the lowest row that fails. Throws std::bad_alloc. Called
/// without the GIL.
bool run_summed_batch(Batch& batch, Failure& failure);

}  // namespace zymogen::core
