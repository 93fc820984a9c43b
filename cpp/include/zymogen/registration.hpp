// Compares a function's type with its signature, and says in a sentence where they disagree.
#pragma once

#include <zymogen/parameter.hpp>
#include <zymogen/signature.hpp>

namespace zymogen {

inline constexpr std::size_t max_parameters = 2 * max_items;

/// A function's type as a kernel sees it.
struct FunctionType {
    Parameter result;
    bool returns = false;
    Parameter parameter[max_parameters];
    std::size_t parameters = 0;
    Slice refusal;  ///< why it cannot be a kernel
};

template <class F>
struct FunctionTypeOf {
    static constexpr FunctionType read() {
        FunctionType type;
        type.refusal =
            "it is no function whose parameter types are fixed. Register a function, a static member "
            "function "
            "or a lambda";
        return type;
    }
};

template <class R, class... A>
struct FunctionTypeOf<R (*)(A...)> {
    static constexpr FunctionType read() {
        FunctionType type;
        if constexpr (sizeof...(A) > max_parameters) {
            type.refusal = "the function has more parameters than a kernel can";
        } else {
            if constexpr (!std::is_void_v<R>) {
                type.returns = true;
                type.result = parameter_of<R>();
            }
            ((type.parameter[type.parameters++] = parameter_of<A>()), ...);
        }
        return type;
    }
};
template <class R, class... A>
struct FunctionTypeOf<R (*)(A...) noexcept> : FunctionTypeOf<R (*)(A...)> {};

/// The function's type behind an object's call operator.
template <class Operator>
struct CallOf {
    using Function = void;
};
template <class R, class C, class... A>
struct CallOf<R (C::*)(A...) const> {
    using Function = R (*)(A...);
};
template <class R, class C, class... A>
struct CallOf<R (C::*)(A...) const noexcept> : CallOf<R (C::*)(A...) const> {};
template <class R, class... A>
struct CallOf<R (*)(A...)> {  // a static one
    using Function = R (*)(A...);
};

template <class C>
    requires requires { &C::operator(); }
struct FunctionTypeOf<C*> : FunctionTypeOf<typename CallOf<decltype(&C::operator())>::Function> {};

class Registration {
public:
    constexpr Registration(Slice name, Slice signature_text, const FunctionType& type)
        : Registration(name, signature_text, SignatureReader(signature_text).read(), type) {}

    constexpr Registration(Slice name, Slice signature_text, const Signature& signature,
                           const FunctionType& type)
        : name_(name), text_(signature_text), signature_(signature), type_(type) {}

    /// What is wrong; empty if nothing is.
    constexpr Text error() {
        if (!type_.refusal.empty())
            complain() << type_.refusal << ".";
        else if (!signature_.error.empty())
            complain() << signature_.error << ".";
        else
            check();
        return error_;
    }

private:
    constexpr void check() {
        for (std::size_t k = 0; k < signature_.inputs && error_.empty(); ++k)
            check_input(signature_.input[k]);
        std::size_t first = 0;
        if (error_.empty() && type_.returns) {
            check_returned(signature_.output[0]);
            first = 1;
        }
        for (std::size_t k = first; k < signature_.outputs && error_.empty(); ++k)
            if (argument_named(signature_.output[k].name) == nullptr) check_output(signature_.output[k]);
        if (error_.empty() && next_ != type_.parameters)
            complain() << "the signature has " << next_
                       << " parameters (arguments, then results), and the function has " << type_.parameters
                       << ".";
    }

    constexpr Text& complain() { return error_ << "zymogen: " << name_ << ", \"" << text_ << "\": "; }

    static constexpr bool same_dimensions(const Item& a, const Item& b) {
        if (a.rank != b.rank) return false;
        for (std::size_t d = 0; d < a.rank; ++d)
            if (!(a.dimension[d] == b.dimension[d])) return false;
        return true;
    }
    constexpr const Item* result_named(Slice name) const {
        for (std::size_t k = 0; k < signature_.outputs; ++k)
            if (signature_.output[k].name == name) return &signature_.output[k];
        return nullptr;
    }
    constexpr const Item* argument_named(Slice name) const {
        for (std::size_t k = 0; k < signature_.inputs && !name.empty(); ++k)
            if (!signature_.input[k].is_size && signature_.input[k].name == name) return &signature_.input[k];
        return nullptr;
    }

    constexpr const Parameter* next(const Item& item) {
        if (next_ == type_.parameters) {
            complain() << "the function has only " << type_.parameters << " parameters, and " << label(item)
                       << " would be one more.";
            return nullptr;
        }
        const Parameter& parameter = type_.parameter[next_++];
        if (parameter.form.empty()) {
            complain() << label(item) << ", parameter number " << next_ << ": " << parameter.type
                       << parameter.refusal << ".";
            return nullptr;
        }
        return &parameter;
    }

    constexpr void check_input(const Item& item) {
        const Parameter* parameter = next(item);
        if (parameter == nullptr) return;
        if (item.is_size) {
            if (!(parameter->form == Slice("value")) || !is_integer(*parameter))
                complain() << item.name
                           << " is the size of a dimension, and its parameter must be an integer by value. "
                           << "An argument is written " << item.name << "().";
            return;
        }
        const Item* result = result_named(item.name);
        if (result != nullptr && !same_dimensions(item, *result))
            complain()
                << item.name
                << " is an argument and a result, so it is updated in place: its dimensions must be the "
                << "same on both sides.";
        else if (result != nullptr)
            check_writable(item, *parameter, " is an argument and a result, so it is updated in place");
        else if (!parameter->constant)
            complain() << item.name
                       << " is only an argument, and its parameter can be written to. Declare its elements "
                       << "const, or name it among the results too if the kernel updates it.";
        if (error_.empty()) check_rank(item, *parameter);
    }

    constexpr void check_output(const Item& item) {
        const Parameter* parameter = next(item);
        if (parameter == nullptr) return;
        check_writable(item, *parameter, " is a result");
        if (error_.empty()) check_rank(item, *parameter);
    }

    constexpr void check_writable(const Item& item, const Parameter& parameter, Slice role) {
        if (!parameter.constant) return;
        complain() << label(item) << role << ", and its parameter cannot be written to: "
                   << (parameter.form == Slice("value")
                           ? Slice("use a reference or a pointer, or return the number.")
                           : Slice("its elements must not be const."));
    }

    constexpr void check_returned(const Item& item) {
        if (item.rank != 0)
            complain() << "the function returns something, which is its first result, and " << label(item)
                       << " has dimensions. Return void and write arrays through parameters.";
        else if (!type_.result.refusal.empty())
            complain() << label(item) << ", the returned result: " << type_.result.type
                       << type_.result.refusal << ".";
        else if (!(type_.result.form == Slice("value")))
            complain() << label(item)
                       << " is returned as a pointer, reference or view: return a number by value.";
        else if (argument_named(item.name) != nullptr)
            complain()
                << item.name
                << " is an argument too, so it is updated in place, and cannot be what the function returns.";
    }

    constexpr void check_rank(const Item& item, const Parameter& parameter) {
        if (parameter.rank != any_rank && parameter.rank != item.rank) {
            complain() << label(item) << " has " << item.rank
                       << " dimensions in the signature, and its C++ type has " << parameter.rank << ".";
            return;
        }
        if (!(parameter.form == Slice("view"))) return;
        for (std::size_t d = 0; d < item.rank && error_.empty(); ++d) {
            if (parameter.extent[d] == any_extent) continue;
            Text fixed;
            fixed << parameter.extent[d];
            if (!(item.dimension[d] == fixed))
                complain() << label(item) << " has dimension " << item.dimension[d]
                           << " in the signature, and its C++ type fixes it to " << fixed << ".";
        }
    }

    static constexpr bool is_integer(const Parameter& parameter) {
        const Slice element = parameter.element;
        return !(element == Slice("double") || element == Slice("float") || element == Slice("bool"));
    }

    Slice name_;
    Slice text_;
    Signature signature_;
    const FunctionType& type_;
    std::size_t next_ = 0;
    Text error_;
};

/// Where the function's type `F` and the signature disagree; empty where they agree.
template <class F>
constexpr Text disagreement(Slice name, Slice signature) {
    const FunctionType type = FunctionTypeOf<F>::read();
    return Registration(name, signature, type).error();
}

}  // namespace zymogen
