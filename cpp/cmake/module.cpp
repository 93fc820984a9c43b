// The extension module that zymogen_add_module builds: it carries a table, and has Python make kernels of it.
// Compiled by the user's own compiler. The kernels themselves are in libraries beside it, which are loaded
// when one of them is first called.
#include <dlfcn.h>
#include <pybind11/pybind11.h>

#include "zymogen_table.hpp"

PYBIND11_MODULE(ZYMOGEN_TARGET, module) {
    Dl_info place{};
    if (dladdr(static_cast<const void*>(zymogen_table), &place) == 0 || place.dli_fname == nullptr)
        throw pybind11::import_error("the loader does not know where this extension module lies");
    pybind11::module_::import("zymogen.extension.module")
        .attr("fill")(module, pybind11::str(zymogen_table, sizeof zymogen_table - 1), place.dli_fname);
}
