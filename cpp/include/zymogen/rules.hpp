// Derivatives that the author of a function gives, one line beside it.
//
//     double density(double x, double sigma);                          // in a library, say
//     std::array<double, 2> density_partials(double x, double sigma);  // d/dx, d/dsigma
//     ZYMOGEN_DERIVATIVE(density, density_partials);
//
// In everything that is differentiated, the build replaces the function by one that has its value and these
// derivatives, before anything is inlined. Values are always those of the function itself.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <zymogen/operands.hpp>

// Declared here, and defined by the build after Enzyme: until then nobody knows what they do.
extern "C" {
/// The number itself, without a derivative.
double zymogen_constant(double) noexcept;
float zymogen_constantf(float) noexcept;
/// The second number, with the derivative of the first.
double zymogen_valued(double, double) noexcept;
float zymogen_valuedf(float, float) noexcept;
}

namespace zymogen::rules {

inline constexpr int highest_order = 6;

template <class T>
[[gnu::always_inline]] inline T constant(T value) {
    if constexpr (std::is_same_v<T, double>)
        return zymogen_constant(value);
    else if constexpr (std::is_same_v<T, float>)
        return zymogen_constantf(value);
    else
        return value;
}

[[gnu::always_inline]] inline double valued(double derivative, double value) {
    return zymogen_valued(derivative, value);
}
[[gnu::always_inline]] inline float valued(float derivative, float value) {
    return zymogen_valuedf(derivative, value);
}

template <class T>
inline constexpr bool is_real = std::is_same_v<T, double> || std::is_same_v<T, float>;
template <class T>
inline constexpr bool is_number = is_real<T> || std::is_integral_v<T> || std::is_enum_v<T>;

template <class T>
inline constexpr bool is_function = std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>;

template <class T>
inline constexpr std::size_t length = 0;
template <class T, std::size_t N>
inline constexpr std::size_t length<std::array<T, N>> = N;

/// Points and weights of Gauss and Legendre on [0, 1] (Abramowitz and Stegun, table 25.4).
struct Quadrature {
    std::size_t count;
    double point[3], weight[3];
};
inline constexpr Quadrature quadrature[] = {
    {1, {0.5}, {1.0}},
    {2, {0.21132486540518711775, 0.78867513459481288225}, {0.5, 0.5}},
    {3, {0.11270166537925831148, 0.5, 0.88729833462074168852}, {5. / 18, 8. / 18, 5. / 18}},
};

template <class Type>
struct Function {
    static constexpr bool of_numbers = false;
    template <class>
    static constexpr bool fits() {
        return true;  // there has been a message already
    }
    template <class>
    static constexpr bool is_like() {
        return true;
    }
};

template <class Result, class... Arguments>
struct Function<Result (*)(Arguments...)> {
    static constexpr bool of_numbers = is_real<Result> && (is_number<Arguments> && ...);
    static constexpr std::size_t reals = (std::size_t{0} + ... + std::size_t{is_real<Arguments>});

    template <class Partials>
    static constexpr bool fits() {
        if constexpr (!std::is_invocable_v<Partials, Arguments...>) {
            return false;
        } else {
            using Given = std::remove_cvref_t<std::invoke_result_t<Partials, Arguments...>>;
            return reals == 1 && is_real<Given> ? true : length<Given> == reals;
        }
    }
    template <class Other>
    static constexpr bool is_like() {
        if constexpr (!std::is_invocable_v<Other, Arguments...>)
            return false;
        else
            return is_real<std::remove_cvref_t<std::invoke_result_t<Other, Arguments...>>>;
    }

    /// The function's value, and the derivatives of another one.
    template <auto function, auto other, int order>
    [[gnu::always_inline]] static Result like(Arguments... arguments) {
        return valued(static_cast<Result>(other(arguments...)), function(constant(arguments)...));
    }

    /// The function's value, and derivatives made of its first ones.
    ///
    /// They are those of the integral of the partials from the point as a constant to the point as a
    /// variable: its value is 0, and its derivatives are those of the function. A rule of Gauss with n points
    /// has the right ones up to order 2 n, as it integrates polynomials of degree 2 n - 1. For first
    /// derivatives, nothing but the partials at the point is needed, which then are not differentiated.
    template <auto function, auto partials, int order>
    [[gnu::always_inline]] static Result with_partials(Arguments... arguments) {
        static_assert(order <= highest_order,
                      "zymogen: derivatives of order 7 and above cannot be made from ZYMOGEN_DERIVATIVE.");
        const Result value = function(constant(arguments)...);
        if constexpr (order <= 1)
            return valued(at_the_point<partials>(All{}, arguments...), value);
        else
            return valued(integral<partials, quadrature[(order - 1) / 2]>(
                              std::make_index_sequence<quadrature[(order - 1) / 2].count>{}, arguments...),
                          value);
    }

private:
    using All = std::index_sequence_for<Arguments...>;

    // All of this is inlined before anything else happens, so that nothing of it is left in memory.
    template <auto partials, std::size_t... i>
    [[gnu::always_inline]] static Result at_the_point(std::index_sequence<i...>, Arguments... arguments) {
        const auto p = partials(constant(arguments)...);
        return (Result(0) + ... + product(constant(partial<i>(p)), arguments));
    }
    template <auto partials, Quadrature rule, std::size_t... j>
    [[gnu::always_inline]] static Result integral(std::index_sequence<j...>, Arguments... arguments) {
        return (
            Result(0) + ... +
            (static_cast<Result>(rule.weight[j]) * at_a_point<partials>(All{}, rule.point[j], arguments...)));
    }
    template <auto partials, std::size_t... i>
    [[gnu::always_inline]] static Result at_a_point(std::index_sequence<i...>, double where,
                                                    Arguments... arguments) {
        const auto p = partials(between(arguments, where)...);
        return (Result(0) + ... + product(partial<i>(p), step(arguments)));
    }
    template <class T>
    [[gnu::always_inline]] static T step(T argument) {
        if constexpr (is_real<T>)
            return argument - constant(argument);
        else
            return argument;
    }
    template <class T>
    [[gnu::always_inline]] static T between(T argument, double where) {
        if constexpr (is_real<T>)
            return constant(argument) + static_cast<T>(where) * step(argument);
        else
            return argument;
    }
    /// The derivative with respect to argument number i, and 0 for integers.
    template <std::size_t i, class P>
    [[gnu::always_inline]] static Result partial(const P& partials) {
        constexpr bool real[] = {is_real<Arguments>...};
        constexpr std::size_t position = [&] {
            std::size_t count = 0;
            for (std::size_t k = 0; k < i; ++k) count += real[k];
            return count;
        }();
        if constexpr (!real[i])
            return 0;
        else if constexpr (is_real<P>)
            return static_cast<Result>(partials);
        else
            return static_cast<Result>(partials[position]);
    }
    template <class T>
    [[gnu::always_inline]] static Result product(Result partial, T factor) {
        if constexpr (is_real<T>)
            return partial * static_cast<Result>(factor);
        else
            return 0;
    }
};

template <class Result, class... Arguments>
struct Function<Result (*)(Arguments...) noexcept> : Function<Result (*)(Arguments...)> {};

/// What the build reads: a function, and what is called instead where derivatives up to order 1, 2, ... are
/// made.
template <class F, class G, std::size_t orders>
struct Substitute {
    F function;
    G instead[orders];
};
template <class F>
struct Inactive {
    F function;
};

}  // namespace zymogen::rules

// A name may stand for several overloads.
#define ZYMOGEN_ANY(f) [](auto... a) -> decltype((f)(a...)) { return (f)(a...); }

#if defined(ZYMOGEN_ORDER)  // the build applies rules
namespace zymogen::rules {

/// `Choose::of<order>()` for each order.
template <class Choose, class F>
constexpr auto substitute(F function) {
    return [&]<int... k>(std::integer_sequence<int, k...>) {
        using G = decltype(Choose::template of<1>());
        return Substitute<F, G, ZYMOGEN_ORDER>{function, {Choose::template of<k + 1>()...}};
    }(std::make_integer_sequence<int, ZYMOGEN_ORDER>{});
}

template <auto function, auto other>
struct WithPartials {
    template <int order>
    static constexpr auto of() {
        return &Function<decltype(function)>::template with_partials<function, other, order>;
    }
};
template <auto function, auto other>
struct Like {
    template <int order>
    static constexpr auto of() {
        return &Function<decltype(function)>::template like<function, other, order>;
    }
};
template <auto other>
struct Always {
    template <int order>
    static constexpr auto of() {
        return other;
    }
};

}  // namespace zymogen::rules

// Where a rule is, for messages, in a variable that is called as the rule is but for one word.
#define ZYMOGEN_RULE_HERE(kind, number)                                                                \
    [[maybe_unused, gnu::used]] static constexpr char ZYMOGEN_JOIN(zymogen_here_##kind##_, number)[] = \
        __FILE__ ":" ZYMOGEN_RULE_TEXT(__LINE__)
#define ZYMOGEN_RULE_TEXT(number) ZYMOGEN_RULE_TEXT_AGAIN(number)
#define ZYMOGEN_RULE_TEXT_AGAIN(number) #number

#define ZYMOGEN_SUBSTITUTE(kind, f, ...) ZYMOGEN_SUBSTITUTE_AS(kind, __COUNTER__, f, __VA_ARGS__)
#define ZYMOGEN_SUBSTITUTE_AS(kind, number, f, ...)                                                  \
    [[maybe_unused, gnu::used]] static constexpr auto ZYMOGEN_JOIN(zymogen_rule_##kind##_, number) = \
        ::zymogen::rules::substitute<__VA_ARGS__>(&f)
#define ZYMOGEN_SUBSTITUTE_RULE(kind, f, Rule, other) \
    ZYMOGEN_SUBSTITUTE_RULE_AS(kind, __COUNTER__, f, Rule, other)
#define ZYMOGEN_SUBSTITUTE_RULE_AS(kind, number, f, Rule, other) \
    ZYMOGEN_RULE_HERE(kind, number);                             \
    ZYMOGEN_SUBSTITUTE_AS(kind, number, f, ::zymogen::rules::Rule<&f, ZYMOGEN_ANY(other)>)
#define ZYMOGEN_RULE_INACTIVE(f) ZYMOGEN_RULE_INACTIVE_AS(__COUNTER__, f)
#define ZYMOGEN_RULE_INACTIVE_AS(number, f)                                                             \
    ZYMOGEN_RULE_HERE(inactive, number);                                                                \
    [[maybe_unused, gnu::used]] static constexpr ::zymogen::rules::Inactive<decltype(&f)> ZYMOGEN_JOIN( \
        zymogen_rule_inactive_, number) = {&f}
#else  // the build sees that there are some
#define ZYMOGEN_RULE_SEEN \
    [[maybe_unused, gnu::used]] static constexpr char ZYMOGEN_JOIN(zymogen_rule_seen_, __COUNTER__) = 0
#define ZYMOGEN_SUBSTITUTE_RULE(kind, f, Rule, other) ZYMOGEN_RULE_SEEN
#define ZYMOGEN_RULE_INACTIVE(f) ZYMOGEN_RULE_SEEN
#endif

// A rule is for one function, which may be one of several of a name.
#define ZYMOGEN_RULE_FOR(macro, f)                                                                           \
    ZYMOGEN_REQUIRE_ONE_FUNCTION(                                                                            \
        f, "zymogen: " macro ": " #f                                                                         \
           " is not the name of exactly one function. Declare it before this line; where there are several " \
           "of that name, give the one that is meant another, as in `constexpr double (&one)(double) = " #f  \
           ";`, and write the rule for that.")

#define ZYMOGEN_OF_NUMBERS(macro, f)                                    \
    ZYMOGEN_RULE_FOR(macro, f);                                         \
    static_assert(::zymogen::rules::Function<decltype(&f)>::of_numbers, \
                  "zymogen: " macro ": " #f " must take numbers by value and return a double or a float.")

/// The function `f` of numbers has the first derivatives that `partials` computes: it takes the same
/// arguments and returns the derivative, or a std::array with one for each argument that is a real number, in
/// their order.
#define ZYMOGEN_DERIVATIVE(f, partials)                                                                    \
    ZYMOGEN_OF_NUMBERS("ZYMOGEN_DERIVATIVE(" #f ", " #partials ")", f);                                    \
    static_assert(                                                                                         \
        ::zymogen::rules::Function<decltype(&f)>::template fits<decltype(ZYMOGEN_ANY(partials))>(),        \
        "zymogen: ZYMOGEN_DERIVATIVE(" #f ", " #partials "): " #partials " must take the arguments of " #f \
        " and return its derivative, or a std::array of derivatives: one for each argument that is a "     \
        "double or a float.");                                                                             \
    ZYMOGEN_SUBSTITUTE_RULE(derivative, f, WithPartials, partials)

/// The function `f` of numbers has the derivatives of `other`, of all orders, which takes the same arguments.
#define ZYMOGEN_LIKE(f, other)                                                                      \
    ZYMOGEN_OF_NUMBERS("ZYMOGEN_LIKE(" #f ", " #other ")", f);                                      \
    static_assert(                                                                                  \
        ::zymogen::rules::Function<decltype(&f)>::template is_like<decltype(ZYMOGEN_ANY(other))>(), \
        "zymogen: ZYMOGEN_LIKE(" #f ", " #other "): " #other " must take the arguments of " #f      \
        " and return a double or a float.");                                                        \
    ZYMOGEN_SUBSTITUTE_RULE(like, f, Like, other)

/// The function `f`, of arguments of any kind, has no derivative: neither what it returns nor what it writes.
#define ZYMOGEN_INACTIVE(f)                                                                       \
    ZYMOGEN_RULE_FOR("ZYMOGEN_INACTIVE(" #f ")", f);                                              \
    static_assert(::zymogen::rules::is_function<decltype(&f)>,                                    \
                  "zymogen: ZYMOGEN_INACTIVE(" #f "): " #f " must be a function, not a member."); \
    ZYMOGEN_RULE_INACTIVE(f)
