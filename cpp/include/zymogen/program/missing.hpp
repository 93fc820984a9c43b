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
template <auto Text>
struct registered_with;

/// What a class writes, as a template's argument.
template <class Writer>
constexpr auto line_of() {
    constexpr Text text = Writer::written();
    Line<text.size() + 1> line;
    for (std::size_t i = 0; i < text.size(); ++i) line.text[i] = text.data()[i];
    return line;
}

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
public:
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

private:
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
};

/// Whether a kernel of the function's name was registered, whatever its types are.
template <auto Function>
constexpr bool has_kernel_of_its_name() {
    for (std::size_t b = 0; b < all_built.size; ++b)
        if (all_built[b].function == Slice(name_of<Function>())) return true;
    return false;
}

/// The types that kernels of a function's name take, and those that it is declared with: `power(double,
/// double), not power(float, float)`.
template <auto Function>
class Types {
public:
    static constexpr Text written() {
        constexpr FunctionType type = FunctionTypeOf<decltype(Function)>::read();
        Text text;
        for (std::size_t b = 0; b < all_built.size; ++b)
            if (is_first(b))
                write(text << (text.empty() ? "" : " or "), all_built[b].elements.size,
                      [b](std::size_t k) { return all_built[b].elements[k]; });
        text << ", not ";
        write(text, type.parameters, [&type](std::size_t k) {
            const Parameter& parameter = type.parameter[k];
            return parameter.element.empty() ? parameter.type : parameter.element;
        });
        return text;
    }

private:
    template <class Element>
    static constexpr void write(Text& text, std::size_t count, Element element) {
        text << name_of<Function>() << "(";
        for (std::size_t k = 0; k < count; ++k) text << (k == 0 ? "" : ", ") << element(k);
        text << ")";
    }
    /// Whether an entry is of a kernel of that name, and none before it takes the same types.
    static constexpr bool is_first(std::size_t b) {
        if (!(all_built[b].function == Slice(name_of<Function>()))) return false;
        for (std::size_t a = 0; a < b; ++a)
            if (all_built[a].function == all_built[b].function && same(all_built[a], all_built[b]))
                return false;
        return true;
    }
    static constexpr bool same(const Built& one, const Built& other) {
        if (one.elements.size != other.elements.size) return false;
        for (std::size_t k = 0; k < one.elements.size; ++k)
            if (!(one.elements[k] == other.elements[k])) return false;
        return true;
    }
};

/// Stop, with the line to add.
template <auto Function, Line Operator, Argument... Arguments>
auto refuse() {
    constexpr bool is_kernel = arguments_of<Function>().size != 0;
    constexpr bool has_other_types = !is_kernel && has_kernel_of_its_name<Function>();
    constexpr bool has_arguments = (has_argument<Function, Arguments>() && ...);
    static_assert(
        !has_other_types,
        "zymogen: this function is declared here with other types than the kernel of its name that was "
        "registered. The text in registered_with<...> below has both. Declare it as it is defined: best in a "
        "header that both files include.");
    static_assert(
        is_kernel || has_other_types,
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
    if constexpr (has_other_types)
        return registered_with<line_of<Types<Function>>()>::result();
    else
        return not_in_DERIVATIVES<line_of<Request<Function, Operator, Arguments...>>()>::result();
}

}  // namespace zymogen::program
