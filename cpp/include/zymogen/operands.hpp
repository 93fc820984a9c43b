// Whether what a macro is given can be used as it must be. Where it cannot, a sentence says so: compilers'
// own messages are about the code behind the macro.
#pragma once

namespace zymogen {

/// Can be called if the address of a name is one address.
template <class Address, class Later>
void has_one_meaning(Address, Later);

/// Can be named if the value is known to the compiler.
template <auto value>
struct Known;

}  // namespace zymogen

#define ZYMOGEN_JOIN_AGAIN(a, b) a##b
#define ZYMOGEN_JOIN(a, b) ZYMOGEN_JOIN_AGAIN(a, b)

// The question is about a type that is known later only, as a wrong answer would be an error otherwise. It
// has a name because compilers quote what is asserted.
#define ZYMOGEN_REQUIRE(question, message) ZYMOGEN_REQUIRE_AS(__COUNTER__, question, message)
#define ZYMOGEN_REQUIRE_AS(number, question, message)                                                  \
    [[maybe_unused]] static constexpr auto ZYMOGEN_JOIN(zymogen_is_usable_, number) = [](auto later) { \
        return requires { question; };                                                                 \
    };                                                                                                 \
    static_assert(ZYMOGEN_JOIN(zymogen_is_usable_, number)(0), message)

#define ZYMOGEN_REQUIRE_ONE_FUNCTION(function, message) \
    ZYMOGEN_REQUIRE(::zymogen::has_one_meaning(&function, later), message)

#define ZYMOGEN_REQUIRE_KNOWN_TEXT(subject, text)                                                         \
    ZYMOGEN_REQUIRE(typename ::zymogen::Known<(decltype(later){}, *(text) != '\0')>,                      \
                    "zymogen: " subject ": the signature is " #text                                       \
                    ", a variable that the compiler cannot read. Write the text itself in its place, in " \
                    "quotation marks, or declare the variable constexpr.")
