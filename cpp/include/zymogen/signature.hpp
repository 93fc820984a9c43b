// A kernel's signature, read at compile time: NumPy's gufunc notation with argument names in front.
//
//     signature = items "->" items
//     item      = name "(" [dimension {"," dimension}] ")"     an array, or a scalar where there is no
//     dimension
//               | "(" ... ")"                                  an output without a name
//               | name                                         a bare size: the value of that dimension
//     dimension = name | positive integer of at most nine digits
//     name      = an ASCII letter or "_", then letters, digits and "_"
//
// An output whose name is an argument's is that argument, updated in place. `zymogen.signature` reads the
// same notation.
#pragma once

#include <zymogen/text.hpp>

namespace zymogen {

inline constexpr std::size_t max_rank = 8;
inline constexpr std::size_t max_items = 32;
inline constexpr std::size_t max_digits = 9;

struct Item {
    Slice name;
    bool is_size = false;
    std::size_t rank = 0;
    Slice dimension[max_rank];
};

/// What messages call an item.
constexpr Slice label(const Item& item) {
    return item.name.empty() ? Slice("the result without a name") : item.name;
}

struct Signature {
    Item input[max_items];
    std::size_t inputs = 0;
    Item output[max_items];
    std::size_t outputs = 0;
    Text error;  ///< empty where the text could be read
};

class SignatureReader {
public:
    constexpr explicit SignatureReader(Slice text) : text_(text) {}

    constexpr Signature read() {
        Signature result;
        if (!at_arrow()) read_items("an argument", result.input, result.inputs, result.error);
        if (result.error.empty() && !skip_arrow()) expected(result.error, "a comma or \"->\"");
        if (result.error.empty()) read_items("a result", result.output, result.outputs, result.error);
        if (result.error.empty() && position_ != text_.size) expected(result.error, "a comma or the end");
        if (result.error.empty()) check(result);
        return result;
    }

    /// As `read`, of a text that may end before the arrow: what a function takes, in its order.
    constexpr Signature read_parameters() {
        Signature result;
        read_items("an argument", result.input, result.inputs, result.error);
        const bool more = result.error.empty() && skip_arrow();
        if (more) read_items("a result", result.output, result.outputs, result.error);
        if (result.error.empty() && position_ != text_.size)
            expected(result.error, more ? "a comma or the end" : "a comma, \"->\" or the end");
        if (result.error.empty()) check(result);
        return result;
    }

private:
    constexpr void skip_space() {
        while (position_ < text_.size &&
               (text_[position_] == ' ' || text_[position_] == '\n' || text_[position_] == '\t'))
            ++position_;
    }
    constexpr bool at(char c) {
        skip_space();
        return position_ < text_.size && text_[position_] == c;
    }
    constexpr bool skip(char c) {
        if (!at(c)) return false;
        ++position_;
        return true;
    }
    constexpr bool at_arrow() { return at('-') && position_ + 1 < text_.size && text_[position_ + 1] == '>'; }
    constexpr bool skip_arrow() {
        if (!at_arrow()) return false;
        position_ += 2;
        return true;
    }
    constexpr Slice rest() const { return {text_.begin + position_, text_.size - position_}; }

    constexpr Slice read_word(bool digits_only) {
        skip_space();
        const std::size_t start = position_;
        while (position_ < text_.size &&
               (is_digit(text_[position_]) || (!digits_only && is_name_start(text_[position_]))))
            ++position_;
        return {text_.begin + start, position_ - start};
    }
    constexpr bool at_name() {
        skip_space();
        return position_ < text_.size && is_name_start(text_[position_]);
    }

    constexpr void read_items(Slice what, Item* items, std::size_t& count, Text& error) {
        do {
            if (count == max_items) {
                error << "there are more than " << max_items << " arguments or results";
                return;
            }
            Item& item = items[count++];
            if (at_name()) item.name = read_word(false);
            if (!skip('(')) {
                if (item.name.empty()) expected(error, what);
                item.is_size = true;
            } else {
                read_dimensions(item, error);
            }
            skip_space();
            if (!error.empty()) return;
        } while (skip(','));
        skip_space();
    }

    constexpr void read_dimensions(Item& item, Text& error) {
        while (!at(')')) {
            if (item.rank == max_rank) {
                error << label(item) << " has more than " << max_rank << " dimensions";
                return;
            }
            const Slice dimension = read_word(!at_name());
            if (dimension.empty()) return expected(error, "a dimension's name or a positive number");
            if (dimension[0] == '0' || (is_digit(dimension[0]) && dimension.size > max_digits)) {
                error << "the dimension " << dimension << " of " << label(item)
                      << " is no positive number of at most " << max_digits << " digits";
                return;
            }
            item.dimension[item.rank++] = dimension;
            if (at(')')) break;
            if (!skip(',')) {
                expected(error, "a comma or a closing parenthesis");
                return way_out(error);
            }
            if (at(')')) return expected(error, "another dimension");
        }
        skip(')');
    }

    constexpr void expected(Text& error, Slice what) {
        skip_space();
        error << what << " is expected ";
        if (position_ == text_.size)
            error << "at the end";
        else
            error << "before \"" << rest() << "\"";
    }

    /// What to do for a size that is calculated from another one.
    constexpr void way_out(Text& error) {
        if ((at('-') && !at_arrow()) || at('+') || at('*') || at('/'))
            error << ". Sizes are not calculated: name a result of another size among the arguments, too, so "
                     "that the caller's array fixes it, as y in x(n), y(m) -> y(m), or make it as long as an "
                     "argument and leave the rest unused";
    }

    static constexpr bool fixed_by_inputs(const Signature& signature, Slice dimension) {
        if (is_digit(dimension[0])) return true;
        for (std::size_t k = 0; k < signature.inputs; ++k)
            for (std::size_t d = 0; d < signature.input[k].rank; ++d)
                if (signature.input[k].dimension[d] == dimension) return true;
        return false;
    }

    static constexpr void check(Signature& signature) {
        Text& error = signature.error;
        for (std::size_t k = 0; k < signature.inputs && error.empty(); ++k) {
            const Item& item = signature.input[k];
            if (item.name.empty())
                error << "argument number " << k + 1 << " has no name";
            else if (item.is_size && !fixed_by_inputs(signature, item.name))
                error << item.name
                      << " stands without parentheses, which means the size of a dimension, and no argument "
                         "has a dimension "
                      << item.name << ". A scalar is written " << item.name << "()";
            for (std::size_t other = 0; other < k && error.empty(); ++other)
                if (signature.input[other].name == item.name)
                    error << "two arguments have the name " << item.name;
        }
        for (std::size_t k = 0; k < signature.outputs && error.empty(); ++k) {
            const Item& item = signature.output[k];
            if (item.is_size)
                error << "the result " << item.name << " has no parentheses. A single number is written "
                      << item.name << "()";
            for (std::size_t d = 0; d < item.rank && error.empty(); ++d)
                if (!fixed_by_inputs(signature, item.dimension[d]))
                    error << "no argument fixes the dimension " << item.dimension[d] << " of " << label(item);
            for (std::size_t other = 0; other < k && error.empty(); ++other)
                if (!item.name.empty() && signature.output[other].name == item.name)
                    error << "two results have the name " << item.name;
        }
    }

    Slice text_;
    std::size_t position_ = 0;
};

}  // namespace zymogen
