// Derivatives in a program without Python: it is compiled by any C++20 compiler, and links what zymogen
// differentiated.
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <ranges>
#include <stdexcept>
#include <vector>

#include <zymogen/derivatives.hpp>

#include "kernels.hpp"

namespace {

void show(const char* name, std::floating_point auto number) {
    std::printf("%s %.17g\n", name, static_cast<double>(number));
}
void show(const char* name, const std::ranges::range auto& numbers) {
    std::printf("%s", name);
    for (const auto number : numbers) std::printf(" %.17g", static_cast<double>(number));
    std::printf("\n");
}

void one_component_of_a_gradient() {
    const std::vector x{1.0, 2.0}, y{0.0, 2.0};
    show("df/dx[0]", zymogen::partial<bump, "x">(x, y, 0));
    show("df/dy[1]", zymogen::partial<bump, "y">(x, y, 1));
    const auto [in_x, in_y] = zymogen::gradient<bump, 0, 1>(x, y);
    show("df/dx", in_x);
    show("df/dy", in_y);
    show("Hv", zymogen::hvp<bump, "x">(x, y, std::vector{1.0, -1.0}));

    // In a loop, results go to memory that is there already.
    double value = 0;
    std::vector<double> gradient(2);
    for (int step = 0; step < 3; ++step)
        zymogen::value_and_gradient<bump, "x">(zymogen::into(value, gradient), x, y);
    show("f", value);
    show("df/dx", gradient);
}

void one_entry_of_a_third_derivative() {
    std::vector<double> row(5);
    for (std::size_t number = 0; number < 6; ++number) {
        for (std::size_t k = 0; k < row.size(); ++k) row[k] = static_cast<double>(1 + 5 * number + k);
        show("d3f/dx[0]dx[2]dx[4]", zymogen::partial<product, 0, 0, 0>(row, 0, 2, 4));
    }
}

void an_array_by_a_scalar() {
    std::vector<double> d(21);
    for (std::size_t i = 0; i < d.size(); ++i) {
        const double x = static_cast<double>(i) - 10;
        d[i] = 1 / (1 + x * x);
    }
    const auto [r, in_m] = zymogen::jvp<rs, "m">(d, 0.25, 1.0);
    show("r", r);
    show("dr/dm", in_m);
    show("dr/dm", zymogen::partial<rs, 1>(d, 0.25));
}

template <class T>
void a_model_and_its_second_derivatives() {
    const std::vector<T> m{T(.1), T(-.2), T(.3), T(.4), T(.5), T(.6), T(-.7), T(.8)};
    const std::vector<T> x{1, T(-.5), T(.25), 2};
    const zymogen::matrix<const T> M(m.data(), {2, 4});
    const auto hessian = zymogen::derivative<"hessian(model, x, mode=forward)">(M, x);
    show("H[0][0,1]", hessian(0, 0, 1));
    show("H", hessian);
    show("diagonal", zymogen::derivative<"hessian_diagonal(model, x)">(M, x));
    show("dy/dM", zymogen::derivative<"jacobian(model, M, mode=reverse)">(M, x));
    zymogen::array<T, 3> ones({2, 4, 4});
    for (T& weight : ones) weight = 1;
    show("dL/dM", zymogen::derivative<"vjp(hessian(model, x), M)">(M, x, ones));
}

}  // namespace

int main() {
    one_component_of_a_gradient();
    one_entry_of_a_third_derivative();
    an_array_by_a_scalar();
    a_model_and_its_second_derivatives<double>();
    a_model_and_its_second_derivatives<float>();
    try {
        zymogen::gradient<bump, 0, 1>(std::vector{1.0, 2.0}, std::vector{1.0, 2.0, 3.0});
    } catch (const std::invalid_argument& error) {
        std::printf("%s\n", error.what());
    }
}
