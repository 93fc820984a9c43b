// model: M(a,c), x(c) -> y(a)
// level 1: forward, along given tangents of M, x
// level 2: reverse, with respect to M, with given cotangents
#define ZYMOGEN_GENERATED
#include "kernels.cpp"
#undef M
#include <zymogen/entry.hpp>

namespace zymogen_loop_0 {

/// the kernel; what it does not write is zero
static void evaluate(
        const double* __restrict M, const double* __restrict x, double* __restrict y, std::size_t a,
        std::size_t c) {
    zymogen::clear(y, a);
    [[clang::always_inline]] ::model(
            zymogen::view(M, a, c), zymogen::view(x, c), zymogen::view(y, a));
}

/// dy = (d y / d M) * dM + (d y / d x) * dx
static void level_1(
        const double* __restrict M, const double* __restrict x, const double* __restrict dM,
        const double* __restrict dx, double* __restrict y, double* __restrict dy, std::size_t a,
        std::size_t c) {
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, M, dM,
        enzyme_dup, x, dx,
        enzyme_dup, y, dy,
        enzyme_const, a,
        enzyme_const, c);
}

/// M_bar = y_bar * (d y / d M) + dy_bar * (d dy / d M)
static void level_2(
        const double* __restrict M, const double* __restrict x, const double* __restrict dM,
        const double* __restrict dx, const double* __restrict y_bar,
        const double* __restrict dy_bar, double* __restrict M_bar, double* __restrict y,
        double* __restrict y_consumed, double* __restrict dy, double* __restrict dy_consumed,
        std::size_t a, std::size_t c) {
    zymogen::clear(M_bar, a * c);
    zymogen::copy(y_consumed, y_bar, a);
    zymogen::copy(dy_consumed, dy_bar, a);
    __enzyme_autodiff<void>(reinterpret_cast<void*>(level_1),
        enzyme_dup, M, M_bar,
        enzyme_const, x,
        enzyme_const, dM,
        enzyme_const, dx,
        enzyme_dup, y, y_consumed,
        enzyme_dup, dy, dy_consumed,
        enzyme_const, a,
        enzyme_const, c);
}

}  // namespace zymogen_loop_0

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t a = rows->size[0];
    const std::size_t c = rows->size[1];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const M = row.operand<const double>(0);
        const double* const x = row.operand<const double>(1);
        const double* const dM = row.operand<const double>(2);
        const double* const dx = row.operand<const double>(3);
        const double* const y_bar = row.operand<const double>(4);
        const double* const dy_bar = row.operand<const double>(5);
        double* const M_bar = row.operand<double>(6);
        double* const y = row.scratch<double>(0);
        double* const y_consumed = row.scratch<double>(1);
        double* const dy = row.scratch<double>(2);
        double* const dy_consumed = row.scratch<double>(3);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::level_2(
                M, x, dM, dx, y_bar, dy_bar, M_bar, y, y_consumed, dy, dy_consumed, a, c);
    });
}

// What the levels differentiate, for checking them.
extern "C" [[gnu::visibility("default")]]
int zymogen_below_0_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t a = rows->size[0];
    const std::size_t c = rows->size[1];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const M = row.operand<const double>(0);
        const double* const x = row.operand<const double>(1);
        double* const y = row.operand<double>(2);
        zymogen_loop_0::evaluate(M, x, y, a, c);
    });
}
extern "C" [[gnu::visibility("default")]]
int zymogen_below_1_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t a = rows->size[0];
    const std::size_t c = rows->size[1];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const M = row.operand<const double>(0);
        const double* const x = row.operand<const double>(1);
        const double* const dM = row.operand<const double>(2);
        const double* const dx = row.operand<const double>(3);
        double* const y = row.operand<double>(4);
        double* const dy = row.operand<double>(5);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::level_1(M, x, dM, dx, y, dy, a, c);
    });
}
