// The C functions of heat/ as kernels. Their sources stay as they are: they are compiled here, as C++.
#include <zymogen/kernel.hpp>

#include <cstdlib>
#include <cstring>

// What C allows and C++ does not, as far as this code has it: the word `restrict`, and memory that has no
// type yet.
#define restrict __restrict
struct Memory {
    void* address;
    template <class T>
    operator T*() const {
        return static_cast<T*>(address);
    }
};
#define malloc(bytes) Memory(std::malloc(bytes))

extern "C" {
#include "heat/heat.c"
}
#undef malloc
#undef restrict

// A size that stands alone among the arguments is passed by zymogen: in Python there are start, r and steps.
ZYMOGEN_KERNEL(heat_run, "start(n), n, r(), steps() -> end(n)");
ZYMOGEN_KERNEL(heat_misfit, "start(n), measured(n), n, r(), steps() -> ()");
