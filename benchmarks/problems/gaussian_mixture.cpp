#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

using zymogen::matrix;

double log_sum_exp(std::span<const double> values) {
    const double most = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (double value : values) sum += std::exp(value - most);
    return most + std::log(sum);
}

// What does not depend on the parameters: of the normal densities, and of the Wishart prior of each
// component.
double constants(std::size_t k, std::size_t d, std::size_t n, double gamma, int m) {
    const double pi = std::numbers::pi, freedom = d + m + 1.0;
    double log_gamma = 0.25 * d * (d - 1) * std::log(pi);
    for (std::size_t j = 0; j < d; ++j) log_gamma += std::lgamma(0.5 * (freedom - j));
    const double prior = freedom * d * (std::log(gamma) - 0.5 * std::log(2)) - log_gamma;
    return -0.5 * n * d * std::log(2 * pi) - k * prior;
}

// y = Q (x - mean), with Q of exp(icf[0:d]) on the diagonal and the rest of icf below it, column by column.
void whiten(std::span<const double> scale, std::span<const double> below, std::span<const double> x,
            std::span<const double> mean, std::span<double> y) {
    const std::size_t d = x.size();
    for (std::size_t a = 0; a < d; ++a) y[a] = scale[a] * (x[a] - mean[a]);
    std::size_t entry = 0;
    for (std::size_t a = 0; a < d; ++a)
        for (std::size_t b = a + 1; b < d; ++b) y[b] += below[entry++] * (x[a] - mean[a]);
}

// The log of the posterior of a Gaussian mixture: weights alphas, means, and inverse Cholesky factors icf.
double mixture(std::span<const double> alphas, matrix<const double> means, matrix<const double> icf,
               matrix<const double> x, double gamma, int m) {
    const std::size_t k = means.extent(0), d = means.extent(1), n = x.extent(0), below = icf.extent(1) - d;
    std::vector<double> scales(k * d), sums(k), terms(k), y(d);
    double prior = 0;
    for (std::size_t c = 0; c < k; ++c) {
        for (std::size_t a = 0; a < d; ++a) {
            const double scale = std::exp(icf[c, a]);
            scales[c * d + a] = scale;
            sums[c] += icf[c, a];
            prior += 0.5 * gamma * gamma * scale * scale;
        }
        for (std::size_t e = d; e < icf.extent(1); ++e) prior += 0.5 * gamma * gamma * icf[c, e] * icf[c, e];
        prior -= m * sums[c];
    }
    double likelihood = 0;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t c = 0; c < k; ++c) {
            whiten({&scales[c * d], d}, {&icf[c, 0] + d, below}, {&x[i, 0], d}, {&means[c, 0], d}, y);
            double squares = 0;
            for (double e : y) squares += e * e;
            terms[c] = alphas[c] + sums[c] - 0.5 * squares;
        }
        likelihood += log_sum_exp(terms);
    }
    return likelihood - n * log_sum_exp(alphas) + prior + constants(k, d, n, gamma, m);
}
ZYMOGEN_KERNEL(mixture, "alphas(k), means(k,d), icf(k,t), x(n,d), gamma(), m() -> ()");

// By hand: for each sample the terms' weights, and from them back through |y|² and y = Q (x - mean).
void mixture_gradient(std::span<const double> alphas, matrix<const double> means, matrix<const double> icf,
                      matrix<const double> x, double gamma, int m, std::span<double> d_alphas,
                      matrix<double> d_means, matrix<double> d_icf) {
    const std::size_t k = means.extent(0), d = means.extent(1), n = x.extent(0), below = icf.extent(1) - d;
    std::vector<double> scales(k * d), sums(k), terms(k), ys(k * d);
    for (std::size_t c = 0; c < k; ++c)
        for (std::size_t a = 0; a < d; ++a) {
            scales[c * d + a] = std::exp(icf[c, a]);
            sums[c] += icf[c, a];
        }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t c = 0; c < k; ++c) {
            const std::span<double> y(&ys[c * d], d);
            whiten({&scales[c * d], d}, {&icf[c, 0] + d, below}, {&x[i, 0], d}, {&means[c, 0], d}, y);
            double squares = 0;
            for (double e : y) squares += e * e;
            terms[c] = alphas[c] + sums[c] - 0.5 * squares;
        }
        const double all = log_sum_exp(terms);
        for (std::size_t c = 0; c < k; ++c) {
            const double weight = std::exp(terms[c] - all);
            const double* y = &ys[c * d];
            const double* scale = &scales[c * d];
            const double* lower = &icf[c, 0] + d;
            double* d_lower = &d_icf[c, 0] + d;
            d_alphas[c] += weight;
            std::size_t entry = 0;
            for (std::size_t a = 0; a < d; ++a) {
                const double away = x[i, a] - means[c, a];
                double pulled = scale[a] * y[a];
                d_icf[c, a] += weight * (1 - y[a] * scale[a] * away);
                for (std::size_t b = a + 1; b < d; ++b, ++entry) {
                    d_lower[entry] -= weight * y[b] * away;
                    pulled += lower[entry] * y[b];
                }
                d_means[c, a] += weight * pulled;
            }
        }
    }
    const double all = log_sum_exp(alphas);
    for (std::size_t c = 0; c < k; ++c) {
        d_alphas[c] -= n * std::exp(alphas[c] - all);
        for (std::size_t a = 0; a < d; ++a)
            d_icf[c, a] += gamma * gamma * scales[c * d + a] * scales[c * d + a] - m;
        for (std::size_t e = d; e < d + below; ++e) d_icf[c, e] += gamma * gamma * icf[c, e];
    }
}
ZYMOGEN_KERNEL(
    mixture_gradient,
    "alphas(k), means(k,d), icf(k,t), x(n,d), gamma(), m() -> d_alphas(k), d_means(k,d), d_icf(k,t)");
