// The contract between a compiled entry and whoever calls it. Plain data only: it crosses a shared
// library's boundary, and the two sides are built by different compilers.
#pragma once

#include <cstddef>

namespace zymogen {

/// Raised whenever a struct below changes; part of every cache key.
inline constexpr int abi_version = 2;

/// Where derivative code gets large memory for what the way back needs of the way there: whoever calls keeps
/// it for the next row and the next call, of this thread alone.
struct CacheMemory {
    void* (*allocate)(std::size_t bytes);  ///< as malloc: uninitialised, and null where there is none
    /// Takes what `allocate` or malloc gave. Returns whether it was of `allocate`.
    bool (*release)(void* memory);
};

/// Rows of one batch. Every core array is dense and row-major, and no output overlaps an input.
struct Rows {
    /// First row of each operand: inputs, component indices and lists of components, outputs. A component is
    /// its flat row-major number (std::int64_t); a list is their count and then so many of them.
    char* const* operand;
    const std::ptrdiff_t* step;  ///< bytes from one row of an operand to the next; 0 where all rows share it
    const std::ptrdiff_t* size;  ///< core dimensions, in the order in which the signature names them
    char* const*
        scratch;  ///< one buffer for each scratch array of the plan, for one row, of this thread alone
    std::ptrdiff_t count;  ///< number of rows
    int check_first;       ///< not 0: evaluate the kernel alone before each row's derivative (see Failure)
    const CacheMemory* caches;  ///< null: caches are allocated and freed
};

/// What an entry says when a row failed; rows before `row` are done, later ones are not.
/// Exceptions that leave derivative code skip its clean-up, so after a first failure the caller asks
/// for `check_first`: the kernel's own clean-up works, and a row that throws is found before its derivative
/// runs.
struct Failure {
    enum Kind : int {
        none = 0,
        invalid_argument = 1,  ///< std::invalid_argument, std::domain_error
        out_of_range = 2,      ///< std::out_of_range
        out_of_memory = 3,     ///< std::bad_alloc
        runtime = 4,           ///< any other std::exception
        unknown = 5,           ///< something else was thrown
        integer_range = 6,     ///< an integer argument does not fit the kernel's integer type
    };
    int kind;
    std::ptrdiff_t row;
    char message[1024];
};

/// Every entry has this type and C linkage. Returns failure->kind; never lets an exception out.
using Entry = int(const Rows*, Failure*);

}  // namespace zymogen
