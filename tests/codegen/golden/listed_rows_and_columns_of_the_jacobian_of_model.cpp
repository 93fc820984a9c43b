// model: M(a,c), x(c) -> y(a)
// level 1: listed components of result 0
// level 2: forward, along each listed component of x
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

/// y_listed[k] = y[y_list[k]]
static void level_1(
        const double* __restrict M, const double* __restrict x,
        const std::int64_t* __restrict y_list, std::size_t y_count, double* __restrict y_listed,
        double* __restrict y, std::size_t a, std::size_t c) {
    evaluate(M, x, y, a, c);
    zymogen::pick(y_listed, y, y_list, y_count);
}

/// dy_listed = d y_listed / d x[x_index[0]], ..., x[x_index[7]]
static void level_2(
        const double* __restrict M, const double* __restrict x,
        const std::int64_t* __restrict y_list, std::size_t y_count,
        const std::size_t* __restrict x_index, const double* __restrict x_seed,
        double* __restrict dy_listed, double* __restrict y_listed, double* __restrict y,
        double* __restrict dy, std::size_t a, std::size_t c) {
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(level_1),
        enzyme_width, 8,
        enzyme_const, M,
        enzyme_dup, x, x_seed, x_seed + c, x_seed + 2 * c, x_seed + 3 * c, x_seed + 4 * c,
            x_seed + 5 * c, x_seed + 6 * c, x_seed + 7 * c,
        enzyme_const, y_list,
        enzyme_const, y_count,
        enzyme_dup, y_listed, dy_listed, dy_listed + y_count, dy_listed + 2 * y_count,
            dy_listed + 3 * y_count, dy_listed + 4 * y_count, dy_listed + 5 * y_count,
            dy_listed + 6 * y_count, dy_listed + 7 * y_count,
        enzyme_dup, y, dy, dy + a, dy + 2 * a, dy + 3 * a, dy + 4 * a, dy + 5 * a, dy + 6 * a,
            dy + 7 * a,
        enzyme_const, a,
        enzyme_const, c);
}

/// all of dy_listed(y_count,x_count), in steps of one call of level_2
static void sweep_2(
        const double* __restrict M, const double* __restrict x,
        const std::int64_t* __restrict y_list, std::size_t y_count,
        const std::int64_t* __restrict x_list, std::size_t x_count, double* __restrict x_seed,
        double* __restrict dy_listed, double* __restrict y_listed, double* __restrict y,
        double* __restrict dy, double* __restrict dy_listed_step, std::size_t a, std::size_t c) {
    for (std::size_t x_index_at = 0; x_index_at < x_count; x_index_at += 8) {
        std::size_t x_index[8];
        zymogen::list_lanes(x_index, 8, x_list, x_index_at, x_count);
        zymogen::set_listed_seeds(x_seed, c, x_index, 8, double(1));
        level_2(M, x, y_list, y_count, x_index, x_seed, dy_listed_step, y_listed, y, dy, a, c);
        zymogen::set_listed_seeds(x_seed, c, x_index, 8, double(0));
        {
            const zymogen::Lanes lanes = zymogen::lanes_of(x_index_at, 8, 0, x_count);
            zymogen::scatter(
                    dy_listed + x_index_at + lanes.skip, x_count, 1, dy_listed_step, y_count,
                    lanes);
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
        const std::int64_t* const x_list = row.list(3);
        const std::size_t x_count = row.list_size(3);
        double* const dy_listed = row.operand<double>(4);
        double* const y_listed = row.scratch<double>(0);
        double* const y = row.scratch<double>(1);
        double* const dy = row.scratch<double>(2);
        double* const dy_listed_step = row.scratch<double>(3);
        double* const x_seed = row.scratch<double>(4);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_2(
                M, x, y_list, y_count, x_list, x_count, x_seed, dy_listed, y_listed, y, dy,
                dy_listed_step, a, c);
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
        const std::int64_t* const y_list = row.list(2);
        const std::size_t y_count = row.list_size(2);
        double* const y_listed = row.operand<double>(3);
        double* const y = row.scratch<double>(0);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::level_1(M, x, y_list, y_count, y_listed, y, a, c);
    });
}
