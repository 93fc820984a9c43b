// The inner loop of every ufunc made here: between NumPy's strided arrays and a compiled entry's dense rows.
#pragma once

#include <cstddef>

namespace zymogen::core {

/// NumPy's PyUFuncGenericFunction; `data` is a CompiledLoop. Called with or without the GIL.
void trampoline(char** args, const std::ptrdiff_t* dimensions, const std::ptrdiff_t* steps,
                void* data) noexcept;

/// To be called at the start of each call of a ufunc, before its inner loops: NumPy does not tell an inner
/// loop whether it has all rows or a part of them, and a row's number means something only in the first case.
void begin_ufunc_call();

}  // namespace zymogen::core
