// Text at compile time: just enough to read a signature and to write a message about it.
#pragma once

#include <cstddef>

namespace zymogen {

/// Part of somebody else's text.
struct Slice {
    const char* begin = nullptr;
    std::size_t size = 0;

    constexpr Slice() = default;
    constexpr Slice(const char* text) : begin(text) {
        while (text[size] != '\0') ++size;
    }
    constexpr Slice(const char* text, std::size_t length) : begin(text), size(length) {}

    constexpr char operator[](std::size_t i) const { return begin[i]; }
    constexpr bool empty() const { return size == 0; }
    constexpr bool operator==(const Slice& other) const {
        if (size != other.size) return false;
        for (std::size_t i = 0; i < size; ++i)
            if (begin[i] != other.begin[i]) return false;
        return true;
    }
};

/// Text that grows up to a fixed capacity; what does not fit is cut off.
class Text {
public:
    static constexpr std::size_t capacity = 8192;

    constexpr Text& operator<<(Slice slice) {
        for (std::size_t i = 0; i < slice.size && size_ < capacity; ++i) text_[size_++] = slice[i];
        return *this;
    }
    constexpr Text& operator<<(std::size_t number) {
        char digits[20]{};
        std::size_t count = 0;
        do {
            digits[count++] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        while (count != 0 && size_ < capacity) text_[size_++] = digits[--count];
        return *this;
    }

    constexpr bool empty() const { return size_ == 0; }
    constexpr std::size_t size() const { return size_; }
    constexpr const char* data() const { return text_; }
    constexpr operator Slice() const { return {text_, size_}; }

private:
    char text_[capacity]{};
    std::size_t size_ = 0;
};

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace zymogen
