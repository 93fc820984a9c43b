"""`assert_inactive` passes where an argument is inactive, and fails where it is not: each of its rules by itself."""

import re

import pytest

import zymogen as zg
from zymogen.errors import ActiveArgumentError, ArgumentError, NotDifferentiableError
from zymogen.ir.listing import read
from zymogen.planning.plan import Plan
from zymogen.testing import assert_inactive
from zymogen.testing.inactivity import findings

pytestmark = pytest.mark.toolchain

INACTIVE = {
    "partial": lambda lib: (zg.partial(lib.bump, ("x", 0)), "y"),
    "open partial": lambda lib: (zg.partial(lib.bump, "x"), "y"),
    "grad": lambda lib: (zg.grad(lib.bump, "x"), "y"),
    "grad of the second": lambda lib: (zg.grad(lib.bump, "y"), "x"),
    "value and grad": lambda lib: (zg.value_and_grad(lib.bump, "x"), "y"),
    "jvp": lambda lib: (zg.jvp(lib.bump, "x"), "y"),
    "vjp": lambda lib: (zg.vjp(lib.bump, "x"), "y"),
    "second order": lambda lib: (zg.grad(zg.partial(lib.bump, "x"), "x"), "y"),
    "third order": lambda lib: (zg.partial(lib.bump, "x", "x", "x"), "y"),
    "jvp of grad": lambda lib: (zg.jvp(zg.grad(lib.bump, "x"), "x"), "y"),
    "index": lambda lib: (zg.partial(lib.bump, "x"), "x_index"),
    "kernel": lambda lib: (lib.bump, "y"),
    "dense seed": lambda lib: (zg.partial(lib.norms, "x"), "y"),
    "helper in reverse": lambda lib: (zg.grad(lib.norms, "x"), "y"),
    "helper, second order": lambda lib: (zg.grad(zg.partial(lib.norms, "x"), "x"), "y"),
    "vector copy in reverse": lambda lib: (zg.grad(lib.copied, "x"), "y"),
    "vector copy forward": lambda lib: (zg.jvp(lib.copied, "x"), "y"),
    "vector copy of the active": lambda lib: (zg.grad(lib.copied, "y"), "x"),
    "local array": lambda lib: (zg.jvp(lib.buffered, "x"), "y"),
    "local array in reverse": lambda lib: (zg.grad(lib.buffered, "x"), "y"),
    "in place, forward": lambda lib: (zg.jvp(lib.steps, "u"), "y"),
    "in place, reverse": lambda lib: (zg.vjp(lib.steps, "u"), "y"),
    "in place, other": lambda lib: (zg.vjp(lib.steps, "y"), "u"),
    "float and double, forward": lambda lib: (zg.jvp(lib.model, "x"), "M"),
    "float and double, reverse": lambda lib: (zg.vjp(lib.model, "M"), "x"),
    "scalar": lambda lib: (zg.grad(lib.power_sum, "x"), "m"),
    "integer": lambda lib: (zg.grad(lib.power_sum, ("x", "m")), "power"),
}
ACTIVE = {
    "grad": lambda lib: (zg.grad(lib.bump, ("x", "y")), "y"),
    "grad alone": lambda lib: (zg.grad(lib.bump, "y"), "y"),
    "jvp": lambda lib: (zg.jvp(lib.bump, ("x", "y")), "y"),
    "vjp": lambda lib: (zg.vjp(lib.model, ("M", "x")), "M"),
    "partial": lambda lib: (zg.partial(lib.bump, "y"), "y"),
    "inner level": lambda lib: (zg.grad(zg.partial(lib.bump, "y"), "x"), "y"),
    "outer level": lambda lib: (zg.grad(zg.partial(lib.bump, "x"), "y"), "y"),
    "in place": lambda lib: (zg.vjp(lib.steps, ("u", "y")), "y"),
    "scalar": lambda lib: (zg.grad(lib.power_sum, ("x", "m")), "m"),
}


@pytest.mark.parametrize("case", INACTIVE)
def test_it_passes_for_arguments_that_are_not_differentiated(lib, case):
    assert_inactive(*INACTIVE[case](lib))


@pytest.mark.parametrize("case", ACTIVE)
def test_it_fails_for_arguments_that_are(lib, case):
    d, name = ACTIVE[case](lib)
    with pytest.raises(ActiveArgumentError, match=f"it passes {name} to Enzyme as enzyme_dup") as caught:
        assert_inactive(d, name)
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, zg.ZymogenError)
    said = r"In zymogen_loop_\d::level_\d.*line \d+ of d\.source\(\): .*call void @\S*__enzyme_"
    assert re.search(said, str(caught.value))


@pytest.mark.parametrize(("kernel", "name"), [("model", "M"), ("bump", "y")])
def test_both_ways_of_a_jacobian_are_proven(lib, kernel, name):
    assert_inactive(zg.jacobian(lib[kernel], "x"), name)


def test_a_way_that_calls_may_take_is_not_overlooked(lib):
    d = zg.jacobian(lib.bump, "x").build()
    d.other = zg.jacobian(lib.bump, ("x", "y"), mode="reverse")  # as if the second way alone were not inactive
    with pytest.raises(ActiveArgumentError, match="it passes y to Enzyme as enzyme_dup"):
        assert_inactive(d, "y")


def test_what_goes_along_several_components_is_not_overlooked(lib, monkeypatch):
    d = zg.partial(lib.bump, "x").build()
    assert [way.ufunc_signature for way in d.ways] == ["(n),(n),()->()", "(n),(n)->(1)"]
    single = zg.partial(lib.bump, ("y", 0))
    monkeypatch.setattr(type(d), "_several", single)
    with pytest.raises(ActiveArgumentError, match="it passes y to Enzyme as enzyme_dup"):
        assert_inactive(d, "y")


def test_an_unknown_argument_is_answered_with_those_there_are(lib):
    with pytest.raises(ArgumentError, match=r"there is no argument 'z'\. Arguments are x, y"):
        assert_inactive(zg.grad(lib.bump, "x"), "z")
    with pytest.raises(NotDifferentiableError, match="Expected is a derivative"):
        assert_inactive(abs, "x")


@pytest.mark.parametrize("make", [zg.grad, zg.jvp, zg.vjp], ids=["grad", "jvp", "vjp"])
def test_shadows_of_copies_are_found_when_asked_for(lib, make):
    with pytest.raises(ActiveArgumentError, match=r"only inactive data, copied from y.* In .*level_1.*<text>:\d+"):
        assert_inactive(make(lib.copied, "x"), "y", copies=True)


@pytest.mark.parametrize("kernel", ["bump", "norms", "buffered"])
def test_there_are_none_where_nothing_is_copied(lib, kernel):
    assert_inactive(zg.jvp(lib[kernel], "x"), "y", copies=True)


def test_without_names_it_does_not_pass():
    text = """#include <zymogen/kernel.hpp>
    double product(double x, double y) { return x * y; }
    ZYMOGEN_KERNEL(product, "x(), y() -> ()");"""
    d = zg.grad(zg.compile(text, flags=["-fdiscard-value-names"]).product, "x")
    with pytest.raises(ActiveArgumentError, match="names of its parameters are not in the IR"):
        assert_inactive(d, "y")


def reasons(d, name, before=None, after=None):
    """What is found when IR that was tampered with is held against the plan of `d`."""
    plan = Plan(d.plan.declaration, d.plan.instance, d.request, d.seed or "implicit")
    return [item.reason for item in findings(read(before or d.ir("before")), read(after or d.ir()), plan, 0, name)]


@pytest.fixture
def gradient(lib):
    d = zg.grad(lib.bump, "x")
    assert reasons(d, "y") == []
    return d


def planted(d, text, level="level_1"):
    """The IR after Enzyme with more instructions at the start of a function."""
    changed, count = re.subn(rf"(define [^\n]*{level}E[^\n]*\nentry:\n)", lambda match: match[1] + text + "\n", d.ir())
    assert count == 1
    return changed


PLANTED = {
    "a store": ("store double 0.0, ptr %y, align 8", "stores to the memory of y"),
    "a store behind a step": (
        "%p1 = getelementptr i8, ptr %y, i64 1\n%p2 = getelementptr i8, ptr %p1, i64 8\nstore double 0.0, ptr %p2",
        "stores to the memory of y",
    ),
    "a store through a number": (
        "%p1 = ptrtoint ptr %y to i64\n%p2 = add i64 %p1, 8\n%p3 = inttoptr i64 %p2 to ptr\nstore double 0.0, ptr %p3",
        "stores to the memory of y",
    ),
    "a store through memory": (
        "%box = alloca ptr\nstore ptr %y, ptr %box\n%p = load ptr, ptr %box\nstore double 0.0, ptr %p",
        "stores to the memory of y",
    ),
    "a store through a choice": (
        "%p = select i1 true, ptr %x_bar, ptr %y\nstore double 0.0, ptr %p",
        "stores to the memory of y",
    ),
    "a memset": ("call void @llvm.memset.p0.i64(ptr %y, i8 0, i64 8, i1 false)", "stores to the memory of y"),
    "a copy": ("call void @llvm.memcpy.p0.p0.i64(ptr %y, ptr %x, i64 8, i1 false)", "stores to the memory of y"),
    "an addition": ("%old = atomicrmw fadd ptr %y, double 1.0 monotonic", "stores to the memory of y"),
    "a foreign function": ("call void @elsewhere(ptr %y)", "stores to the memory of y"),
    "memory from the heap": ('%"y\'mi" = call ptr @malloc(i64 8)', "y'mi is a shadow of y"),
    "memory on the stack": ('%"y\'ipa" = alloca double', "y'ipa is a shadow of y"),
    "a shadow of a step": (
        '%step = getelementptr double, ptr %y, i64 1\n%"step\'ipg" = getelementptr double, ptr %x_bar, i64 1',
        "step'ipg is a shadow of y",
    ),
    "an unknown function": ("%f = inttoptr i64 64 to ptr\ncall void %f(i64 %n)", "code of which nothing is known"),
    "inline assembly": ('call void asm sideeffect "nop", "r"(ptr %y)', "code of which nothing is known"),
    "an unknown address": ("%p = inttoptr i64 64 to ptr\n%v = load double, ptr %p", "memory of which nothing is known"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_what_is_planted_is_found(gradient, case):
    text, reason = PLANTED[case]
    assert any(reason in found for found in reasons(gradient, "y", after=planted(gradient, text)))


def test_what_is_planted_on_x_does_not_accuse_y(gradient):
    text = '%step = getelementptr double, ptr %x, i64 1\n%"step\'ipg" = getelementptr double, ptr %x_bar, i64 1'
    assert reasons(gradient, "y", after=planted(gradient, text)) == []


def test_a_shadow_parameter_is_found(lib):
    d = zg.grad(lib.norms, "x")
    found = reasons(d, "y", after=re.sub(r"(call [^\n]*@diffe_ZL4norm\S*\(ptr [^,]*)%x,", r"\1%y,", d.ir()))
    assert any("its parameter v' is a shadow of y" in reason for reason in found)


@pytest.mark.parametrize("make", [zg.grad, zg.jvp, zg.vjp], ids=["grad", "jvp", "vjp"])
def test_code_of_another_derivative_is_not_taken_for_this_one(lib, make):
    inactive, active = make(lib.bump, "x"), make(lib.bump, ("x", "y"))
    assert reasons(inactive, "y", before=active.ir("before"))
    assert reasons(inactive, "y", after=active.ir())


def test_a_level_that_is_missing_is_noticed(lib):
    first, second = zg.partial(lib.bump, "x"), zg.partial(lib.bump, "x", "x")
    assert any("2 calls of Enzyme are expected" in found for found in reasons(second, "y", before=first.ir("before")))
