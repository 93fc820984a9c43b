// The one header that a kernel's source includes.
//
//     double bump(std::span<const double> x, std::span<const double> y);
//     ZYMOGEN_KERNEL(bump, "x(n), y(n) -> ()");
//
// Parameters are the signature's arguments in order, then its results, unless the function returns its one
// result; an argument whose name is also a result's is updated in place. Types are taken from the function.
// Where the two disagree, compilation stops with a message that names the kernel, its signature and the
// argument.
#pragma once

#include <zymogen/names_begin.hpp>

#include <zymogen/array_rules.hpp>
#include <zymogen/operands.hpp>
#include <zymogen/registration.hpp>
#include <zymogen/rules.hpp>
#include <zymogen/view.hpp>

namespace zymogen {

template <auto Function>
constexpr Slice qualified_name() {
    return __PRETTY_FUNCTION__;
}

constexpr void describe_parameter(Text& text, const Parameter& parameter) {
    text << "\n"
         << parameter.form << " " << (parameter.constant ? Slice("const") : Slice("mutable")) << " "
         << parameter.element;
}

/// On one line, as each fact of a description is.
constexpr void describe_signature(Text& text, Slice signature) {
    for (std::size_t i = 0; i < signature.size; ++i)
        text << (signature[i] == '\n' ? Slice(" ") : Slice(signature.begin + i, 1));
}

/// What the build reads from the compiled constants: everything it must know about a kernel, one fact a line.
template <auto Function>
constexpr Text description(Slice spelling, Slice signature, Slice file, std::size_t line) {
    const FunctionType type = FunctionTypeOf<decltype(Function)>::read();
    Text text;
    text << "zymogen-kernel-1\n"
         << spelling << "\n"
         << qualified_name<Function>() << "\n"
         << file << "\n"
         << line << "\n";
    describe_signature(text, signature);
    text << "\n" << (type.returns ? type.result.element : Slice("void"));
    for (std::size_t k = 0; k < type.parameters; ++k) describe_parameter(text, type.parameter[k]);
    text << "\nend";
    return text;
}

}  // namespace zymogen

#undef ZYMOGEN_KERNEL  // until here it says that this header is missing (zymogen.build.description)
#undef ZYMOGEN_KERNEL_TEMPLATE

#if defined(ZYMOGEN_GENERATED)  // a generated entry includes the kernel's source, and has nothing to register

#define ZYMOGEN_KERNEL(function, signature) static_assert(true)
#define ZYMOGEN_KERNEL_TEMPLATE(function, signature) static_assert(true)

#else

// Messages of our own need C++26 in the standard's eyes, and clang has them in all modes; g++ 12 shows fixed
// text only.
#if defined(__clang__)
#define ZYMOGEN_QUIETLY                                                                               \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wunknown-warning-option\"") \
        _Pragma("clang diagnostic ignored \"-Wc++26-extensions\"")                                    \
            _Pragma("clang diagnostic ignored \"-Wc2y-extensions\"")
#define ZYMOGEN_AS_BEFORE _Pragma("clang diagnostic pop")
#define ZYMOGEN_MESSAGE(function, signature) \
    (::zymogen::disagreement<decltype(&function)>(#function, signature))
#else
#define ZYMOGEN_QUIETLY
#define ZYMOGEN_AS_BEFORE
#define ZYMOGEN_MESSAGE(function, signature) "zymogen: " #function " and its signature disagree: " #signature
#endif

#define ZYMOGEN_REGISTER(function, signature) ZYMOGEN_REGISTER_AS(__COUNTER__, function, signature)
#define ZYMOGEN_REGISTER_AS(number, function, signature)                                                 \
    ZYMOGEN_REQUIRE_ONE_FUNCTION(                                                                        \
        function,                                                                                        \
        "zymogen: " #function                                                                            \
        " is not the name of exactly one function. Declare it before this line, "                        \
        "give the kernel a name of its own, or register a template with ZYMOGEN_KERNEL_TEMPLATE.");      \
    ZYMOGEN_REQUIRE_KNOWN_TEXT(#function, signature);                                                    \
    static_assert(::zymogen::disagreement<decltype(&function)>(#function, signature).empty(),            \
                  ZYMOGEN_MESSAGE(function, signature));                                                 \
    [[maybe_unused, gnu::used]] static constexpr ::zymogen::Text ZYMOGEN_JOIN(zymogen_kernel_, number) = \
        ::zymogen::description<&function>(#function, signature, __FILE__, __LINE__);

/// Register a function, or a lambda without captures: from then on Python finds a kernel of its name.
/// At namespace scope, after its declaration.
#define ZYMOGEN_KERNEL(function, signature)               \
    ZYMOGEN_QUIETLY ZYMOGEN_REGISTER(function, signature) \
    ZYMOGEN_AS_BEFORE static_assert(true)

/// Register a function template with one type parameter, for float and for double: one kernel with two loops.
#define ZYMOGEN_KERNEL_TEMPLATE(function, signature)             \
    ZYMOGEN_QUIETLY ZYMOGEN_REGISTER(function<float>, signature) \
        ZYMOGEN_REGISTER(function<double>, signature) ZYMOGEN_AS_BEFORE static_assert(true)

#endif

#include <zymogen/names_end.hpp>
