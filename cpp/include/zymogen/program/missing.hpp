// What a program asks for and was not built: the compiler's message is to name what to add to the build file.
//
// A text that is made at compile time can be in a message of static_assert from C++26 on. Until then it
// stands in the name of a template that is never defined, whose use also keeps the compiler from complaining
// of what a call does with its result.
#pragma once

#include <cstddef>

#include <zymogen/program/built.hpp>
#include <zymogen_built.hpp>

namespace zymogen::program {

/// A text as a template's argument.
template <std::size_t N>
struct Line {
    char text[N]{};

    constexpr Line() = default;
    constexpr Line(const char (&given)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = given[i];
    }
};
template <std::size_t N>
Line(const char (&)[N]) -> Line<N>;

/// Never defined.
template <auto Text>
struct not_in_DERIVATIVES;
template <auto Text>
struct takes_other_arguments;

/// The arguments of the kernel; none where the function is no kernel.
template <auto Function>
constexpr List<Slice> arguments_of() {
    for (std::size_t b = 0; b < all_built.size; ++b)
        if (is_of<Function>(all_built[b])) return all_built[b].arguments;
    return {};
}

template <auto Function, Argument Which>
constexpr bool has_argument() {
    constexpr List<Slice> arguments = arguments_of<Function>();
    for (std::size_t k = 0; k < arguments.size; ++k)
        if (Which.is(arguments[k], arguments)) return true;
    return false;
}

/// A derivative as the build file names it, such as `grad(bump, (x, y))`.
template <auto Function, Line Operator, Argument... Arguments>
class Request {
    static constexpr Text written() {
        constexpr Text function = name_of<Function>();
        constexpr List<Slice> arguments = arguments_of<Function>();
        constexpr bool in_brackets = sizeof...(Arguments) > 1 && !(Slice(Operator.text) == Slice("partial"));
        std::size_t begin = 0;
        for (std::size_t i = 0; i < function.size(); ++i)
            if (function.data()[i] == ':') begin = i + 1;
        Text text;
        text << Operator.text << "(" << Slice(function.data() + begin, function.size() - begin) << ", "
             << (in_brackets ? "(" : "");
        std::size_t number = 0;
        (write(text << (number++ == 0 ? "" : ", "), Arguments, arguments), ...);
        return text << (in_brackets ? "))" : ")");
    }
    static constexpr void write(Text& text, const Argument& argument, List<Slice> arguments) {
        for (std::size_t k = 0; k < arguments.size; ++k)
            if (argument.is(arguments[k], arguments)) {
                text << arguments[k];
                return;
            }
        if (argument.name[0] != '\0')
            text << argument.name;
        else
            text << (argument.position < 0 ? "-" : "")
                 << static_cast<std::size_t>(argument.position < 0 ? -argument.position : argument.position);
    }
    static constexpr auto exact() {
        constexpr Text text = written();
        Line<text.size() + 1> line;
        for (std::size_t i = 0; i < text.size(); ++i) line.text[i] = text.data()[i];
        return line;
    }

public:
    static constexpr auto line = exact();
};

/// Stop, with the line to add.
template <auto Function, Line Operator, Argument... Arguments>
auto refuse() {
    constexpr bool is_kernel = arguments_of<Function>().size != 0;
    constexpr bool has_arguments = (has_argument<Function, Arguments>() && ...);
    static_assert(
        is_kernel,
        "zymogen: this function is no kernel. Register it with ZYMOGEN_KERNEL in one of the SOURCES of "
        "zymogen_differentiate in CMakeLists.txt.");
    static_assert(
        !is_kernel || has_arguments,
        "zymogen: this kernel has no argument of that name or number. Its signature, in ZYMOGEN_KERNEL, "
        "has the names.");
    static_assert(
        !is_kernel || !has_arguments,
        "zymogen: this derivative was not built. Name it in CMakeLists.txt: "
        "zymogen_differentiate(<target> ... DERIVATIVES ...), by the text in not_in_DERIVATIVES<...> below.");
    return not_in_DERIVATIVES<Request<Function, Operator, Arguments...>::line>::result();
}

}  // namespace zymogen::program
