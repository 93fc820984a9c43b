// Who is told of batches that take long, so that a faster entry can be built for them.
#pragma once

#include <pybind11/pybind11.h>

#include "batch.hpp"

namespace zymogen::core {

/// `listener(ufunc, loop, sizes)` is called once for each size whose batches have taken `seconds` together;
/// `sizes` are the core dimensions. Unless it gives None back, that is called with a list: the first rows of
/// each operand that the ufunc shows, dense, as bytes. Nobody is told, nor is time counted, where the
/// listener is None.
void set_watch(pybind11::object listener, double seconds);

/// Begins to watch a batch, if that loop is watched at all.
class Watch {
public:
    explicit Watch(const Batch& batch);

    /// After the batch is done, without the GIL: whether the listener is to be told.
    bool is_due() const;

    /// With the GIL. What the listener raises is printed and dropped, as the batch is computed already;
    /// Ctrl-C is passed on.
    void tell(char* const* args, const index_t* steps) const noexcept;

private:
    const Batch& batch_;
    bool watched_;
    TimeSpent::Duration start_{};
};

}  // namespace zymogen::core
