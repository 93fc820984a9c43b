// What Python says about one compiled entry, and the state the trampoline keeps for it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sized_entries.hpp"
#include "time_spent.hpp"
#include "zymogen/abi.hpp"

struct _object;  // Python's own name for PyObject

namespace zymogen::core {

using PyObject = ::_object;
using index_t = std::ptrdiff_t;

inline constexpr int max_operands = 96;  ///< NumPy allows 64 arguments; bound indices come on top

enum class Role { input, index, list, output };

/// One operand of an entry. `dims` and `extents` are positions in the list of core dimensions.
struct Operand {
    Role role;
    index_t itemsize;
    std::vector<int> dims;
    /// An index or a list of components that is fixed, as many numbers for each as there are `extents`: it
    /// is no argument of the ufunc, the trampoline supplies it.
    std::optional<std::vector<std::int64_t>> bound;
    /// Of an index or list: the core dimensions of the array it points into. A fixed extent that no other
    /// operand has is no core dimension: it stands here as its bitwise complement, which is negative.
    std::vector<int> extents;
    std::string label;               ///< of an index or list: that array as people write it, "M(a,c)"
    std::vector<std::string> names;  ///< of an index or list: the names of `extents`
    bool summed = false;             ///< an output that is the sum over a batch's rows; set by `row_loop`

    bool is_visible() const { return !bound; }
};

/// Working memory of an entry, for one row and one thread.
struct Scratch {
    index_t itemsize;
    std::vector<int> dims;
    bool zero;  ///< zeroed before the first row; the entry restores it after each
};

struct Loop {
    Entry* entry;
    std::vector<int> types;  ///< NumPy's type numbers of the visible operands
    std::vector<Operand> operands;
    std::vector<Scratch> scratch;
    /// The core dimension that is the batch, or -1: then NumPy's own loop is. Operands have it first or not
    /// at all; inputs without it are the same in all rows, outputs without it are sums over the rows.
    int batch = -1;
};

/// A loop inside its ufunc: what NumPy hands to the trampoline as `data`.
struct CompiledLoop {
    Loop loop;                         ///< as the entry sees it: a `row_loop`
    int batch = -1;                    ///< as in Loop
    std::vector<bool> has_batch = {};  ///< of each visible operand, if there is such a dimension
    std::string name;                  ///< of the ufunc, for messages
    int core_dims = 0;                 ///< of the signature
    int visible = 0;                   ///< number of operands that NumPy passes
    bool elementwise =
        false;  ///< no core dimensions: NumPy may then pass the same memory as input and output
    mutable std::atomic<int> check_first = 0;  ///< see Rows::check_first
    mutable SizedEntries sized;
    mutable TimeSpent spent;
    PyObject* ufunc =
        nullptr;     ///< whose loop this is, borrowed; only where batches that take long are told of
    int number = 0;  ///< of the loop in its ufunc
};

/// Throws std::invalid_argument if the loop cannot belong to a ufunc with so many inputs and outputs.
void check_loop(const Loop& loop, int nin, int nout);

/// Throws std::invalid_argument if the loop speaks of core dimensions beyond the number that its ufunc has.
void check_positions(const Loop& loop, int core_dims);

/// The loop that is left when the core dimension that is the batch is taken away: outputs that lack it are
/// marked as summed. Throws std::invalid_argument if it is not an operand's first dimension.
Loop row_loop(const Loop& loop);

/// Number of items of an array with these core dimensions.
index_t items(const std::vector<int>& dims, const index_t* size);

}  // namespace zymogen::core
