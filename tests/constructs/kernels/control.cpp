// Loops, branches, exceptions.
#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

// A loop that ends when numbers have converged
double converging_loop(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double a = 1 + x[i] * x[i];
        double root = a;
        while (std::fabs(root * root - a) > 1e-13) root = 0.5 * (root + a / root);
        s += root * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(converging_loop, "x(n) -> ()");

// As many passes of a loop as the data say
double counted_by_data(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const int passes = 1 + static_cast<int>(4 * x[i]);
        double p = 1;
        for (int k = 0; k < passes; ++k) p *= x[(i + 1) % x.size()];
        s += p * x[i];
    }
    return s;
}
ZYMOGEN_KERNEL(counted_by_data, "x(n) -> ()");

// `break` and `continue` that numbers decide
double break_and_continue(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        if (e < 0.35) continue;
        s = s * 0.5 + e * e * e;
        if (s > 1.25) break;
    }
    return s * s;
}
ZYMOGEN_KERNEL(break_and_continue, "x(n) -> ()");

// `continue` in `while` and in `for (;;)`
double continue_in_while(std::span<const double> x) {
    double s = 1;
    std::size_t i = 0;
    while (i != x.size()) {
        const double e = x[i++];
        if (e < 0.35) continue;
        s = s * 0.5 + std::sin(s) * e;
    }
    for (;;) {
        if (i == 0) break;
        const double e = x[--i];
        if (e > 0.65) continue;
        s = s * 0.5 + std::sin(s) * e;
    }
    return s * s;
}
ZYMOGEN_KERNEL(continue_in_while, "x(n) -> ()");

// `return` and `goto` out of loops in each other
double out_of_a_nest(std::span<const double> x) {
    double s = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            if (j == 2 && x[i] < x[j]) goto done;
            if (s > 4) return s * x[i];
            s = s * 0.9 + std::sin(s) * x[j];
        }
        s *= 1 + 0.1 * x[i];
    }
done:
    return s * s;
}
ZYMOGEN_KERNEL(out_of_a_nest, "x(n) -> ()");

// `break` in a branch of a loop
double break_in_a_branch(std::span<const double> x) {
    double s = 1;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] < 0.5) {
            for (std::size_t j = 0; j < i; ++j) s = s * 0.9 + std::sin(s) * x[j];
            if (s > 2.5) break;
        } else {
            s *= 1 + 0.1 * std::sin(x[i]);
        }
    }
    return s * x[0];
}
ZYMOGEN_KERNEL(break_in_a_branch, "x(n) -> ()");

// `return` from within a loop
double early_return(std::span<const double> x) {
    double s = 0;
    for (double e : x) {
        s += e * e * s + e;
        if (s > 1.5) return s * s * e;
    }
    return s;
}
ZYMOGEN_KERNEL(early_return, "x(n) -> ()");

// `do`, `while`, and nested loops whose bounds depend on each other
double nested_loops(std::span<const double> x) {
    double s = 0;
    std::size_t i = 0;
    do {
        for (std::size_t j = i; j < x.size(); ++j) s += x[i] * x[j] * x[j];
        ++i;
    } while (i < x.size());
    return s;
}
ZYMOGEN_KERNEL(nested_loops, "x(n) -> ()");

// `switch` and `goto`
double switch_and_goto(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        switch (i % 4) {
            case 0: s += x[i] * x[i]; break;
            case 1: s += std::sin(x[i]); break;
            case 2: goto exponential;
            default: s -= x[i] * x[0];
        }
        continue;
    exponential:
        s += std::exp(x[i]);
    }
    return s * s;
}
ZYMOGEN_KERNEL(switch_and_goto, "x(n) -> ()");

// `if`, `?:` and `&&` of numbers
double branches(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double next = x[(i + 1) % x.size()];
        if (x[i] > next && next > 0.35) {
            s += x[i] * x[i] * next;
        } else {
            s += x[i] > 0.5 ? std::exp(next) : x[i] * next;
        }
    }
    return s;
}
ZYMOGEN_KERNEL(branches, "x(n) -> ()");

// A table looked up by a number, with interpolation
double interpolation(std::span<const double> x) {
    static constexpr double table[] = {1, 4, 2, 8, 5, 7};
    double s = 0;
    for (double e : x) {
        const double place = 3 * e;
        const int i = static_cast<int>(std::floor(place));
        const double t = place - i;
        s += ((1 - t) * table[i] + t * table[i + 1]) * e;
    }
    return s;
}
ZYMOGEN_KERNEL(interpolation, "x(n) -> ()");

// `throw` for arguments that make no sense
double throw_at_start(std::span<const double> x) {
    if (x.size() < 2) throw std::invalid_argument("x has less than two elements");
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += x[i] * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(throw_at_start, "x(n) -> ()");

// `throw` in a loop, where numbers decide
double throw_in_a_loop(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] > 1000) throw std::runtime_error("too large");
        s += x[i] * x[i] * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(throw_in_a_loop, "x(n) -> ()");

[[gnu::noinline]] double checked_square(double t) {
    if (t > 1000) throw std::runtime_error("too large");
    return t * t;
}

// `throw` past a `std::vector` that has to be freed
double throw_past_a_vector(std::span<const double> x) {
    const std::vector<double> v(x.begin(), x.end());
    double s = 0;
    for (std::size_t i = 0; i < v.size(); ++i) s += checked_square(v[i]) * v[(i + 1) % v.size()];
    return s;
}
ZYMOGEN_KERNEL(throw_past_a_vector, "x(n) -> ()");

// `try` and `catch`, where nothing is thrown
double try_and_catch(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        try {
            s += checked_square(x[i]) * x[(i + 1) % x.size()];
        } catch (const std::exception&) {
            s += 1;
        }
    }
    return s;
}
ZYMOGEN_KERNEL(try_and_catch, "x(n) -> ()");

// `noexcept`
[[gnu::noinline]] double sure(double t) noexcept {
    return t * t;
}
double no_exceptions(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += sure(x[i]) * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(no_exceptions, "x(n) -> ()");

// `assert`, which is off in kernels
double assertion(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        assert(x[i] < 1000);
        s += x[i] * x[i] * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(assertion, "x(n) -> ()");

}  // namespace
