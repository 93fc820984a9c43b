// bump: x(n), y(n) -> ()
// level 1: forward, along each component of x, y
// level 2: forward, along each component of x, y from the same one on
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

/// dout = d out / d (x, y)[x_y_index]
static void level_1(
        const double* __restrict x, const double* __restrict y, std::size_t x_y_index,
        double* __restrict dout, std::size_t n) {
    double out = 0;
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, x, zymogen::one_hot<double>(x_y_index),
        enzyme_dup, y, zymogen::one_hot<double>(x_y_index - n),
        enzyme_dupnoneed, &out, dout,
        enzyme_const, n);
}

/// ddout = d dout / d (x, y)[x_y_index2], ..., (x, y)[x_y_index2 + 7]
static void level_2(
        const double* __restrict x, const double* __restrict y, std::size_t x_y_index,
        std::size_t x_y_index2, double* __restrict ddout, std::size_t n) {
    double dout = 0;
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(level_1),
        enzyme_width, 8,
        enzyme_dup, x, zymogen::one_hot<double>(x_y_index2),
            zymogen::one_hot<double>(x_y_index2 + 1), zymogen::one_hot<double>(x_y_index2 + 2),
            zymogen::one_hot<double>(x_y_index2 + 3), zymogen::one_hot<double>(x_y_index2 + 4),
            zymogen::one_hot<double>(x_y_index2 + 5), zymogen::one_hot<double>(x_y_index2 + 6),
            zymogen::one_hot<double>(x_y_index2 + 7),
        enzyme_dup, y, zymogen::one_hot<double>(x_y_index2 - n),
            zymogen::one_hot<double>(x_y_index2 + 1 - n),
            zymogen::one_hot<double>(x_y_index2 + 2 - n),
            zymogen::one_hot<double>(x_y_index2 + 3 - n),
            zymogen::one_hot<double>(x_y_index2 + 4 - n),
            zymogen::one_hot<double>(x_y_index2 + 5 - n),
            zymogen::one_hot<double>(x_y_index2 + 6 - n),
            zymogen::one_hot<double>(x_y_index2 + 7 - n),
        enzyme_const, x_y_index,
        enzyme_dupnoneed, &dout, ddout, ddout + 1, ddout + 2, ddout + 3, ddout + 4, ddout + 5,
            ddout + 6, ddout + 7,
        enzyme_const, n);
}

/// all of ddout_x_x(n,n), ddout_x_y(n,n), ddout_y_x(n,n), ddout_y_y(n,n), in steps of one call of level_2
static void sweep_2(
        const double* __restrict x, const double* __restrict y, double* __restrict ddout_x_x,
        double* __restrict ddout_x_y, double* __restrict ddout_y_x, double* __restrict ddout_y_y,
        double* __restrict ddout_step, std::size_t n) {
    for (std::size_t x_y_index = 0; x_y_index < n + n; ++x_y_index) {
        for (std::size_t x_y_index2 = x_y_index; x_y_index2 < n + n; x_y_index2 += 8) {
            level_2(x, y, x_y_index, x_y_index2, ddout_step, n);
            if (x_y_index < n) {
                const zymogen::Lanes lanes = zymogen::lanes_of(x_y_index2, 8, 0, n);
                zymogen::scatter(
                        ddout_x_x + x_y_index * n + x_y_index2 + lanes.skip, n * n, 1, ddout_step,
                        1, lanes);
                zymogen::scatter(
                        ddout_x_x + (x_y_index2 + lanes.skip) * n + x_y_index, n * n, n, ddout_step,
                        1, lanes);
            }
            if (x_y_index < n) {
                const zymogen::Lanes lanes = zymogen::lanes_of(x_y_index2, 8, n, n);
                zymogen::scatter(
                        ddout_x_y + x_y_index * n + x_y_index2 + lanes.skip - n, n * n, 1,
                        ddout_step, 1, lanes);
                zymogen::scatter(
                        ddout_y_x + (x_y_index2 + lanes.skip - n) * n + x_y_index, n * n, n,
                        ddout_step, 1, lanes);
            }
            if (x_y_index - n < n) {
                const zymogen::Lanes lanes = zymogen::lanes_of(x_y_index2, 8, n, n);
                zymogen::scatter(
                        ddout_y_y + (x_y_index - n) * n + x_y_index2 + lanes.skip - n, n * n, 1,
                        ddout_step, 1, lanes);
                zymogen::scatter(
                        ddout_y_y + (x_y_index2 + lanes.skip - n) * n + x_y_index - n, n * n, n,
                        ddout_step, 1, lanes);
            }
        }
    }
}

/// all of dout_x(n), dout_y(n), in steps of one call of level_1
static void sweep_1(
        const double* __restrict x, const double* __restrict y, double* __restrict dout_x,
        double* __restrict dout_y, std::size_t n) {
    double dout_step = 0;
    for (std::size_t x_y_index = 0; x_y_index < n + n; ++x_y_index) {
        level_1(x, y, x_y_index, &dout_step, n);
        if (x_y_index < n) {
            zymogen::scatter(dout_x + x_y_index, n, &dout_step, 1);
        }
        if (x_y_index - n < n) {
            zymogen::scatter(dout_y + x_y_index - n, n, &dout_step, 1);
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
        double* const ddout_x_x = row.operand<double>(2);
        double* const ddout_x_y = row.operand<double>(3);
        double* const ddout_y_x = row.operand<double>(4);
        double* const ddout_y_y = row.operand<double>(5);
        double* const ddout_step = row.scratch<double>(0);
        if (rows->check_first) {
            double out = 0;
            zymogen_loop_0::evaluate(x, y, &out, n);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_2(
                x, y, ddout_x_x, ddout_x_y, ddout_y_x, ddout_y_y, ddout_step, n);
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
        double* const dout_x = row.operand<double>(2);
        double* const dout_y = row.operand<double>(3);
        if (rows->check_first) {
            double out = 0;
            zymogen_loop_0::evaluate(x, y, &out, n);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_1(x, y, dout_x, dout_y, n);
    });
}
