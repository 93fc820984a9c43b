// Functions, and how they are called.
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <variant>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double cube(double t) {
    return t * t * t;
}
double sine(double t) {
    return std::sin(t);
}

// What most of these kernels compute: x[0] times the sum of the cubes.
template <class Function>
double sum(Function f, std::span<const double> x) {
    double s = 0;
    for (double e : x) s += f(e);
    return s;
}

// A lambda that captures a number by value, as an argument of a template
double lambda_by_value(std::span<const double> x) {
    const double a = x[0];
    return sum([a](double t) { return a * cube(t); }, x);
}
ZYMOGEN_KERNEL(lambda_by_value, "x(n) -> ()");

// A lambda that captures by reference
double lambda_by_reference(std::span<const double> x) {
    double a = 1;
    const auto f = [&](double t) { return a * cube(t); };
    a = x[0];
    return sum(f, x);
}
ZYMOGEN_KERNEL(lambda_by_reference, "x(n) -> ()");

// A generic lambda that calls itself
double lambda_recursive(std::span<const double> x) {
    const auto power = [](auto& self, double t, int e) -> double {
        return e == 0 ? 1 : t * self(self, t, e - 1);
    };
    double s = 0;
    for (double e : x) s += x[0] * power(power, e, 3);
    return s;
}
ZYMOGEN_KERNEL(lambda_recursive, "x(n) -> ()");

// A structure with operators
struct Two {
    double a, b;
    friend Two operator*(Two p, Two q) { return {p.a * q.a, p.b * q.b}; }
    Two& operator+=(Two other) {
        a += other.a;
        b += other.b;
        return *this;
    }
};
double operators(std::span<const double> x) {
    Two s{0, 0};
    for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
        const Two t{x[i], x[i + 1]};
        s += t * t * t;
    }
    return x[0] * (s.a + s.b);
}
ZYMOGEN_KERNEL(operators, "x(n) -> ()");

// A class with constructor, destructor and member functions
class Accumulator {
public:
    explicit Accumulator(double factor) : factor_(factor) {}
    ~Accumulator() { sum_ = 0; }
    void add(double t) { sum_ += cube(t); }
    [[nodiscard]] double value() const { return factor_ * sum_; }

private:
    double factor_;
    double sum_ = 0;
};
double member_functions(std::span<const double> x) {
    Accumulator all(x[0]);
    for (double e : x) all.add(e);
    return all.value();
}
ZYMOGEN_KERNEL(member_functions, "x(n) -> ()");

// A function of numbers that is not inlined
[[gnu::noinline]] double scaled_cube(double a, double t) {
    return a * cube(t);
}
double not_inlined(std::span<const double> x) {
    return sum([&](double t) { return scaled_cube(x[0], t); }, x);
}
ZYMOGEN_KERNEL(not_inlined, "x(n) -> ()");

// A function of pointers that is not inlined
[[gnu::noinline]] void cubes(const double* x, double* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = x[0] * cube(x[i]);
}
double not_inlined_pointers(std::span<const double> x) {
    double y[64];
    cubes(x.data(), y, x.size());
    return sum([](double t) { return t; }, std::span(y, x.size()));
}
ZYMOGEN_KERNEL(not_inlined_pointers, "x(n) -> ()");

// A structure passed by value, and one returned, with integers among numbers
struct Mixed {
    double a, b;
    int two;
};
[[gnu::noinline]] Mixed made(double a, double t) {
    return {a * t, t * t, 2};
}
[[gnu::noinline]] double used(Mixed m) {
    return m.a * m.b * m.two;
}
double structure_by_value(std::span<const double> x) {
    return sum([&](double t) { return used(made(x[0], t)); }, x) / 2;
}
ZYMOGEN_KERNEL(structure_by_value, "x(n) -> ()");

// A function template with a number of steps as its parameter
template <int n>
double power(double t) {
    if constexpr (n == 0) {
        return 1;
    } else {
        return t * power<n - 1>(t);
    }
}
double recursive_template(std::span<const double> x) {
    return x[0] * sum(power<3>, x);
}
ZYMOGEN_KERNEL(recursive_template, "x(n) -> ()");

// A function as an argument of a template
double function_by_template(std::span<const double> x) {
    return x[0] * sum(cube, x);
}
ZYMOGEN_KERNEL(function_by_template, "x(n) -> ()");

// A pointer to a function, known where it is called
[[gnu::noinline]] double applied(double (*f)(double), const double* x, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += f(x[i]);
    return s;
}
double function_pointer_known(std::span<const double> x) {
    return x[0] * applied(cube, x.data(), x.size());
}
ZYMOGEN_KERNEL(function_pointer_known, "x(n) -> ()");

// A table of pointers to functions
// Instead: a `switch` that calls them by name.
double table_of_functions(std::span<const double> x) {
    static double (*const volatile table[2])(double) = {cube, sine};
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += table[i % 2](x[i]);
    return x[0] * s;
}
ZYMOGEN_KERNEL(table_of_functions, "x(n) -> ()");

// A `switch` that calls functions by name
double switch_of_functions(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        switch (i % 2) {
            case 0: s += cube(x[i]); break;
            default: s += sine(x[i]);
        }
    }
    return x[0] * s;
}
ZYMOGEN_KERNEL(switch_of_functions, "x(n) -> ()");

// A pointer to a member function
double member_pointer(std::span<const double> x) {
    struct Model {
        double a;
        [[nodiscard]] double value(double t) const { return a * cube(t); }
    };
    double (Model::* const function)(double) const = &Model::value;
    const Model model{x[0]};
    return sum([&](double t) { return (model.*function)(t); }, x);
}
ZYMOGEN_KERNEL(member_pointer, "x(n) -> ()");

struct Shape {
    virtual ~Shape() = default;
    [[nodiscard]] virtual double value(double t) const = 0;
};
struct Cube final : Shape {
    double a;
    explicit Cube(double factor) : a(factor) {}
    [[nodiscard]] double value(double t) const override { return a * cube(t); }
};
struct Sine final : Shape {
    double a;
    explicit Sine(double factor) : a(factor) {}
    [[nodiscard]] double value(double t) const override { return a * sine(t); }
};

// A virtual function of an object whose class the compiler knows
// Instead: call it of the object itself, not of a reference to its base.
double virtual_known(std::span<const double> x) {
    const Cube shape(x[0]);
    const Shape& base = shape;
    return sum([&](double t) { return base.value(t); }, x);
}
ZYMOGEN_KERNEL(virtual_known, "x(n) -> ()");

// A virtual function of objects on the stack
// Instead: a template parameter, or `std::variant` and `std::visit`.
[[gnu::noinline]] double of_shape(const Shape& shape, double t) {
    return shape.value(t);
}
double virtual_on_the_stack(std::span<const double> x) {
    const Cube cubic(x[0]);
    const Sine wave(x[0]);
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += i % 2 == 0 ? of_shape(cubic, x[i]) : of_shape(wave, x[i]);
    return s;
}
ZYMOGEN_KERNEL(virtual_on_the_stack, "x(n) -> ()");

// Virtual functions of objects on the heap
// Instead: a `std::vector` of `std::variant`, or one container for each class.
double virtual_on_the_heap(std::span<const double> x) {
    std::vector<std::unique_ptr<Shape>> shapes;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (i % 2 == 0) {
            shapes.push_back(std::make_unique<Cube>(x[0]));
        } else {
            shapes.push_back(std::make_unique<Sine>(x[0]));
        }
    }
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += shapes[i]->value(x[i]);
    return s;
}
ZYMOGEN_KERNEL(virtual_on_the_heap, "x(n) -> ()");

// A base class that knows its derived class by a template parameter
template <class Derived>
struct Base {
    [[nodiscard]] double weighted(double t) const { return static_cast<const Derived*>(this)->a * cube(t); }
};
struct Weighted : Base<Weighted> {
    double a;
    explicit Weighted(double factor) : a(factor) {}
};
double static_base(std::span<const double> x) {
    const Weighted w(x[0]);
    return sum([&](double t) { return w.weighted(t); }, x);
}
ZYMOGEN_KERNEL(static_base, "x(n) -> ()");

// A `std::vector` of `std::variant` instead of virtual functions
double variant_of_classes(std::span<const double> x) {
    struct Cubic {
        double a;
        [[nodiscard]] double value(double t) const { return a * cube(t); }
    };
    struct Wave {
        double a;
        [[nodiscard]] double value(double t) const { return a * sine(t); }
    };
    std::array<std::variant<Cubic, Wave>, 4> shapes{Cubic{x[0]}, Wave{x[0]}, Cubic{x[0]}, Wave{x[0]}};
    double s = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        if (const auto* c = std::get_if<Cubic>(&shapes[i])) {
            s += c->value(x[i]);
        } else {
            s += std::get<Wave>(shapes[i]).value(x[i]);
        }
    }
    return s;
}
ZYMOGEN_KERNEL(variant_of_classes, "x(n) -> ()");

// `std::function` that holds a lambda
// Instead: `auto`, or a template parameter.
double standard_function(std::span<const double> x) {
    const double a = x[0];
    const std::function<double(double)> f = [a](double t) { return a * cube(t); };
    return sum(std::cref(f), x);
}
ZYMOGEN_KERNEL(standard_function, "x(n) -> ()");

// `std::function` as an argument of a function that is not inlined
// Instead: a template parameter.
[[gnu::noinline]] double of_function(const std::function<double(double)>& f, const double* x, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += f(x[i]);
    return s;
}
double standard_function_passed(std::span<const double> x) {
    const double a = x[0];
    return of_function([&a](double t) { return a * cube(t); }, x.data(), x.size());
}
ZYMOGEN_KERNEL(standard_function_passed, "x(n) -> ()");

// `std::bind_front`, `std::invoke`, `std::reference_wrapper`
double bound(std::span<const double> x) {
    const auto f = std::bind_front([](double a, double t) { return a * cube(t); }, x[0]);
    return sum([&](double t) { return std::invoke(std::cref(f), t); }, x);
}
ZYMOGEN_KERNEL(bound, "x(n) -> ()");

// Recursion
double to_the(double t, int e) {
    return e == 0 ? 1 : t * to_the(t, e - 1);
}
double recursion(std::span<const double> x) {
    double s = 0;
    for (double e : x) s += to_the(e, static_cast<int>(x.size()) - 1);
    return x[0] * s;
}
ZYMOGEN_KERNEL(recursion, "x(n) -> ()");

// Recursion with two branches, over halves of an array
double over_halves(const double* x, std::size_t n) {
    if (n == 1) return cube(x[0]);
    return over_halves(x, n / 2) + over_halves(x + n / 2, n - n / 2);
}
double recursion_over_halves(std::span<const double> x) {
    return x[0] * over_halves(x.data(), x.size());
}
ZYMOGEN_KERNEL(recursion_over_halves, "x(n) -> ()");

// Two functions that call each other
[[gnu::noinline]] double odd(double t, int e);
[[gnu::noinline]] double even(double t, int e) {
    return e == 0 ? 1 : t * odd(t, e - 1);
}
double odd(double t, int e) {
    return e == 0 ? 1 : t * even(t, e - 1);
}
double mutual_recursion(std::span<const double> x) {
    return x[0] * sum([](double t) { return odd(t, 3); }, x);
}
ZYMOGEN_KERNEL(mutual_recursion, "x(n) -> ()");

// Instructions in inline assembly
// Instead: the same in C++.
double inline_assembly(std::span<const double> x) {
    double s = 0;
    for (double t : x) {
        double square = t;
        asm("mulsd %1, %0" : "+x"(square) : "x"(t));
        s += square * t;
    }
    return x[0] * s;
}
ZYMOGEN_KERNEL(inline_assembly, "x(n) -> ()");

// Vectors of four numbers, an extension of C++
// Instead: a loop, of which the compiler makes vectors.
double vector_extension(std::span<const double> x) {
    using four = double __attribute__((vector_size(32)));
    four s = {0, 0, 0, 0};
    for (std::size_t i = 0; i + 4 <= x.size(); i += 4) {
        const four v = {x[i], x[i + 1], x[i + 2], x[i + 3]};
        s += v * v * v;
    }
    return x[0] * (s[0] + s[1] + s[2] + s[3]);
}
ZYMOGEN_KERNEL(vector_extension, "x(n) -> ()");

}  // namespace
