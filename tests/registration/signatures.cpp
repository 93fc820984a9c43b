// Reads signatures from standard input, separated by NUL, and writes a line for each: what it holds, or "!" and what
// is wrong with it.
#include <iostream>
#include <iterator>
#include <string>

#include <zymogen/signature.hpp>

static void write(const zymogen::Item* items, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
        std::cout << ' ' << std::string(items[k].name.begin, items[k].name.size) << (items[k].is_size ? "" : "(");
        for (std::size_t d = 0; d < items[k].rank; ++d)
            std::cout << (d ? "," : "") << std::string(items[k].dimension[d].begin, items[k].dimension[d].size);
        std::cout << (items[k].is_size ? "" : ")");
    }
}

int main() {
    const std::string all{std::istreambuf_iterator<char>(std::cin), {}};
    for (std::size_t start = 0; start < all.size();) {
        const std::size_t end = all.find('\0', start);
        const zymogen::Signature signature = zymogen::SignatureReader({all.data() + start, end - start}).read();
        if (!signature.error.empty()) {
            std::cout << "!";
        } else {
            write(signature.input, signature.inputs);
            std::cout << " ->";
            write(signature.output, signature.outputs);
        }
        std::cout << '\n';
        start = end + 1;
    }
}
