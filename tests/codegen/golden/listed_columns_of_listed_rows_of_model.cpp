// model: M(a,c), x(c) -> y(a)
// level 1: reverse, with respect to x, for each listed component of the result
// level 2: listed components of result 0
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

/// x_bar = d (y[y_index[0]], ..., y[y_index[7]]) / d x
static void level_1(
        const double* __restrict M, const double* __restrict x,
        const std::size_t* __restrict y_index, double* __restrict x_bar, double* __restrict y,
        double* __restrict y_consumed, std::size_t a, std::size_t c) {
    zymogen::clear(x_bar, c * 8);
    zymogen::clear(y_consumed, a * 8);
    zymogen::set_listed_seeds(y_consumed, a, y_index, 8, double(1));
    __enzyme_autodiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_width, 8,
        enzyme_const, M,
        enzyme_dup, x, x_bar, x_bar + c, x_bar + 2 * c, x_bar + 3 * c, x_bar + 4 * c,
            x_bar + 5 * c, x_bar + 6 * c, x_bar + 7 * c,
        enzyme_dup, y, y_consumed, y_consumed + a, y_consumed + 2 * a, y_consumed + 3 * a,
            y_consumed + 4 * a, y_consumed + 5 * a, y_consumed + 6 * a, y_consumed + 7 * a,
        enzyme_const, a,
        enzyme_const, c);
}

/// x_bar_listed[k] = x_bar[x_bar_list[k]]
static void level_2(
        const double* __restrict M, const double* __restrict x,
        const std::size_t* __restrict y_index,
        const std::int64_t* __restrict x_bar_list, std::size_t x_bar_count,
        double* __restrict x_bar_listed, double* __restrict x_bar, double* __restrict y,
        double* __restrict y_consumed, std::size_t a, std::size_t c) {
    level_1(M, x, y_index, x_bar, y, y_consumed, a, c);
    zymogen::pick(x_bar_listed, x_bar, x_bar_list, x_bar_count, 8, c);
}

/// all of x_bar_listed(y_count,x_bar_count), in steps of one call of level_2
static void sweep_2(
        const double* __restrict M, const double* __restrict x,
        const std::int64_t* __restrict y_list, std::size_t y_count,
        const std::int64_t* __restrict x_bar_list, std::size_t x_bar_count,
        double* __restrict x_bar_listed, double* __restrict x_bar, double* __restrict y,
        double* __restrict y_consumed, double* __restrict x_bar_listed_step, std::size_t a,
        std::size_t c) {
    for (std::size_t y_index_at = 0; y_index_at < y_count; y_index_at += 8) {
        std::size_t y_index[8];
        zymogen::list_lanes(y_index, 8, y_list, y_index_at, y_count);
        level_2(M, x, y_index, x_bar_list, x_bar_count, x_bar_listed_step, x_bar, y, y_consumed, a, c);
        {
            const zymogen::Lanes lanes = zymogen::lanes_of(y_index_at, 8, 0, y_count);
            zymogen::scatter(
                    x_bar_listed + (y_index_at + lanes.skip) * x_bar_count, 1, x_bar_count,
                    x_bar_listed_step, x_bar_count, lanes);
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
        const std::int64_t* const y_list = row.list(2);
        const std::size_t y_count = row.list_size(2);
        const std::int64_t* const x_bar_list = row.list(3);
        const std::size_t x_bar_count = row.list_size(3);
        double* const x_bar_listed = row.operand<double>(4);
        double* const x_bar = row.scratch<double>(0);
        double* const y = row.scratch<double>(1);
        double* const y_consumed = row.scratch<double>(2);
        double* const x_bar_listed_step = row.scratch<double>(3);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_2(
                M, x, y_list, y_count, x_bar_list, x_bar_count, x_bar_listed, x_bar, y, y_consumed,
                x_bar_listed_step, a, c);
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
