// bump: x(n), y(n) -> ()
// level 1: forward, along one component of x
#define ZYMOGEN_GENERATED
#include "kernels.cpp"
#include <zymogen/entry.hpp>

namespace zymogen_loop_0 {

/// the kernel; what it does not write is zero
static void evaluate(
        const double* __restrict x, const double* __restrict y, double* __restrict out,
        std::size_t n) {
    [[clang::always_inline]] *out = ::bump(zymogen::view(x, n), zymogen::view(y, n));
}

/// dout = d out / d x[x_index]
static void level_1(
        const double* __restrict x, const double* __restrict y, std::size_t x_index,
        double* __restrict dout, std::size_t n) {
    double out = 0;
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, x, zymogen::one_hot<double>(x_index),
        enzyme_const, y,
        enzyme_dupnoneed, &out, dout,
        enzyme_const, n);
}

}  // namespace zymogen_loop_0

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const x = row.operand<const double>(0);
        const double* const y = row.operand<const double>(1);
        const std::size_t x_index = row.component(2);
        double* const dout = row.operand<double>(3);
        if (rows->check_first) {
            double out = 0;
            zymogen_loop_0::evaluate(x, y, &out, n);
        }
        [[clang::noinline]] zymogen_loop_0::level_1(x, y, x_index, dout, n);
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
