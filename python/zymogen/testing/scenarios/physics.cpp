// What people compute: energies, trajectories, fits.
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double lennard_jones(zymogen::matrix<const double> x) {
    double energy = 0;
    for (std::size_t i = 0; i < x.extent(0); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            double r2 = 0;
            for (std::size_t k = 0; k < 3; ++k) r2 += (x[i, k] - x[j, k]) * (x[i, k] - x[j, k]);
            const double s6 = 1 / (r2 * r2 * r2);
            energy += 4 * (s6 * s6 - s6);
        }
    return energy;
}
ZYMOGEN_KERNEL(lennard_jones, "x(n,3) -> ()");

template <class T>
T rosenbrock(std::span<const T> x) {
    T s = 0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const T a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
    }
    return s;
}
ZYMOGEN_KERNEL_TEMPLATE(rosenbrock, "x(n) -> ()");

// A damped pendulum by the classical Runge-Kutta method.
using State = std::array<double, 2>;
void pendulum(std::span<const double, 2> start, double stiffness, double damping, int steps,
              std::span<double, 2> end) {
    const auto slope = [=](const State& s) {
        return State{s[1], -stiffness * std::sin(s[0]) - damping * s[1]};
    };
    const auto moved = [](const State& s, double h, const State& k) {
        return State{s[0] + h * k[0], s[1] + h * k[1]};
    };
    State s{start[0], start[1]};
    const double h = 0.125;
    for (int step = 0; step < steps; ++step) {
        const State a = slope(s), b = slope(moved(s, h / 2, a)), c = slope(moved(s, h / 2, b));
        const State d = slope(moved(s, h, c));
        for (std::size_t i = 0; i < 2; ++i) s[i] += h / 6 * (a[i] + 2 * b[i] + 2 * c[i] + d[i]);
    }
    for (std::size_t i = 0; i < 2; ++i) end[i] = s[i];
}
ZYMOGEN_KERNEL(pendulum, "start(2), stiffness(), damping(), steps() -> end(2)");

// Heat on a rod with a temperature-dependent conductivity, stepped in place.
void heat(std::span<double> u, double dt, int steps) {
    for (int step = 0; step < steps; ++step) {
        double left = u[0];
        for (std::size_t i = 1; i + 1 < u.size(); ++i) {
            const double here = u[i];
            u[i] += dt * (1 + here * here) * (left - 2 * here + u[i + 1]);
            left = here;
        }
    }
}
ZYMOGEN_KERNEL(heat, "u(n), dt(), steps() -> u(n)");

// Two arguments updated in place: positions and momenta of a chain.
void leapfrog(std::span<double> q, std::span<double> p, double dt) {
    for (std::size_t i = 0; i < q.size(); ++i) q[i] += dt / 2 * p[i];
    for (std::size_t i = 0; i < q.size(); ++i) {
        const double next = q[(i + 1) % q.size()] - q[i];
        p[i] += dt * (next + next * next * next);
    }
    for (std::size_t i = 0; i < q.size(); ++i) q[i] += dt / 2 * p[i];
}
ZYMOGEN_KERNEL(leapfrog, "q(n), p(n), dt() -> q(n), p(n)");

// y_i = r y_(i-1) (1 - y_(i-1)) + x_i: every element reads the result before it.
void recurrence(std::span<const double> x, double r, std::span<double> y) {
    double last = 0.25;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = r * last * (1 - last) + x[i];
        last = y[i];
    }
}
ZYMOGEN_KERNEL(recurrence, "x(n), r() -> y(n)");

// Reprojection error of one point in one camera: rotation vector, translation, focal length, two distortions.
void reprojection(std::span<const double, 9> camera, std::span<const double, 3> point,
                  std::span<const double, 2> seen, std::span<double, 2> residual) {
    const double angle = std::sqrt(camera[0] * camera[0] + camera[1] * camera[1] + camera[2] * camera[2]);
    const std::array<double, 3> w{camera[0] / angle, camera[1] / angle, camera[2] / angle};
    const double c = std::cos(angle), s = std::sin(angle);
    const double along = w[0] * point[0] + w[1] * point[1] + w[2] * point[2];
    std::array<double, 3> p{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
        p[i] =
            c * point[i] + s * (w[j] * point[k] - w[k] * point[j]) + (1 - c) * along * w[i] + camera[3 + i];
    }
    const double u = -p[0] / p[2], v = -p[1] / p[2], r2 = u * u + v * v;
    const double scale = camera[6] * (1 + r2 * (camera[7] + camera[8] * r2));
    residual[0] = scale * u - seen[0];
    residual[1] = scale * v - seen[1];
}
ZYMOGEN_KERNEL(reprojection, "camera(9), point(3), seen(2) -> residual(2)");

template <class T>
T log_sum_exp(std::span<const T> x) {
    T largest = x[0], sum = 0;
    for (T e : x) largest = e > largest ? e : largest;
    for (T e : x) sum += std::exp(e - largest);
    return largest + std::log(sum);
}
ZYMOGEN_KERNEL_TEMPLATE(log_sum_exp, "x(n) -> ()");

template <class T>
void softmax(std::span<const T> x, std::span<T> y) {
    T sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += y[i] = std::exp(x[i]);
    for (T& e : y) e /= sum;
}
ZYMOGEN_KERNEL_TEMPLATE(softmax, "x(n) -> y(n)");

// Minus the log of a mixture of Gaussians with diagonal precisions, in each component's logarithm.
double gaussian_mixture(std::span<const double> x, std::span<const double> weight,
                        zymogen::matrix<const double> mean, zymogen::matrix<const double> width) {
    double density = 0, total = 0;
    for (std::size_t k = 0; k < weight.size(); ++k) {
        double exponent = weight[k];
        for (std::size_t d = 0; d < x.size(); ++d) {
            const double z = (x[d] - mean[k, d]) * std::exp(-width[k, d]);
            exponent -= z * z / 2 + width[k, d];
        }
        density += std::exp(exponent);
        total += std::exp(weight[k]);
    }
    return std::log(total) - std::log(density);
}
ZYMOGEN_KERNEL(gaussian_mixture, "x(d), weight(k), mean(k,d), width(k,d) -> ()");

// Between the knots of a table; outside of them, on the line through the last two.
double interpolated(std::span<const double> knots, std::span<const double> values, double at) {
    std::size_t i = 0;
    while (i + 2 < knots.size() && at > knots[i + 1]) ++i;
    const double t = (at - knots[i]) / (knots[i + 1] - knots[i]);
    return values[i] * (1 - t) + values[i + 1] * t;
}
ZYMOGEN_KERNEL(interpolated, "knots(n), values(n), at() -> ()");

}  // namespace
