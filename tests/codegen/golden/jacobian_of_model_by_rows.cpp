// model: M(a,c), x(c) -> y(a)
// level 1: reverse, with respect to M, x, for each component of the result
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

/// M_bar = d (y[y_index], ..., y[y_index + 7]) / d M
/// x_bar = d (y[y_index], ..., y[y_index + 7]) / d x
static void level_1(
        const double* __restrict M, const double* __restrict x, std::size_t y_index,
        double* __restrict M_bar, double* __restrict x_bar, double* __restrict y,
        double* __restrict y_consumed, std::size_t a, std::size_t c) {
    zymogen::clear(M_bar, a * c * 8);
    zymogen::clear(x_bar, c * 8);
    zymogen::clear(y_consumed, a * 8);
    zymogen::set_seeds(y_consumed, a, y_index, zymogen::lanes_of(y_index, 8, 0, a), double(1));
    __enzyme_autodiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_width, 8,
        enzyme_dup, M, M_bar, M_bar + a * c, M_bar + 2 * a * c, M_bar + 3 * a * c,
            M_bar + 4 * a * c, M_bar + 5 * a * c, M_bar + 6 * a * c, M_bar + 7 * a * c,
        enzyme_dup, x, x_bar, x_bar + c, x_bar + 2 * c, x_bar + 3 * c, x_bar + 4 * c,
            x_bar + 5 * c, x_bar + 6 * c, x_bar + 7 * c,
        enzyme_dup, y, y_consumed, y_consumed + a, y_consumed + 2 * a, y_consumed + 3 * a,
            y_consumed + 4 * a, y_consumed + 5 * a, y_consumed + 6 * a, y_consumed + 7 * a,
        enzyme_const, a,
        enzyme_const, c);
}

/// all of M_bar(a,a,c), x_bar(a,c), in steps of one call of level_1
static void sweep_1(
        const double* __restrict M, const double* __restrict x, double* __restrict M_bar,
        double* __restrict x_bar, double* __restrict y, double* __restrict y_consumed,
        double* __restrict M_bar_step, double* __restrict x_bar_step, std::size_t a,
        std::size_t c) {
    for (std::size_t y_index = 0; y_index < a; y_index += 8) {
        level_1(M, x, y_index, M_bar_step, x_bar_step, y, y_consumed, a, c);
        {
            const zymogen::Lanes lanes = zymogen::lanes_of(y_index, 8, 0, a);
            zymogen::scatter(
                    M_bar + (y_index + lanes.skip) * a * c, 1, a * c, M_bar_step, a * c, lanes);
        }
        {
            const zymogen::Lanes lanes = zymogen::lanes_of(y_index, 8, 0, a);
            zymogen::scatter(x_bar + (y_index + lanes.skip) * c, 1, c, x_bar_step, c, lanes);
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
        double* const M_bar = row.operand<double>(2);
        double* const x_bar = row.operand<double>(3);
        double* const y = row.scratch<double>(0);
        double* const y_consumed = row.scratch<double>(1);
        double* const M_bar_step = row.scratch<double>(2);
        double* const x_bar_step = row.scratch<double>(3);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_1(
                M, x, M_bar, x_bar, y, y_consumed, M_bar_step, x_bar_step, a, c);
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
