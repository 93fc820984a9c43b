// A loop in which the batch is a core dimension, seen as calls of a loop over rows.
#pragma once

#include <vector>

#include "batch.hpp"

namespace zymogen::core {

/// One call for each item of NumPy's own loop. Plain views, as in Batch.
class RowCalls {
public:
    RowCalls(const CompiledLoop& compiled, char* const* args, const index_t* dimensions,
             const index_t* steps);

    index_t count() const { return count_; }

    /// Whether one call may write what another one reads: nothing may run.
    bool overlap() const;

    /// The rows of one call. They are of use for as long as this object is.
    Batch batch(index_t call);

private:
    const CompiledLoop& compiled_;
    char* const* args_;
    index_t count_;
    const index_t* steps_;                 ///< of each operand, from call to call
    std::vector<char*> first_;             ///< of each operand, in the call that `batch` was asked for last
    std::vector<index_t> row_dimensions_;  ///< as NumPy gives them: the rows' number, then core dimensions
    std::vector<index_t> row_steps_;  ///< as NumPy gives them: from row to row, then along core dimensions
};

}  // namespace zymogen::core
