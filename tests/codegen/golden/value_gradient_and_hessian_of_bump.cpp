// bump: x(n), y(n) -> ()
// level 1: reverse, with respect to x
// level 2: forward, along each component of x
// level 3: results 0, 1, 3
#define ZYMOGEN_GENERATED
#include "kernels.cpp"
#include <zymogen/entry.hpp>
#include <zymogen/sweep.hpp>

namespace zymogen_loop_0 {

/// the kernel; what it does not write is zero
static void evaluate(
        const double* __restrict x, const double* __restrict y, double* __restrict out,
        std::size_t n) {
    [[clang::always_inline]] *out = ::bump(zymogen::view(x, n), zymogen::view(y, n));
}

/// x_bar = d out / d x
static void level_1(
        const double* __restrict x, const double* __restrict y, double* __restrict out,
        double* __restrict x_bar, std::size_t n) {
    double out_consumed = 1;
    zymogen::clear(x_bar, n);
    __enzyme_autodiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, x, x_bar,
        enzyme_const, y,
        enzyme_dup, out, &out_consumed,
        enzyme_const, n);
}

/// dout = d out / d x[x_index], ..., x[x_index + 7]
/// dx_bar = d x_bar / d x[x_index], ..., x[x_index + 7]
static void level_2(
        const double* __restrict x, const double* __restrict y, std::size_t x_index,
        double* __restrict out, double* __restrict x_bar, double* __restrict dout,
        double* __restrict dx_bar, std::size_t n) {
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(level_1),
        enzyme_width, 8,
        enzyme_dup, x, zymogen::one_hot<double>(x_index), zymogen::one_hot<double>(x_index + 1),
            zymogen::one_hot<double>(x_index + 2), zymogen::one_hot<double>(x_index + 3),
            zymogen::one_hot<double>(x_index + 4), zymogen::one_hot<double>(x_index + 5),
            zymogen::one_hot<double>(x_index + 6), zymogen::one_hot<double>(x_index + 7),
        enzyme_const, y,
        enzyme_dup, out, dout, dout + 1, dout + 2, dout + 3, dout + 4, dout + 5, dout + 6,
            dout + 7,
        enzyme_dup, x_bar, dx_bar, dx_bar + n, dx_bar + 2 * n, dx_bar + 3 * n, dx_bar + 4 * n,
            dx_bar + 5 * n, dx_bar + 6 * n, dx_bar + 7 * n,
        enzyme_const, n);
}

/// out(), x_bar(n), dx_bar(8,n) alone
static void level_3(
        const double* __restrict x, const double* __restrict y, std::size_t x_index,
        double* __restrict out, double* __restrict x_bar, double* __restrict dx_bar,
        double* __restrict dout, std::size_t n) {
    level_2(x, y, x_index, out, x_bar, dout, dx_bar, n);
}

/// all of out(), x_bar(n), dx_bar(n,n), in steps of one call of level_3
static void sweep_3(
        const double* __restrict x, const double* __restrict y, double* __restrict out,
        double* __restrict x_bar, double* __restrict dx_bar, double* __restrict dout,
        double* __restrict dx_bar_step, std::size_t n) {
    if (n == 0) {
        const std::size_t x_index = 0;
        level_3(x, y, x_index, out, x_bar, dx_bar_step, dout, n);
    }
    for (std::size_t x_index = 0; x_index < n; x_index += 8) {
        level_3(x, y, x_index, out, x_bar, dx_bar_step, dout, n);
        {
            const zymogen::Lanes lanes = zymogen::lanes_of(x_index, 8, 0, n);
            zymogen::scatter(dx_bar + x_index + lanes.skip, n, 1, dx_bar_step, n, lanes);
        }
    }
}

}  // namespace zymogen_loop_0

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const x = row.operand<const double>(0);
        const double* const y = row.operand<const double>(1);
        double* const out = row.operand<double>(2);
        double* const x_bar = row.operand<double>(3);
        double* const dx_bar = row.operand<double>(4);
        double* const dout = row.scratch<double>(0);
        double* const dx_bar_step = row.scratch<double>(1);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(x, y, out, n);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_3(x, y, out, x_bar, dx_bar, dout, dx_bar_step, n);
    });
}

// What the levels differentiate, for checking them.
extern "C" [[gnu::visibility("default")]]
int zymogen_below_0_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const x = row.operand<const double>(0);
        const double* const y = row.operand<const double>(1);
        double* const out = row.operand<double>(2);
        zymogen_loop_0::evaluate(x, y, out, n);
    });
}
extern "C" [[gnu::visibility("default")]]
int zymogen_below_1_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const x = row.operand<const double>(0);
        const double* const y = row.operand<const double>(1);
        double* const out = row.operand<double>(2);
        double* const x_bar = row.operand<double>(3);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(x, y, out, n);
        }
        [[clang::noinline]] zymogen_loop_0::level_1(x, y, out, x_bar, n);
    });
}
