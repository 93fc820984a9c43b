// Shared libraries of compiled entries, and the names in them.
#pragma once

#include <cstdint>
#include <string>

namespace zymogen::core {

/// A loaded shared library. It stays loaded until the process ends: ufuncs point into it.
class Library {
public:
    /// Throws LibraryError with the loader's own words.
    explicit Library(std::string path);

    /// Where `symbol` is. Throws LibraryError if there is none.
    std::uintptr_t address(const std::string& symbol) const;

    const std::string& path() const { return path_; }

private:
    std::string path_;
    void* handle_;
};

struct LibraryError {
    std::string text;
};

/// "f(double)" for "_Z1fd"; a name that is not mangled is given back.
std::string demangle(const std::string& name);

}  // namespace zymogen::core
