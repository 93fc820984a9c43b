// model: M(a,c), x(c) -> y(a)
// level 1: forward, along each component of x
// level 2: forward, along each component of x from the same one on
// level 3: reverse, with respect to M, with given cotangents
#define ZYMOGEN_GENERATED
#include "kernels.cpp"
#undef M
#include <zymogen/entry.hpp>
#include <zymogen/sweep.hpp>

namespace zymogen_loop_0 {

/// the kernel; what it does not write is zero
static void evaluate(
        const double* __restrict M, const double* __restrict x, double* __restrict y, std::size_t a,
        std::size_t c) {
    zymogen::clear(y, a);
    [[clang::always_inline]] ::model(
            zymogen::view(M, a, c), zymogen::view(x, c), zymogen::view(y, a));
}

/// dy = d y / d x[x_index]
static void level_1(
        const double* __restrict M, const double* __restrict x, std::size_t x_index,
        double* __restrict dy, double* __restrict y, std::size_t a, std::size_t c) {
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_const, M,
        enzyme_dup, x, zymogen::one_hot<double>(x_index),
        enzyme_dup, y, dy,
        enzyme_const, a,
        enzyme_const, c);
}

/// ddy = d dy / d x[x_index2]
static void level_2(
        const double* __restrict M, const double* __restrict x, std::size_t x_index,
        std::size_t x_index2, double* __restrict ddy, double* __restrict dy, double* __restrict y,
        double* __restrict dy2, std::size_t a, std::size_t c) {
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(level_1),
        enzyme_const, M,
        enzyme_dup, x, zymogen::one_hot<double>(x_index2),
        enzyme_const, x_index,
        enzyme_dup, dy, ddy,
        enzyme_dup, y, dy2,
        enzyme_const, a,
        enzyme_const, c);
}

/// M_bar = ddy_bar * (d ddy / d M)
static void level_3(
        const double* __restrict M, const double* __restrict x, std::size_t x_index,
        std::size_t x_index2, const double* __restrict ddy_bar, double* __restrict M_bar,
        double* __restrict ddy, double* __restrict ddy_consumed, double* __restrict dy,
        double* __restrict y, double* __restrict dy2, double* __restrict dy_bar,
        double* __restrict y_bar, double* __restrict dy2_bar, std::size_t a, std::size_t c) {
    zymogen::clear(M_bar, a * c);
    zymogen::copy(ddy_consumed, ddy_bar, a);
    zymogen::clear(dy_bar, a);
    zymogen::clear(y_bar, a);
    zymogen::clear(dy2_bar, a);
    __enzyme_autodiff<void>(reinterpret_cast<void*>(level_2),
        enzyme_dup, M, M_bar,
        enzyme_const, x,
        enzyme_const, x_index,
        enzyme_const, x_index2,
        enzyme_dup, ddy, ddy_consumed,
        enzyme_dup, dy, dy_bar,
        enzyme_dup, y, y_bar,
        enzyme_dup, dy2, dy2_bar,
        enzyme_const, a,
        enzyme_const, c);
}

/// all of M_bar(a,c), in steps of one call of level_3
static void sweep_3(
        const double* __restrict M, const double* __restrict x, const double* __restrict ddy_bar,
        double* __restrict M_bar, double* __restrict ddy, double* __restrict ddy_consumed,
        double* __restrict dy, double* __restrict y, double* __restrict dy2,
        double* __restrict dy_bar, double* __restrict y_bar, double* __restrict dy2_bar,
        double* __restrict ddy_bar_step, double* __restrict M_bar_step, std::size_t a,
        std::size_t c) {
    zymogen::clear(M_bar, a * c);
    for (std::size_t x_index = 0; x_index < c; ++x_index) {
        for (std::size_t x_index2 = x_index; x_index2 < c; ++x_index2) {
            zymogen::clear(ddy_bar_step, a);
            zymogen::gather(ddy_bar_step, ddy_bar + x_index * c + x_index2, c * c, a);
            if (x_index2 != x_index)
                zymogen::gather(ddy_bar_step, ddy_bar + x_index2 * c + x_index, c * c, a);
            level_3(
                    M, x, x_index, x_index2, ddy_bar_step, M_bar_step, ddy, ddy_consumed, dy, y, dy2,
                    dy_bar, y_bar, dy2_bar, a, c);
            {
                zymogen::add(M_bar, 1, M_bar_step, a * c);
            }
        }
    }
}

/// all of dy(a,c), in steps of one call of level_1
static void sweep_1(
        const double* __restrict M, const double* __restrict x, double* __restrict dy,
        double* __restrict y, double* __restrict dy_step, std::size_t a, std::size_t c) {
    for (std::size_t x_index = 0; x_index < c; ++x_index) {
        level_1(M, x, x_index, dy_step, y, a, c);
        {
            zymogen::scatter(dy + x_index, c, dy_step, a);
        }
    }
}

/// all of ddy(a,c,c), in steps of one call of level_2
static void sweep_2(
        const double* __restrict M, const double* __restrict x, double* __restrict ddy,
        double* __restrict dy, double* __restrict y, double* __restrict dy2,
        double* __restrict ddy_step, std::size_t a, std::size_t c) {
    for (std::size_t x_index = 0; x_index < c; ++x_index) {
        for (std::size_t x_index2 = x_index; x_index2 < c; ++x_index2) {
            level_2(M, x, x_index, x_index2, ddy_step, dy, y, dy2, a, c);
            {
                zymogen::scatter(ddy + x_index * c + x_index2, c * c, ddy_step, a);
                zymogen::scatter(ddy + x_index2 * c + x_index, c * c, ddy_step, a);
            }
        }
    }
}

}  // namespace zymogen_loop_0

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t a = rows->size[0];
    const std::size_t c = rows->size[1];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const M = row.operand<const double>(0);
        const double* const x = row.operand<const double>(1);
        const double* const ddy_bar = row.operand<const double>(2);
        double* const M_bar = row.operand<double>(3);
        double* const ddy = row.scratch<double>(0);
        double* const ddy_consumed = row.scratch<double>(1);
        double* const dy = row.scratch<double>(2);
        double* const y = row.scratch<double>(3);
        double* const dy2 = row.scratch<double>(4);
        double* const dy_bar = row.scratch<double>(5);
        double* const y_bar = row.scratch<double>(6);
        double* const dy2_bar = row.scratch<double>(7);
        double* const ddy_bar_step = row.scratch<double>(8);
        double* const M_bar_step = row.scratch<double>(9);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_3(
                M, x, ddy_bar, M_bar, ddy, ddy_consumed, dy, y, dy2, dy_bar, y_bar, dy2_bar,
                ddy_bar_step, M_bar_step, a, c);
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
        double* const dy = row.operand<double>(2);
        double* const y = row.scratch<double>(0);
        double* const dy_step = row.scratch<double>(1);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_1(M, x, dy, y, dy_step, a, c);
    });
}
extern "C" [[gnu::visibility("default")]]
int zymogen_below_2_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t a = rows->size[0];
    const std::size_t c = rows->size[1];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const M = row.operand<const double>(0);
        const double* const x = row.operand<const double>(1);
        double* const ddy = row.operand<double>(2);
        double* const dy = row.scratch<double>(0);
        double* const y = row.scratch<double>(1);
        double* const dy2 = row.scratch<double>(2);
        double* const ddy_step = row.scratch<double>(3);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_2(M, x, ddy, dy, y, dy2, ddy_step, a, c);
    });
}
