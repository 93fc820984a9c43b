// Further threads that wait for work, shared by all batches of the process.
#pragma once

#include <exception>
#include <functional>

namespace zymogen::core {

/// In the child that a kernel has made by fork: what other threads were at is lost.
struct ForkedInBatch : std::exception {};

/// Calls `own` on this thread and meanwhile `help` on up to `most` others. Returns when these calls have
/// ended; `help` may have been called less often, or never: other calls share the same threads, and nobody
/// waits for one that has not begun. `help` throws nothing and uses no Python. Throws ForkedInBatch in a
/// child that `own` has made; one that `help` has made ends with it.
void work_with_help(int most, const std::function<void()>& own, const std::function<void()>& help);

}  // namespace zymogen::core
