#include "library.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace zymogen::core {

namespace {

std::string loader_text() {
    const char* const text = dlerror();
    return text == nullptr ? "the loader gave no reason" : text;
}

}  // namespace

Library::Library(std::string path)
    : path_(std::move(path)), handle_(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw LibraryError{loader_text()};
}

std::uintptr_t Library::address(const std::string& symbol) const {
    dlerror();
    void* const found = dlsym(handle_, symbol.c_str());
    if (found == nullptr) throw LibraryError{loader_text()};
    return reinterpret_cast<std::uintptr_t>(found);
}

std::string demangle(const std::string& name) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(
        abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
    return status == 0 && name.starts_with("_Z") ? text.get() : name;
}

}  // namespace zymogen::core
