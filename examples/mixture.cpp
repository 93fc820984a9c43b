// The density of a mixture of Gaussians with full covariances, for one row of measurements. Rows of a data set are a
// batch in Python: NumPy's broadcasting runs the kernel over them, and the log-likelihood is the sum of the results.
//
// Component j has weight softmax(logits)[j], mean means[j] and precision matrix A^T A, where A is lower triangular:
// its diagonal is exp(log_diagonal[j]) and below it, row by row, lie the elements of lower[j]. A is the inverse of the
// covariance's Cholesky factor, so A (x - mean) has the unit Gaussian's distribution, no system is solved, and
// exp(-log_diagonal[j, a]) is the standard deviation of measurement a when those before it are known.
#include <zymogen/kernel.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>

using zymogen::array_view;
using zymogen::matrix;

/// log(sum(exp(terms))), term by term: nothing overflows, and no terms are stored.
class LogSumExp {
public:
    void add(double term) {
        if (term <= largest_) {
            sum_ += std::exp(term - largest_);
        } else {
            sum_ = sum_ * std::exp(largest_ - term) + 1;
            largest_ = term;
        }
    }
    [[nodiscard]] double value() const { return largest_ + std::log(sum_); }

private:
    double largest_ = std::numeric_limits<double>::lowest();
    double sum_ = 0;
};

static double log_sum_exp(std::span<const double> terms) {
    LogSumExp total;
    for (double term : terms) total.add(term);
    return total.value();
}

/// log of component j's density at x.
static double log_gaussian(std::span<const double> x, std::size_t j, matrix<const double> means,
                           matrix<const double> log_diagonal, matrix<const double> lower) {
    const std::size_t d = x.size();
    double result = -0.5 * static_cast<double>(d) * std::log(2 * std::numbers::pi);
    for (std::size_t a = 0, element = 0; a < d; ++a) {
        double white = std::exp(log_diagonal[j, a]) * (x[a] - means[j, a]);
        for (std::size_t b = 0; b < a; ++b) white += lower[j, element++] * (x[b] - means[j, b]);
        result += log_diagonal[j, a] - 0.5 * white * white;
    }
    return result;
}

/// log of the mixture's density at one row x of measurements.
double log_density(std::span<const double> x, std::span<const double> logits, matrix<const double> means,
                   matrix<const double> log_diagonal, matrix<const double> lower) {
    LogSumExp total;
    for (std::size_t j = 0; j < logits.size(); ++j)
        total.add(logits[j] + log_gaussian(x, j, means, log_diagonal, lower));
    return total.value() - log_sum_exp(logits);
}
ZYMOGEN_KERNEL(log_density, "x(d), logits(k), means(k,d), log_diagonal(k,d), lower(k,t) -> ()");
