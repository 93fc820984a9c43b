// step: row(n), class(), k(), E(n,3) -> row(n), (), k()
// level 1: forward, along given tangents of row, class
#define ZYMOGEN_GENERATED
#include "kernels.cpp"
#undef E
#include <zymogen/entry.hpp>

namespace zymogen_loop_0 {

/// the kernel; what it does not write is zero
static void evaluate(
        const double* __restrict row_, const double* __restrict class_, std::int64_t k,
        const double* __restrict E, double* __restrict row_new, double* __restrict out,
        std::int64_t* __restrict k_new, std::size_t n) {
    zymogen::copy(row_new, row_, n);
    *out = 0;
    *k_new = k;
    [[clang::always_inline]] ::step(
            zymogen::view(row_new, n), class_, *k_new, zymogen::view(E, n, 3), *out);
}

/// drow_new = (d row_new / d row) * drow + (d row_new / d class) * dclass
/// dout = (d out / d row) * drow + (d out / d class) * dclass
static void level_1(
        const double* __restrict row_, const double* __restrict class_, std::int64_t k,
        const double* __restrict E, const double* __restrict drow, const double* __restrict dclass,
        double* __restrict drow_new, double* __restrict dout, double* __restrict row_new,
        std::size_t n) {
    double out = 0;
    std::int64_t k_new = 0;
    __enzyme_fwddiff<void>(reinterpret_cast<void*>(evaluate),
        enzyme_dup, row_, drow,
        enzyme_dup, class_, dclass,
        enzyme_const, k,
        enzyme_const, E,
        enzyme_dup, row_new, drow_new,
        enzyme_dup, &out, dout,
        enzyme_const, &k_new,
        enzyme_const, n);
}

}  // namespace zymogen_loop_0

extern "C" [[gnu::visibility("default")]]
int zymogen_entry_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const row_ = row.operand<const double>(0);
        const double* const class_ = row.operand<const double>(1);
        const std::int64_t k = zymogen::integer<std::int64_t>(
                *row.operand<const std::int64_t>(2), "k");
        const double* const E = row.operand<const double>(3);
        const double* const drow = row.operand<const double>(4);
        const double* const dclass = row.operand<const double>(5);
        double* const drow_new = row.operand<double>(6);
        double* const dout = row.operand<double>(7);
        double* const row_new = row.scratch<double>(0);
        if (rows->check_first) {
            double out = 0;
            std::int64_t k_new = 0;
            zymogen_loop_0::evaluate(row_, class_, k, E, row_new, &out, &k_new, n);
        }
        [[clang::noinline]] zymogen_loop_0::level_1(
                row_, class_, k, E, drow, dclass, drow_new, dout, row_new, n);
    });
}

// What the levels differentiate, for checking them.
extern "C" [[gnu::visibility("default")]]
int zymogen_below_0_0(const zymogen::Rows* rows, zymogen::Failure* failure) {
    const std::size_t n = rows->size[0];
    return zymogen::each_row(rows, failure, [=](zymogen::Row row) {
        const double* const row_ = row.operand<const double>(0);
        const double* const class_ = row.operand<const double>(1);
        const std::int64_t k = zymogen::integer<std::int64_t>(
                *row.operand<const std::int64_t>(2), "k");
        const double* const E = row.operand<const double>(3);
        double* const row_new = row.operand<double>(4);
        double* const out = row.operand<double>(5);
        std::int64_t* const k_new = row.operand<std::int64_t>(6);
        zymogen_loop_0::evaluate(row_, class_, k, E, row_new, out, k_new, n);
    });
}
