// What a program knows at compile time of the derivatives that were built for it: tables, in a header that
// the build writes (zymogen.extension.program), and looking things up in them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <zymogen/abi.hpp>
#include <zymogen/registration.hpp>
#include <zymogen/text.hpp>

namespace zymogen::program {

/// Part of a table.
template <class T>
struct List {
    const T* first = nullptr;
    std::size_t size = 0;

    constexpr const T& operator[](std::size_t k) const { return first[k]; }
};

enum class Role { input, component, list, output };

struct Operand {
    Role role;
    Slice name;
    Slice element;
    List<std::size_t>
        dimensions;         ///< numbers of Built::dimensions; of a component or list, those of its array
    std::size_t count = 0;  ///< of a list, the number of the dimension that has its length

    constexpr std::size_t rank() const { return dimensions.size; }
};

struct Dimension {
    Slice name;
    std::size_t extent = 0;  ///< where it is fixed
};

struct Scratch {
    std::size_t bytes;  ///< of one element, for all lanes
    List<std::size_t> dimensions;
    bool zero;  ///< starts at zero, and is left so
};

struct Level {
    Slice kind;
    List<Slice> arguments;
};

/// One entry: a derivative for one choice of element types.
struct Built {
    Slice function;        ///< qualified name of the kernel, without template arguments
    List<Slice> elements;  ///< of the function's parameters
    List<Slice> arguments;
    List<Level> levels;
    List<Operand> operands;
    List<Dimension> dimensions;
    List<Scratch> scratch;
    Slice name;  ///< for messages
    Entry* entry;
};

/// A component, or a list of them, that is part of a derivative's text.
struct Choice {
    bool open;  ///< an argument of the call
    List<std::int64_t> numbers;
};

/// A derivative as the build file names it.
struct Asked {
    Slice text;  ///< without blanks and quotation marks
    std::size_t built;
    List<Choice> choices;
};

inline constexpr std::size_t none = static_cast<std::size_t>(-1);

/// Which argument is meant: its position, from the end where it is negative, or its name.
struct Argument {
    static constexpr std::size_t capacity = 64;

    int position = 0;
    char name[capacity]{};

    constexpr Argument(int number) : position(number) {}
    template <std::size_t N>
        requires(N <= capacity)
    constexpr Argument(const char (&text)[N]) {
        for (std::size_t i = 0; i < N; ++i) name[i] = text[i];
    }

    constexpr bool is(Slice argument, List<Slice> arguments) const {
        if (name[0] != '\0') return argument == Slice(name);
        const auto count = static_cast<int>(arguments.size);
        const int number = position < 0 ? position + count : position;
        return number >= 0 && number < count && arguments[static_cast<std::size_t>(number)] == argument;
    }
};

/// A level that a template asks for.
template <std::size_t Count>
struct Wanted {
    Slice kind;
    Argument arguments[Count];

    constexpr bool is(const Level& level, List<Slice> arguments_of_kernel) const {
        if (!(level.kind == kind) || level.arguments.size != Count) return false;
        for (std::size_t k = 0; k < Count; ++k)
            if (!arguments[k].is(level.arguments[k], arguments_of_kernel)) return false;
        return true;
    }
};

template <auto Function>
constexpr Slice pretty_name() {
    return __PRETTY_FUNCTION__;
}

/// The function's qualified name without template arguments: `physics::model`.
template <auto Function>
constexpr Text name_of() {
    const Slice pretty = pretty_name<Function>();  // ends in [... Function = &physics::model<float>]
    std::size_t begin = 0;
    for (std::size_t i = 0; i + 1 < pretty.size; ++i)
        if (pretty[i] == '=' && pretty[i + 1] == ' ') begin = i + 2;
    if (begin < pretty.size && pretty[begin] == '&') ++begin;
    Text name;
    for (std::size_t i = begin; i + 1 < pretty.size && pretty[i] != '<'; ++i) {
        // Namespaces without a name: of clang's, then of gcc's spelling.
        for (Slice unnamed : {Slice("(anonymous namespace)::"), Slice("{anonymous}::")})
            if (i + unnamed.size < pretty.size && Slice(pretty.begin + i, unnamed.size) == unnamed)
                i += unnamed.size;
        name << Slice(pretty.begin + i, 1);
    }
    return name;
}

template <auto Function>
constexpr bool is_of(const Built& built) {
    constexpr FunctionType type = FunctionTypeOf<decltype(Function)>::read();
    if (!(Slice(name_of<Function>()) == built.function) || type.parameters != built.elements.size)
        return false;
    for (std::size_t k = 0; k < type.parameters; ++k)
        if (!(type.parameter[k].element == built.elements[k])) return false;
    return true;
}

/// Which of `table` is the function's derivative with these levels.
template <auto Function, std::size_t... Count>
constexpr std::size_t find(List<Built> table, const Wanted<Count>&... wanted) {
    for (std::size_t b = 0; b < table.size; ++b) {
        const Built& built = table[b];
        if (built.levels.size != sizeof...(Count) || !is_of<Function>(built)) continue;
        std::size_t k = 0;
        if ((wanted.is(built.levels[k++], built.arguments) && ...)) return b;
    }
    return none;
}

/// The text of a derivative, as a template's argument.
template <std::size_t N>
struct Wording {
    char text[N]{};
    std::size_t size = 0;

    constexpr Wording(const char (&given)[N]) {
        for (const char c : given)
            if (c != ' ' && c != '\n' && c != '\t' && c != '"' && c != '\'' && c != '\0') text[size++] = c;
    }
    constexpr bool is(Slice asked) const { return asked == Slice(text, size); }
};
template <std::size_t N>
Wording(const char (&)[N]) -> Wording<N>;

}  // namespace zymogen::program
