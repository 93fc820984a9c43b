// Scratch arrays of one entry and thread, kept from call to call.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include <zymogen/program/built.hpp>

namespace zymogen::program {

inline std::size_t product(std::size_t a, std::size_t b) {
    std::size_t result = 0;
    if (__builtin_mul_overflow(a, b, &result)) throw std::bad_array_new_length();
    return result;
}

template <std::size_t Arrays>
class Memory {
public:
    /// Room for arrays of these sizes; those that start at zero are zero.
    char* const* reserve(List<Scratch> arrays, const std::ptrdiff_t* size) {
        std::array<std::size_t, Arrays> bytes{};
        std::size_t whole = 0;
        for (std::size_t k = 0; k < Arrays; ++k) {
            bytes[k] = arrays[k].bytes;
            for (std::size_t d = 0; d < arrays[k].dimensions.size; ++d)
                bytes[k] = product(bytes[k], static_cast<std::size_t>(size[arrays[k].dimensions[d]]));
            if (__builtin_add_overflow(whole, aligned(bytes[k]), &whole)) throw std::bad_array_new_length();
        }
        if (bytes == bytes_ && data_) return array_.data();
        bytes_ = {};
        if (whole > capacity_ || !data_) {
            data_.reset();
            data_ = std::make_unique_for_overwrite<std::byte[]>(whole + alignment);
            capacity_ = whole;
        }
        char* next = reinterpret_cast<char*>(aligned(reinterpret_cast<std::uintptr_t>(data_.get())));
        for (std::size_t k = 0; k < Arrays; ++k) {
            array_[k] = next;
            if (arrays[k].zero) std::memset(next, 0, bytes[k]);
            next += aligned(bytes[k]);
        }
        bytes_ = bytes;
        return array_.data();
    }

    /// After a failure nobody knows what is in it.
    void forget() { data_.reset(), capacity_ = 0; }

private:
    static constexpr std::size_t alignment = 64;

    static constexpr std::size_t aligned(std::size_t bytes) {
        return (bytes + alignment - 1) / alignment * alignment;
    }

    std::unique_ptr<std::byte[]> data_;
    std::size_t capacity_ = 0;
    std::array<std::size_t, Arrays> bytes_{};
    std::array<char*, Arrays> array_{};
};

}  // namespace zymogen::program
