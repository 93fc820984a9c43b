// physics::legacy: x(n), n, power() -> ()
// level 1: reverse, with respect to x
#define ZYMOGEN_GENERATED
#include "kernels.cpp"
#include <zymogen/entry.hpp>

namespace zymogen_loop_0 {

/// the kernel; what it does not write is zero
static void evaluate(
        const float* __restrict x, std::int32_t power, float* __restrict out, std::size_t n) {
    [[clang::always_inline]] *out = ::physics::legacy<float>(x, n, power);
}

/// x_bar = d out / d x
static void level_1(
        const float* __restrict x, std::int32_t power, float* __restrict x_bar, std::size_t n) {
    float out = 0;
    float out_consumed = 1;
    zymogen::clear(x_bar, n);
    __enzyme_autodiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, x, x_bar,
        enzyme_const, power,
        enzyme_dupnoneed, &out, &out_consumed,
        enzyme_const, n);
}

}  // namespace zymogen_loop_0

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const float* const x = row.operand<const float>(0);
        const std::int32_t power = zymogen::integer<std::int32_t>(
                *row.operand<const std::int64_t>(1), "power");
        float* const x_bar = row.operand<float>(2);
        zymogen::integer<std::int32_t>(static_cast<std::int64_t>(n), "n");
        if (rows->check_first) {
            float out = 0;
            zymogen_loop_0::evaluate(x, power, &out, n);
        }
        [[clang::noinline]] zymogen_loop_0::level_1(x, power, x_bar, n);
    });
}

namespace zymogen_loop_1 {

/// the kernel; what it does not write is zero
static void evaluate(
        const double* __restrict x, std::int32_t power, double* __restrict out, std::size_t n) {
    [[clang::always_inline]] *out = ::physics::legacy<double>(x, n, power);
}

/// x_bar = d out / d x
static void level_1(
        const double* __restrict x, std::int32_t power, double* __restrict x_bar, std::size_t n) {
    double out = 0;
    double out_consumed = 1;
    zymogen::clear(x_bar, n);
    __enzyme_autodiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, x, x_bar,
        enzyme_const, power,
        enzyme_dupnoneed, &out, &out_consumed,
        enzyme_const, n);
}

}  // namespace zymogen_loop_1

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_1(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const x = row.operand<const double>(0);
        const std::int32_t power = zymogen::integer<std::int32_t>(
                *row.operand<const std::int64_t>(1), "power");
        double* const x_bar = row.operand<double>(2);
        zymogen::integer<std::int32_t>(static_cast<std::int64_t>(n), "n");
        if (rows->check_first) {
            double out = 0;
            zymogen_loop_1::evaluate(x, power, &out, n);
        }
        [[clang::noinline]] zymogen_loop_1::level_1(x, power, x_bar, n);
    });
}

// What the levels differentiate, for checking them.
extern "C" [[gnu::visibility("default")]]
int zymogen_below_0_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const float* const x = row.operand<const float>(0);
        const std::int32_t power = zymogen::integer<std::int32_t>(
                *row.operand<const std::int64_t>(1), "power");
        float* const out = row.operand<float>(2);
        zymogen::integer<std::int32_t>(static_cast<std::int64_t>(n), "n");
        zymogen_loop_0::evaluate(x, power, out, n);
    });
}
extern "C" [[gnu::visibility("default")]]
int zymogen_below_0_1(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const x = row.operand<const double>(0);
        const std::int32_t power = zymogen::integer<std::int32_t>(
                *row.operand<const std::int64_t>(1), "power");
        double* const out = row.operand<double>(2);
        zymogen::integer<std::int32_t>(static_cast<std::int64_t>(n), "n");
        zymogen_loop_1::evaluate(x, power, out, n);
    });
}
