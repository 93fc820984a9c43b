"""`explain` says what is known, on one page, and compiles nothing."""

import pytest

import zymogen as zg
from zymogen.errors import NotDifferentiableError
from zymogen.planning.cost import BOUND, cost_of_pass

pytestmark = pytest.mark.toolchain

FRESH = """#include <zymogen/kernel.hpp>
double fresh(std::span<const double> x, double m) { return x[0] * m * %s; }
ZYMOGEN_KERNEL(fresh, "x(n), m() -> ()");
"""


def test_it_compiles_nothing_and_says_what_is_not_known_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("ZYMOGEN_CACHE_DIR", str(tmp_path / "cache"))
    d = zg.partial(zg.compile(FRESH % "2").fresh, "x")
    before = sorted((tmp_path / "cache").rglob("*"))
    page = str(zg.explain(d))
    assert sorted((tmp_path / "cache").rglob("*")) == before
    assert "not built yet" in page
    assert "known once it is built" in page
    d.build()
    assert "implicit: each load of the tangent" in str(zg.explain(d))
    assert str(d.location) in str(zg.explain(d))


def test_the_page_of_a_nest(lib):
    page = str(zg.explain(zg.grad(zg.partial(lib.bump, "x"), "x")))
    for line in (
        "grad(partial(bump, 'x'), 'x')",
        "bump: x(n), y(n) -> ()",
        "double bump(view of const double x, view of const double y)",
        "(n),(n),()->(n)",
        "x float64, y float64, x_index int64 -> x_bar float64",
        "x(n): Duplicated (levels 1 and 2)",
        "y(n): Const",
        "1. forward, along one component of x",
        "2. reverse, with respect to x",
        "about 6 evaluations of the kernel, at most 12.5.",
        "estimate",
        "Griewank and Walther",
    ):
        assert line in page


def test_a_fixed_component_and_both_element_types_are_shown(lib):
    page = str(zg.explain(zg.partial(lib.model, ("M", (0, 1)))))
    assert "M_index: the component of M(a,c), fixed to 0, 1" in page
    assert "M float32, x float32 -> dy float32" in page
    assert "M float64, x float64 -> dy float64" in page
    assert "void model<float>(view of const float M, view of const float x, view of float y)" in page


def test_scratch_is_a_formula_in_the_dimensions(lib):
    page = str(zg.explain(zg.partial(lib.norms, "x").build()))
    assert "n * 8 bytes for each thread: x_seed(n)" in page
    assert "dense: a buffer" in page


def test_copies_are_counted(lib):
    page = " ".join(str(zg.explain(zg.hessian(lib.bump, "x", mode="reverse"))).split())
    assert (
        "copies of arrays that are not dense along core dimensions: for each thread a block of rows, at most 262144 "
        "bytes or one row of each (x n * 8, y n * 8, dx_bar n * n * 8); where all rows share an argument, one for all "
        "threads whole copies, by NumPy, of arrays of another type or byte order, and of arguments that share memory "
        "with out= not counted: what the kernel allocates, and"
    ) in page
    page = " ".join(str(zg.explain(zg.partial(lib.model, ("M", (0, 1))))).split())
    assert (
        "dimensions (float): for each thread a block of rows, at most 262144 bytes or one row of each (M a * c * 4"
        in page
    )
    assert "dimensions (double): for each thread" in page


def test_numbers_alone_are_not_copied():
    source = (FRESH % "x").replace("std::span<const double> x", "double x").replace("x[0]", "x").replace("x(n)", "x()")
    assert "copies" not in str(zg.explain(zg.grad(zg.compile(source).fresh)))


def test_passes_for_arrays_of_components_are_told(lib):
    page = " ".join(str(zg.explain(zg.partial(lib.bump, "x"))).split())
    assert (
        "passes 1 for each row of a batch: forward along an axis of 4 or more that x_index has and no other argument, "
        "one for up to 8 components"
    ) in page


def test_sums_have_memory_of_their_own(lib):
    page = " ".join(str(zg.explain(zg.value_and_grad(lib.bump, "x", sum_over_batch=True))).split())
    result, gradient = (output.name for output in zg.value_and_grad(lib.bump, "x").plan.outputs)
    assert f"memory {result}: 8 bytes for each thread's sums, in float64 {gradient}: n * 8 bytes" in page
    assert f"{gradient}: n * 8 bytes for each thread's sums, in float64; n * 8 bytes for each row if x has the" in page
    assert "a block of rows before they are added: at most 262144 bytes, or one row, for each thread" in page
    assert "for each row's results" not in page


def test_float32_is_summed_in_float64(lib):
    page = " ".join(str(zg.explain(zg.jacobian(lib.model, "x", sum_over_batch=True))).split())
    assert "a * c * 8 bytes for each thread's sums, in float64; a * c * 4 bytes for each row if x" in page


@pytest.mark.parametrize(
    ("make", "about", "most"),
    [
        (lambda lib: zg.grad(lib.bump), "4", "5"),
        (lambda lib: zg.jvp(lib.bump), "1.5", "2.5"),
        (lambda lib: zg.jacobian(lib.model, "x", mode="forward"), "5", "13"),
        (lambda lib: zg.hessian(lib.bump, mode="reverse"), "20", "65"),
        (lambda lib: zg.partial(lib.bump, "x", "x"), "2.25", "6.25"),
    ],
)
def test_estimates_and_bounds_are_of_one_table(lib, make, about, most):
    d = make(lib)
    assert (float(about), float(most)) == (cost_of_pass(d.plan), cost_of_pass(d.plan, BOUND))
    each = " for each pass" if d.plan.sweeps else ""
    assert f"cost about {about} evaluations of the kernel{each}, at most {most}. " in " ".join(
        str(zg.explain(d)).split()
    )


def test_what_a_choice_says_of_its_ways_is_what_they_say(lib):
    d = zg.hessian(lib.bump, "x")
    page = str(zg.explain(d))
    for mode in ("reverse", "forward"):
        alone = str(zg.explain(zg.hessian(lib.bump, "x", mode=mode)))
        assert alone[alone.index("\nlevels") :].strip() in page


def test_a_kernel_is_explained_too(lib):
    page = str(zg.explain(lib.power_sum))
    assert "none: this is the kernel itself" in page
    assert "double power_sum(view of const double x, double m, std::int32_t power)" in page


def test_it_is_plain_text_and_fits_a_screen(lib):
    explanation = zg.explain(zg.jvp(zg.grad(lib.bump, ("x", "y")), "x"))
    assert repr(explanation) == str(explanation)
    assert set(str(explanation)) - {"\n"} <= set(map(chr, range(32, 127)))
    assert len(str(explanation).splitlines()) < 40
    # Paths are not broken, so that they can be copied.
    assert all(len(line) <= 100 or "/" in line for line in str(explanation).splitlines())


def test_other_things_are_refused():
    with pytest.raises(NotDifferentiableError, match="Expected is a kernel"):
        zg.explain(abs)
