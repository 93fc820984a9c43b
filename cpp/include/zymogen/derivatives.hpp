// Derivatives of registered kernels in a C++ program, by function and argument:
//
//     auto [value, slope] = zymogen::value_and_gradient<bump, 0>(x, y);   // by the first argument of bump
//     double entry = zymogen::partial<bump, "x">(x, y, 3);                // by component 3 of x
//     auto second = zymogen::derivative<"hessian(bump, x, mode=forward)">(x, y);
//
// CMake's zymogen_differentiate(<target> SOURCES <kernels>.cpp DERIVATIVES ...) builds them and makes this
// header's templates find them; a derivative that was not built is an error of the compiler.
//
// Arguments are those of the kernel without sizes: numbers, contiguous ranges of its element type for
// vectors, and zymogen::array_view or std::mdspan for more dimensions. A result is a number or a
// zymogen::array, several are a std::tuple. With zymogen::into(a, b) before the arguments, results go there
// and nothing is allocated after the first call of a thread. Arguments that do not fit each other throw
// std::invalid_argument before the kernel runs, and what the kernel throws arrives as the standard exception
// it is of.
#pragma once

#if !__has_include(<zymogen_built.hpp>)
#error \
    "zymogen/derivatives.hpp: there are no derivatives. In CMakeLists.txt, add zymogen_differentiate(<target> SOURCES <kernels>.cpp)."
#endif

#include <zymogen/kernel.hpp>
#include <zymogen/names_begin.hpp>
#include <zymogen/program/call.hpp>
#include <zymogen/program/missing.hpp>

namespace zymogen {

using program::Argument;

/// Where results go: variables for numbers, arrays for arrays, in the order in which they would be returned.
template <class... Result>
auto into(Result&&... results) {
    return program::Into<std::remove_reference_t<Result>...>{{results...}};
}

namespace program {

/// Call what was found, for what was asked for.
template <std::size_t Number, auto Function, Line Operator, Argument... Arguments, class... Given>
auto call(Given&&... given) {
    if constexpr (Number == none)
        return refuse<Function, Operator, Arguments...>();
    else
        return Call<Number>::run(std::forward<Given>(given)...);
}

/// The first derivative of that text whose element types fit.
template <Wording Text, class... Given>
constexpr std::size_t find_asked() {
    return []<std::size_t... K>(std::index_sequence<K...>) {
        std::size_t found = none;
        (void)((Text.is(asked[K].text) && Call<asked[K].built, K>::template takes<Given...>()
                    ? (found = K, true)
                    : false) ||
               ...);
        return found;
    }(std::make_index_sequence<std::size(asked)>());
}

template <Wording Text>
constexpr bool is_asked() {
    for (const Asked& item : asked)
        if (Text.is(item.text)) return true;
    return false;
}

}  // namespace program

/// d f / d x for the one result of f, a number: an array of the shape of x; a tuple for several arguments.
template <auto Function, Argument... Arguments, class... Given>
auto gradient(Given&&... given) {
    constexpr program::Wanted<sizeof...(Arguments)> level{"reverse from 1", {Arguments...}};
    constexpr std::size_t number = program::find<Function>(program::all_built, level);
    return program::call<number, Function, "grad", Arguments...>(std::forward<Given>(given)...);
}

/// The number itself, then its gradient.
template <auto Function, Argument... Arguments, class... Given>
auto value_and_gradient(Given&&... given) {
    constexpr program::Wanted<sizeof...(Arguments)> level{"reverse from 1, with value", {Arguments...}};
    constexpr std::size_t number = program::find<Function>(program::all_built, level);
    return program::call<number, Function, "value_and_grad", Arguments...>(std::forward<Given>(given)...);
}

/// d^k f / d x_1 ... d x_k by single components, which follow the arguments of f: an integer for a vector,
/// std::array for more dimensions, nothing for a number.
template <auto Function, Argument... Arguments, class... Given>
auto partial(Given&&... given) {
    constexpr std::size_t number =
        program::find<Function>(program::all_built, program::Wanted<1>{"one component", {Arguments}}...);
    return program::call<number, Function, "partial", Arguments...>(std::forward<Given>(given)...);
}

/// f and its derivative along tangents, which follow the arguments of f: results, then their tangents.
template <auto Function, Argument... Arguments, class... Given>
auto jvp(Given&&... given) {
    constexpr program::Wanted<sizeof...(Arguments)> level{"forward, with value", {Arguments...}};
    constexpr std::size_t number = program::find<Function>(program::all_built, level);
    return program::call<number, Function, "jvp", Arguments...>(std::forward<Given>(given)...);
}

/// Cotangents of arguments from those of the results, which follow the arguments of f.
template <auto Function, Argument... Arguments, class... Given>
auto vjp(Given&&... given) {
    constexpr program::Wanted<sizeof...(Arguments)> level{"reverse", {Arguments...}};
    constexpr std::size_t number = program::find<Function>(program::all_built, level);
    return program::call<number, Function, "vjp", Arguments...>(std::forward<Given>(given)...);
}

/// The Hessian of a number times vectors, which follow the arguments of f.
template <auto Function, Argument... Arguments, class... Given>
auto hvp(Given&&... given) {
    constexpr program::Wanted<sizeof...(Arguments)> inner{"reverse from 1", {Arguments...}};
    constexpr program::Wanted<sizeof...(Arguments)> outer{"forward", {Arguments...}};
    constexpr std::size_t number = program::find<Function>(program::all_built, inner, outer);
    return program::call<number, Function, "hvp", Arguments...>(std::forward<Given>(given)...);
}

/// Any derivative, by its text in DERIVATIVES: `zymogen::derivative<"vjp(hessian(model, x), M)">(M, x,
/// weights)`.
template <program::Wording Text, class... Given>
auto derivative(Given&&... given) {
    static_assert(
        program::is_asked<Text>(),
        "zymogen: there is no derivative of this text. Name it in CMakeLists.txt: "
        "zymogen_differentiate(<target> ... DERIVATIVES \"...\"), and hessian or jacobian with mode=.");
    constexpr std::size_t number = program::find_asked<Text, Given...>();
    static_assert(
        !program::is_asked<Text>() || number != program::none,
        "zymogen: the derivative of this text takes other arguments: those of the kernel without sizes, then "
        "vectors and open components; float arrays only for kernels of float.");
    if constexpr (!program::is_asked<Text>())
        return program::not_in_DERIVATIVES<Text>::result();
    else if constexpr (number == program::none)
        return program::takes_other_arguments<Text>::result();
    else
        return program::Call<program::asked[number].built, number>::run(std::forward<Given>(given)...);
}

}  // namespace zymogen

#include <zymogen/names_end.hpp>
