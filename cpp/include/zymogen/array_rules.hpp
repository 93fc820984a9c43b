// Derivatives of a function with arrays that its author gives: a forward and a reverse rule.
//
//     void solve(const double* a, const double* b, double* x, std::size_t n);       // in a library, say
//     void solve_forward(const double* a, const double* da, const double* b, const double* db, std::size_t n,
//                        const double* x, double* dx);
//     void solve_reverse(const double* a, double* ga, const double* b, double* gb, std::size_t n,
//                        const double* x, const double* gx);
//     ZYMOGEN_RULES(solve, "a(n, n), b(n), n -> x(n)", solve_forward, solve_reverse);
//
// In everything that is differentiated, the build replaces the function by one that copies all that it takes
// into one buffer, and all results from there. Enzyme gets the rules for a function of this buffer. Which
// arguments are constant then makes no difference to how the rules are called: with one pointer, they are
// called only where it is active.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include <zymogen/registration.hpp>
#include <zymogen/rules.hpp>

namespace zymogen::rules {

inline constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

/// What a function takes and gives, in the order of its parameters: those that can be written to are results.
/// After the arrow stand arrays that are updated in place, results behind all arguments, and what is
/// returned.
struct Roles {
    Signature signature;
    bool is_result[max_items]{};  ///< of arguments
    std::size_t outputs = 0;      ///< what stands after the arrow
};

constexpr std::size_t argument_named(const Signature& signature, Slice name) {
    for (std::size_t k = 0; k < signature.inputs && !name.empty(); ++k)
        if (!signature.input[k].is_size && signature.input[k].name == name) return k;
    return nowhere;
}

constexpr Roles read_roles(Slice text, const FunctionType& type) {
    Roles roles;
    Signature& signature = roles.signature;
    signature = SignatureReader(text).read_parameters();
    if (!signature.error.empty()) return roles;
    const bool returned_is_named =
        signature.outputs != 0 && argument_named(signature, signature.output[0].name) == nowhere;
    if (type.returns && !returned_is_named && signature.outputs < max_items) {
        for (std::size_t k = signature.outputs++; k > 0; --k) signature.output[k] = signature.output[k - 1];
        signature.output[0] = Item{};
    }
    roles.outputs = signature.outputs;
    for (std::size_t k = 0; k < signature.inputs && k < type.parameters; ++k) {
        const Item& item = signature.input[k];
        bool is_updated = false;
        for (std::size_t other = 0; other < roles.outputs; ++other)
            is_updated = is_updated || signature.output[other].name == item.name;
        if (item.is_size || is_updated || type.parameter[k].constant || signature.outputs == max_items)
            continue;
        roles.is_result[k] = true;
        signature.output[signature.outputs++] = item;  // where a kernel's signature would have it as well
    }
    return roles;
}

/// Where an extent or an integer is found among the function's arguments.
struct Source {
    std::size_t parameter = nowhere;
    std::size_t dimension = nowhere;  ///< of a view; otherwise it is the argument itself
    std::size_t literal = 0;          ///< where there is no parameter
};

/// An argument or a result, as the signature names it.
struct Field {
    Slice name;
    bool is_integer = false;
    bool is_result = false;
    bool is_after = false;  ///< what an array becomes that is updated in place
    std::size_t rank = 0;
    std::size_t parameter = nowhere;  ///< nowhere for what the function returns
    std::size_t source = 0;           ///< of its first extent, or of itself
};

/// Arguments, then results; and all extents and integers.
struct Layout {
    Field field[2 * max_items];
    std::size_t fields = 0;
    Source source[2 * max_items * max_rank];
    std::size_t sources = 0;
    Slice real;  ///< the type of the real numbers
    Text error;
};

class LayoutMaker {
public:
    constexpr LayoutMaker(const Roles& roles, const FunctionType& type)
        : signature_(roles.signature), roles_(roles), type_(type) {}

    constexpr Layout make() {
        std::size_t parameter = 0;
        for (std::size_t k = 0; k < signature_.inputs; ++k) {
            add(signature_.input[k], parameter++);
            layout_.field[k].is_result = roles_.is_result[k];
        }
        for (std::size_t k = 0; k < roles_.outputs; ++k) {
            const Item& item = signature_.output[k];
            const std::size_t before = argument_named(signature_, item.name);
            Field& field = layout_.field[layout_.fields];
            if (before != nowhere)
                add(item, before);
            else
                add(item, type_.returns && k == 0 ? nowhere : parameter++);
            field.is_result = true;
            field.is_after = before != nowhere;
        }
        if (layout_.real.empty() && layout_.error.empty())
            layout_.error << "nothing among its arguments and results is a double or a float";
        return layout_;
    }

private:
    constexpr void add(const Item& item, std::size_t parameter) {
        Field& field = layout_.field[layout_.fields++];
        const Parameter& of = parameter == nowhere ? type_.result : type_.parameter[parameter];
        field.parameter = parameter;
        field.name = item.name;
        field.rank = item.rank;
        field.source = layout_.sources;
        field.is_integer = !(of.element == Slice("double") || of.element == Slice("float"));
        if (field.is_integer) {
            if (!(of.form == Slice("value")) || parameter == nowhere)
                complain() << "`" << label(item)
                           << "` is not of real numbers: rules take integers by value alone";
            layout_.source[layout_.sources++].parameter = parameter;
            return;
        }
        if (layout_.real.empty()) layout_.real = of.element;
        if (!(layout_.real == of.element))
            complain() << "`" << label(item) << "` is of " << of.element << ", and another one of "
                       << layout_.real << ": all must be of one type";
        for (std::size_t d = 0; d < item.rank; ++d)
            layout_.source[layout_.sources++] =
                of.form == Slice("view") ? Source{parameter, d} : extent(item, item.dimension[d]);
    }

    /// The length of an array behind a pointer.
    constexpr Source extent(const Item& item, Slice dimension) {
        Source result;
        if (is_digit(dimension[0])) {
            for (std::size_t i = 0; i < dimension.size; ++i)
                result.literal = 10 * result.literal + static_cast<std::size_t>(dimension[i] - '0');
            return result;
        }
        for (std::size_t k = 0; k < signature_.inputs; ++k) {
            const Item& other = signature_.input[k];
            if (other.is_size && other.name == dimension) return {k};
            if (!(type_.parameter[k].form == Slice("view"))) continue;
            for (std::size_t d = 0; d < other.rank; ++d)
                if (other.dimension[d] == dimension) return {k, d};
        }
        complain() << "`" << label(item) << "` is a pointer, and no argument tells how long " << dimension
                   << " is: let the function take " << dimension << ", or a view";
        return result;
    }

    constexpr Text& complain() {
        if (!layout_.error.empty()) layout_.error << "; ";
        return layout_.error;
    }

    const Signature& signature_;
    const Roles& roles_;
    const FunctionType& type_;
    Layout layout_;
};

/// What rules and functions get for numbers in the buffer: becomes the view, pointer, reference or number
/// that they declare.
template <class T, std::size_t R>
class Passed : public Dense<T, R> {
public:
    constexpr Passed(T* data, const std::array<std::size_t, R>& extents)
        : Dense<T, R>(data, extents), data_(data) {}
    constexpr operator T*() const { return data_; }
    constexpr operator T&() const
        requires(R == 0)
    {
        return *data_;
    }

private:
    T* data_;
};

template <class F>
struct Types;
template <class R, class... A>
struct Types<R (*)(A...)> {
    using Result = R;
    using All = std::tuple<A...>;
};
template <class R, class... A>
struct Types<R (*)(A...) noexcept> : Types<R (*)(A...)> {};

/// The arguments and results of one function, in a buffer of real numbers: first the integers, then all
/// arrays.
template <auto function, class Notation>
struct Packed {
    using F = decltype(function);
    static constexpr FunctionType type = FunctionTypeOf<F>::read();
    static constexpr Layout layout = LayoutMaker(read_roles(Notation::text(), type), type).make();
    static constexpr bool is_double = layout.real == Slice("double");
    using Real = std::conditional_t<is_double, double, float>;
    using Header = std::array<std::int64_t, layout.sources>;
    using Fields = std::make_index_sequence<layout.fields>;

    // An integer is stored as real numbers that are exact.
    static constexpr int bits = is_double ? 32 : 16;
    static constexpr std::size_t pieces = 64 / bits;

    template <class Tuple>
    [[gnu::always_inline]] static Header header_of(const Tuple& arguments) {
        return [&]<std::size_t... s>(std::index_sequence<s...>) __attribute__((always_inline)) {
            return Header{found<layout.source[s]>(arguments)...};
        }(std::make_index_sequence<layout.sources>{});
    }
    [[gnu::always_inline]] static void write(const Header& header, Real* buffer) {
        [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
            ((buffer[i] =
                  static_cast<Real>(static_cast<std::uint64_t>(header[i / pieces]) >> i % pieces * bits &
                                    ((std::uint64_t{1} << bits) - 1))),
             ...);
        }(std::make_index_sequence<layout.sources * pieces>{});
    }
    [[gnu::always_inline]] static Header read(const Real* buffer) {
        return [&]<std::size_t... s>(std::index_sequence<s...>) __attribute__((always_inline)) {
            return Header{integer(buffer + s * pieces)...};
        }(std::make_index_sequence<layout.sources>{});
    }

    template <std::size_t k>
    [[gnu::always_inline]] static std::size_t count(const Header& header) {
        std::size_t product = layout.field[k].is_integer ? 0 : 1;
        const auto extents = extents_of<k>(header);
        [&]<std::size_t... d>(std::index_sequence<d...>) __attribute__((always_inline)) {
            ((product *= extents[d]), ...);
        }(std::make_index_sequence<layout.field[k].rank>{});
        return product;
    }
    /// Where a field begins; with the number of fields, the length of the buffer.
    template <std::size_t k>
    [[gnu::always_inline]] static std::size_t offset(const Header& header) {
        return [&]<std::size_t... j>(std::index_sequence<j...>) __attribute__((always_inline)) {
            return ((layout.sources * pieces) + ... + count<j>(header));
        }(std::make_index_sequence<k>{});
    }
    [[gnu::always_inline]] static std::size_t size(const Header& header) {
        return offset<layout.fields>(header);
    }

    template <std::size_t k, class T>
    [[gnu::always_inline]] static auto passed(T* buffer, const Header& header) {
        return Passed<T, layout.field[k].rank>(buffer + offset<k>(header), extents_of<k>(header));
    }
    template <std::size_t k>
    [[gnu::always_inline]] static auto integer_of(const Header& header) {
        using T =
            std::remove_cvref_t<std::tuple_element_t<layout.field[k].parameter, typename Types<F>::All>>;
        return static_cast<T>(header[layout.field[k].source]);
    }

    /// Where the number is that the function returns.
    [[gnu::always_inline]] static std::size_t returned(const Header& header) {
        constexpr std::size_t k = [] {
            std::size_t field = 0;
            while (layout.field[field].parameter != nowhere) ++field;
            return field;
        }();
        return offset<k>(header);
    }

    /// The first element of an argument or a result, wherever it is.
    template <class A>
    [[gnu::always_inline]] static auto address(A& argument) {
        if constexpr (std::is_pointer_v<std::remove_const_t<A>>)
            return argument;
        else if constexpr (is_span<std::remove_cv_t<A>>)
            return argument.data();
        else if constexpr (MultidimensionalView<std::remove_cv_t<A>>)
            return argument.data_handle();
        else
            return &argument;
    }
    [[gnu::always_inline]] static void copy(Real* to, const Real* from, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
    }
    [[gnu::always_inline]] static void fill(Real* to, Real value, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) to[i] = value;
    }

private:
    template <Source from, class Tuple>
    [[gnu::always_inline]] static std::int64_t found(const Tuple& arguments) {
        if constexpr (from.parameter == nowhere) {
            return static_cast<std::int64_t>(from.literal);
        } else if constexpr (from.dimension == nowhere) {
            return static_cast<std::int64_t>(std::get<from.parameter>(arguments));
        } else {
            const auto& view = std::get<from.parameter>(arguments);
            if constexpr (is_span<std::remove_cvref_t<decltype(view)>>)
                return static_cast<std::int64_t>(view.size());
            else
                return static_cast<std::int64_t>(view.extent(from.dimension));
        }
    }
    [[gnu::always_inline]] static std::int64_t integer(const Real* piece) {
        return [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
            return static_cast<std::int64_t>(((static_cast<std::uint64_t>(piece[i]) << (i * bits)) | ...));
        }(std::make_index_sequence<pieces>{});
    }
    template <std::size_t k>
    [[gnu::always_inline]] static auto extents_of(const Header& header) {
        constexpr Field field = layout.field[k];
        return [&]<std::size_t... d>(std::index_sequence<d...>) __attribute__((always_inline)) {
            return std::array<std::size_t, field.rank>{static_cast<std::size_t>(header[field.source + d])...};
        }(std::make_index_sequence<field.rank>{});
    }
};

/// The function itself, on a buffer. It alone calls the function where the build applies rules.
template <auto function, class Notation, class Parameters>
struct Itself;
template <auto function, class Notation, std::size_t... p>
struct Itself<function, Notation, std::index_sequence<p...>> {
    using P = Packed<function, Notation>;
    using Real = typename P::Real;

    [[gnu::noinline]] static void call(Real* buffer) {
        const auto header = P::read(buffer);
        prepare(buffer, header, typename P::Fields{});
        if constexpr (P::type.returns)
            buffer[P::returned(header)] = function(argument<field_of(p)>(buffer, header)...);
        else
            function(argument<field_of(p)>(buffer, header)...);
    }

private:
    /// The last one: a result that is updated in place, instead of the argument.
    static constexpr std::size_t field_of(std::size_t parameter) {
        std::size_t k = P::layout.fields;
        while (k-- > 0)
            if (P::layout.field[k].parameter == parameter) break;
        return k;
    }
    template <std::size_t k>
    static auto argument(Real* buffer, const typename P::Header& header) {
        if constexpr (P::layout.field[k].is_integer)
            return P::template integer_of<k>(header);
        else if constexpr (P::layout.field[k].is_result)
            return P::template passed<k, Real>(buffer, header);
        else
            return P::template passed<k, const Real>(buffer, header);
    }
    // What a function does not write, or reads although it is a result alone, must not pass for a number.
    template <std::size_t... k>
    static void prepare(Real* buffer, const typename P::Header& header, std::index_sequence<k...>) {
        (prepare_one<k>(buffer, header), ...);
    }
    template <std::size_t k>
    static void prepare_one(Real* buffer, const typename P::Header& header) {
        constexpr Field field = P::layout.field[k];
        Real* start = buffer + P::template offset<k>(header);
        if constexpr (field.is_after)
            P::copy(start, buffer + P::template offset<field.parameter>(header),
                    P::template count<k>(header));
        else if constexpr (field.is_result)
            P::fill(start, std::numeric_limits<Real>::quiet_NaN(), P::template count<k>(header));
    }
};

/// What rules are called with: for each argument and result its numbers, and what belongs to them in
/// `others`.
template <auto function, class Notation, bool forward>
struct RuleCall {
    using P = Packed<function, Notation>;
    using Real = typename P::Real;

    template <std::size_t k>
    static auto one(const Real* values, Real* others, const typename P::Header& header) {
        if constexpr (P::layout.field[k].is_integer) {
            return std::tuple(P::template integer_of<k>(header));
        } else {
            // A rule writes tangents of results, or cotangents of arguments.
            using Other = std::conditional_t<P::layout.field[k].is_result == forward, Real, const Real>;
            return std::tuple(P::template passed<k, const Real>(values, header),
                              P::template passed<k, Other>(others, header));
        }
    }
    template <std::size_t... k>
    static auto all(const Real* values, Real* others, const typename P::Header& header,
                    std::index_sequence<k...>) {
        return std::tuple_cat(one<k>(values, others, header)...);
    }
    using Arguments =
        decltype(all(nullptr, nullptr, std::declval<typename P::Header>(), typename P::Fields{}));

    template <class Rule>
    static constexpr bool fits() {
        return []<class... A>(std::type_identity<std::tuple<A...>>) {
            return std::is_invocable_v<Rule, A...>;
        }(std::type_identity<Arguments>{});
    }
};

/// What is called instead of a function, and what Enzyme is told of it.
template <auto function, class Notation, auto forward_rule, auto reverse_rule, class F = decltype(function)>
struct WithRules;
template <auto function, class Notation, auto forward_rule, auto reverse_rule, class R, class... A>
struct WithRules<function, Notation, forward_rule, reverse_rule, R (*)(A...)> {
    using P = Packed<function, Notation>;
    using Real = typename P::Real;
    using Operation = Itself<function, Notation, std::make_index_sequence<sizeof...(A)>>;

    [[gnu::always_inline]] static R call(A... arguments) {
        const std::tuple<A&...> given(arguments...);
        const auto header = P::header_of(given);
        Real* buffer = new Real[P::size(header)];
        P::write(header, buffer);
        [&]<std::size_t... k>(std::index_sequence<k...>)
            __attribute__((always_inline)) { (enter<k>(given, buffer, header), ...); }(Fields{});
        Operation::call(buffer);
        [&]<std::size_t... k>(std::index_sequence<k...>)
            __attribute__((always_inline)) { (leave<k>(given, buffer, header), ...); }(Fields{});
        if constexpr (std::is_void_v<R>) {
            delete[] buffer;
        } else {
            const R result = buffer[P::returned(header)];
            delete[] buffer;
            return result;
        }
    }
    /// Values and tangents.
    [[gnu::noinline]] static void forward(Real* buffer, Real* tangents) {
        Operation::call(buffer);
        const auto header = P::read(buffer);
        clear_results(tangents, header);
        std::apply(forward_rule, RuleCall<function, Notation, true>::all(buffer, tangents, header, Fields{}));
    }
    /// Values, and a copy of all numbers for the reverse pass.
    [[gnu::noinline]] static Real* augment(Real* buffer, Real*) {
        Operation::call(buffer);
        const std::size_t size = P::size(P::read(buffer));
        Real* kept = new Real[size];
        P::copy(kept, buffer, size);
        return kept;
    }
    /// Cotangents of arguments are added to, and those of results, which the function overwrites, end here.
    [[gnu::noinline]] static void reverse(Real*, Real* cotangents, Real* kept) {
        const auto header = P::read(kept);
        std::apply(reverse_rule,
                   RuleCall<function, Notation, false>::all(kept, cotangents, header, Fields{}));
        clear_results(cotangents, header);
        delete[] kept;
    }

private:
    using Fields = typename P::Fields;

    template <std::size_t k, class Tuple>
    [[gnu::always_inline]] static void enter(const Tuple& given, Real* buffer,
                                             const typename P::Header& header) {
        constexpr Field field = P::layout.field[k];
        if constexpr (!field.is_integer && !field.is_result)
            P::copy(buffer + P::template offset<k>(header), P::address(std::get<field.parameter>(given)),
                    P::template count<k>(header));
    }
    template <std::size_t k, class Tuple>
    [[gnu::always_inline]] static void leave(const Tuple& given, Real* buffer,
                                             const typename P::Header& header) {
        constexpr Field field = P::layout.field[k];
        if constexpr (field.is_result && field.parameter != nowhere)
            P::copy(P::address(std::get<field.parameter>(given)), buffer + P::template offset<k>(header),
                    P::template count<k>(header));
    }
    static void clear_results(Real* numbers, const typename P::Header& header) {
        [&]<std::size_t... k>(std::index_sequence<k...>) { (clear_one<k>(numbers, header), ...); }(Fields{});
    }
    template <std::size_t k>
    static void clear_one(Real* numbers, const typename P::Header& header) {
        if constexpr (P::layout.field[k].is_result)
            P::fill(numbers + P::template offset<k>(header), Real(0), P::template count<k>(header));
    }
};
template <auto function, class Notation, auto forward_rule, auto reverse_rule, class R, class... A>
struct WithRules<function, Notation, forward_rule, reverse_rule, R (*)(A...) noexcept>
    : WithRules<function, Notation, forward_rule, reverse_rule, R (*)(A...)> {};

/// What the build reads: a function, what is called instead, and what Enzyme is told of it.
template <class F, class G, class Real>
struct Rules {
    F function;
    G instead;
    void (*itself)(Real*);
    void (*forward)(Real*, Real*);
    Real* (*augment)(Real*, Real*);
    void (*reverse)(Real*, Real*, Real*);
};

template <auto function, class Notation, auto forward_rule, auto reverse_rule>
constexpr auto with_rules() {
    using W = WithRules<function, Notation, forward_rule, reverse_rule>;
    return Rules<decltype(function), decltype(&W::call), typename W::Real>{
        function, &W::call, &W::Operation::call, &W::forward, &W::augment, &W::reverse};
}

/// What is wrong with a function of arrays; empty if nothing is.
template <class F>
constexpr Text refusal(Slice call, Slice name, Slice signature) {
    const FunctionType type = FunctionTypeOf<F>::read();
    const Roles roles = read_roles(signature, type);
    Text error = Registration(name, signature, roles.signature, type).error();
    if (!error.empty()) return error;
    const Text problem = LayoutMaker(roles, type).make().error;
    if (!problem.empty()) error << "zymogen: " << call << ": " << problem << ".";
    return error;
}

template <class F, class Notation>
inline constexpr bool is_usable = refusal<F>("", "", Notation::text()).empty();

template <auto function, class Notation, bool forward, class Rule>
constexpr bool rule_fits() {
    if constexpr (!is_usable<decltype(function), Notation>)
        return true;  // there has been a message already
    else
        return RuleCall<function, Notation, forward>::template fits<Rule>();
}

/// The parameters that a rule must have, as text.
constexpr void describe_parameters(Text& text, const Layout& layout, bool forward) {
    for (std::size_t k = 0; k < layout.fields; ++k) {
        const Field& field = layout.field[k];
        if (k != 0) text << ", ";
        if (field.is_integer) {
            text << "std::int64_t " << field.name;
            continue;
        }
        const Slice mark = field.rank == 0 ? "&" : "*";
        const Slice name = field.name.empty() ? Slice("result") : field.name;
        const Slice after = field.is_after ? "_after" : "";
        text << "const " << layout.real << mark << " " << name << after << ", "
             << (field.is_result == forward ? Slice("") : Slice("const ")) << layout.real << mark << " "
             << (forward ? Slice("d_") : Slice("g_")) << name << after;
    }
}

/// What to say of a rule that does not fit.
template <class F>
constexpr Text mismatch(Slice call, Slice rule, Slice signature, bool forward) {
    const FunctionType type = FunctionTypeOf<F>::read();
    Text text;
    text << "zymogen: " << call << ": " << rule << " must be callable as " << rule << "(";
    if (refusal<F>("", "", signature).empty())
        describe_parameters(text, LayoutMaker(read_roles(signature, type), type).make(), forward);
    text << "), with views instead of pointers and values instead of references where you like.";
    return text;
}

}  // namespace zymogen::rules

// A refusal, with all that the compiler says of it.
#if defined(__clang__)
#define ZYMOGEN_SENTENCE(sentence, otherwise) sentence
#else
#define ZYMOGEN_SENTENCE(sentence, otherwise) otherwise
#endif

#if defined(ZYMOGEN_ORDER)  // the build applies rules, and has checked them before
#define ZYMOGEN_RULES_AS(number, call, f, signature, forward, reverse)                                  \
    namespace {                                                                                         \
    struct ZYMOGEN_JOIN(zymogen_notation_, number) {                                                    \
        static constexpr ::zymogen::Slice text() { return signature; }                                  \
    };                                                                                                  \
    }                                                                                                   \
    ZYMOGEN_RULE_HERE(arrays, number);                                                                  \
    [[maybe_unused, gnu::used]] static constexpr auto ZYMOGEN_JOIN(zymogen_rule_arrays_, number) =      \
        ::zymogen::rules::with_rules<&f, ZYMOGEN_JOIN(zymogen_notation_, number), ZYMOGEN_ANY(forward), \
                                     ZYMOGEN_ANY(reverse)>()
#elif defined(ZYMOGEN_GENERATED)
#define ZYMOGEN_RULES_AS(number, call, f, signature, forward, reverse) ZYMOGEN_RULE_SEEN
#else
#define ZYMOGEN_RULES_AS(number, call, f, signature, forward, reverse)                               \
    ZYMOGEN_QUIETLY ZYMOGEN_RULE_FOR(call, f);                                                       \
    ZYMOGEN_REQUIRE_KNOWN_TEXT(call, signature);                                                     \
    namespace {                                                                                      \
    struct ZYMOGEN_JOIN(zymogen_notation_, number) {                                                 \
        static constexpr ::zymogen::Slice text() { return signature; }                               \
    };                                                                                               \
    }                                                                                                \
    static_assert(::zymogen::rules::refusal<decltype(&f)>(call, #f, signature).empty(),              \
                  ZYMOGEN_SENTENCE((::zymogen::rules::refusal<decltype(&f)>(call, #f, signature)),   \
                                   "zymogen: " call ": the function and its signature do not fit")); \
    ZYMOGEN_RULE_FITS(number, call, f, signature, true, forward);                                    \
    ZYMOGEN_RULE_FITS(number, call, f, signature, false, reverse);                                   \
    ZYMOGEN_AS_BEFORE ZYMOGEN_RULE_SEEN
#define ZYMOGEN_RULE_FITS(number, call, f, signature, is_forward, rule)                                  \
    static_assert(                                                                                       \
        ::zymogen::rules::rule_fits<&f, ZYMOGEN_JOIN(zymogen_notation_, number), is_forward,             \
                                    decltype(ZYMOGEN_ANY(rule))>(),                                      \
        ZYMOGEN_SENTENCE((::zymogen::rules::mismatch<decltype(&f)>(call, #rule, signature, is_forward)), \
                         "zymogen: " call ": " #rule " does not take what it must"))
#endif

/// The function `f` with arrays has the derivatives that two rules compute. The signature is written as that
/// of a kernel. Both rules take all its arguments, then its results; each of real numbers is followed by what
/// belongs to it.
/// `forward`: tangents of arguments, from which it computes tangents of results, which are zero before.
/// `reverse`: cotangents, of which it adds to those of arguments what those of results make them.
#define ZYMOGEN_RULES(f, signature, forward, reverse)                                                \
    ZYMOGEN_RULES_AS(__COUNTER__, "ZYMOGEN_RULES(" #f ", " #forward ", " #reverse ")", f, signature, \
                     forward, reverse)
