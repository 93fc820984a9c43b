// model: M(a,c), x(c) -> y(a)
// level 1: forward, along each component of x
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

/// dy = d y / d x[x_index], ..., x[x_index + 7]
static void level_1(
        const double* __restrict M, const double* __restrict x, std::size_t x_index,
        double* __restrict dy, double* __restrict y, std::size_t a, std::size_t c) {
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_width, 8,
        enzyme_const, M,
        enzyme_dup, x, zymogen::one_hot<double>(x_index), zymogen::one_hot<double>(x_index + 1),
            zymogen::one_hot<double>(x_index + 2), zymogen::one_hot<double>(x_index + 3),
            zymogen::one_hot<double>(x_index + 4), zymogen::one_hot<double>(x_index + 5),
            zymogen::one_hot<double>(x_index + 6), zymogen::one_hot<double>(x_index + 7),
        enzyme_dup, y, dy, dy + a, dy + 2 * a, dy + 3 * a, dy + 4 * a, dy + 5 * a, dy + 6 * a,
            dy + 7 * a,
        enzyme_const, a,
        enzyme_const, c);
}

/// all of dy(a,c), in steps of one call of level_1
static void sweep_1(
        const double* __restrict M, const double* __restrict x, double* __restrict dy,
        double* __restrict y, double* __restrict dy_step, std::size_t a, std::size_t c) {
    for (std::size_t x_index = 0; x_index < c; x_index += 8) {
        level_1(M, x, x_index, dy_step, y, a, c);
        {
            const zymogen::Lanes lanes = zymogen::lanes_of(x_index, 8, 0, c);
            zymogen::scatter(dy + x_index + lanes.skip, c, 1, dy_step, a, lanes);
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
        double* const dy = row.operand<double>(2);
        double* const y = row.scratch<double>(0);
        double* const dy_step = row.scratch<double>(1);
        if (rows->check_first) {
            zymogen_loop_0::evaluate(M, x, y, a, c);
        }
        [[clang::noinline]] zymogen_loop_0::sweep_1(M, x, dy, y, dy_step, a, c);
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
