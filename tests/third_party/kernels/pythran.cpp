// NumPy's functions in C++, as Pythran brings them along.
#include <pythonic/core.hpp>  // comes first

#include <pythonic/numpy/exp.hpp>
#include <pythonic/numpy/max.hpp>
#include <pythonic/numpy/sum.hpp>
#include <pythonic/operator_/mul.hpp>
#include <pythonic/types/ndarray.hpp>
#include <pythonic/types/slice.hpp>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

namespace numpy = pythonic::numpy::functor;
using pythonic::types::contiguous_slice;
using Vector = pythonic::types::ndarray<double, pythonic::types::pshape<long>>;

// What the caller's memory holds; it is only read.
Vector view(std::span<const double> x) {
    return {const_cast<double*>(x.data()), pythonic::types::pshape<long>(static_cast<long>(x.size())),
            pythonic::types::ownership::external};
}

// Rosenbrock's valley, by slices.
double valley(std::span<const double> values) {
    const Vector x = view(values);
    const long n = static_cast<long>(values.size());
    const auto last = x[contiguous_slice(1, n)];
    const auto first = x[contiguous_slice(0, n - 1)];
    return numpy::sum{}(100 * (last - first * first) * (last - first * first) + (1 - first) * (1 - first));
}
ZYMOGEN_KERNEL(valley, "x(n) -> ()");

// The logarithm of a sum of exponentials, and an array in between.
double log_sum_exp(std::span<const double> values) {
    const Vector x = view(values);
    const double largest = numpy::max{}(x);
    const Vector e = numpy::exp{}(x - largest);
    return largest + std::log(numpy::sum{}(e));
}
ZYMOGEN_KERNEL(log_sum_exp, "x(n) -> ()");

}  // namespace
