// Eigen: the log-likelihood of a Gaussian process, a least-squares fit, a Kalman filter.
#include <zymogen/eigen.hpp>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <cstddef>

namespace {  // a build compiles what it uses alone

constexpr double tau = 6.283185307179586;

// Three heights at three days: `theta` has the process's variance, its length, and the variance of the noise.
double gaussian_process(std::span<const double, 3> theta, std::span<const int, 3> day,
                        std::span<const int, 3> height) {
    Eigen::Matrix3d covariance;
    Eigen::Vector3d y;
    for (int i = 0; i < 3; ++i) {
        const auto row = static_cast<std::size_t>(i);
        y[i] = height[row];
        for (int j = 0; j < 3; ++j) {
            const double distance = (day[row] - day[static_cast<std::size_t>(j)]) / theta[1];
            covariance(i, j) = theta[0] * std::exp(-distance * distance / 2) + (i == j ? theta[2] : 0.0);
        }
    }
    const Eigen::LLT<Eigen::Matrix3d> root(covariance);
    const Eigen::Vector3d white = root.matrixL().solve(y);
    return -white.squaredNorm() / 2 - root.matrixLLT().diagonal().array().log().sum() - 1.5 * std::log(tau);
}
ZYMOGEN_KERNEL(gaussian_process, "theta(3), day(3), height(3) -> ()");

// The parabola that is nearest to five heights, by the normal equations, and by a decomposition into Q and R.
struct Fit {
    Eigen::Matrix<double, 5, 3> powers;
    Eigen::Vector<double, 5> y;

    Fit(std::span<const double, 5> t, std::span<const int, 5> height) {
        for (int i = 0; i < 5; ++i) {
            const double moment = t[static_cast<std::size_t>(i)];
            powers.row(i) << 1, moment, moment * moment;
            y[i] = height[static_cast<std::size_t>(i)];
        }
    }
};

void parabola(std::span<const double, 5> t, std::span<const int, 5> height,
              std::span<double, 3> coefficients) {
    const Fit fit(t, height);
    const Eigen::Matrix3d squares = fit.powers.transpose() * fit.powers;
    const Eigen::Vector3d right = fit.powers.transpose() * fit.y;
    Eigen::Map<Eigen::Vector3d>(coefficients.data()) = squares.ldlt().solve(right);
}
ZYMOGEN_KERNEL(parabola, "t(5), height(5) -> coefficients(3)");

void parabola_by_qr(std::span<const double, 5> t, std::span<const int, 5> height,
                    std::span<double, 3> coefficients) {
    const Fit fit(t, height);
    Eigen::Map<Eigen::Vector3d>(coefficients.data()) = fit.powers.householderQr().solve(fit.y);
}
ZYMOGEN_KERNEL(parabola_by_qr, "t(5), height(5) -> coefficients(3)");

// Log-likelihood of measured places: `model` has the time between two, and the variances of the drift and of
// a measurement. The state is a place and a speed.
double kalman(std::span<const double, 3> model, std::span<const int> measured) {
    const double dt = model[0], drift = model[1], noise = model[2];
    Eigen::Matrix2d step, spread;
    step << 1, dt, 0, 1;
    spread << dt * dt * dt / 3, dt * dt / 2, dt * dt / 2, dt;
    spread *= drift;
    const Eigen::RowVector2d seen(1, 0);
    Eigen::Vector2d state(0, 0);
    Eigen::Matrix2d covariance = Eigen::Matrix2d::Identity();
    double likelihood = 0;
    for (int place : measured) {
        state = step * state;
        covariance = step * covariance * step.transpose() + spread;
        const double variance = (seen * covariance * seen.transpose()).value() + noise;
        const Eigen::Vector2d gain = covariance * seen.transpose() / variance;
        const double surprise = place - (seen * state).value();
        state += gain * surprise;
        covariance -= gain * seen * covariance;
        likelihood -= (surprise * surprise / variance + std::log(tau * variance)) / 2;
    }
    return likelihood;
}
ZYMOGEN_KERNEL(kalman, "model(3), measured(n) -> ()");

}  // namespace
