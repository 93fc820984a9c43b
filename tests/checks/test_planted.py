"""Wrong derivatives, planted on purpose, do not get through: each trap with what protects from it switched off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import zymogen as zg
from zymogen.errors import WrongDerivativeError
from zymogen.planning import plan
from zymogen.planning.draft import Draft
from zymogen.planning.function import Passed
from zymogen.toolchain import stages
from zymogen.toolchain.remedies import around_enzyme

pytestmark = pytest.mark.usefixtures("fresh")

x = np.array([0.7, 0.4, 1.1, 0.9, 0.6, 1.3])
# Beyond the cells of test_wrong_cells.py.
WRONG = [
    ("constant_table", "forward"),
    ("constant_table", "hessian"),
    ("local_table", "forward"),
    ("unknown_function", "forward"),
    ("unknown_function", "hessian"),
    ("one_shape", "forward"),
    ("two_shapes", "one component"),
    ("two_shapes", "forward in lanes"),
    ("shapes_on_the_heap", "forward"),
    ("shapes_on_the_heap", "hessian"),
    ("closure", "forward"),
]


@pytest.mark.usefixtures("no_refusals")
@pytest.mark.parametrize(("kernel", "mode"), WRONG)
def test_constructs_that_are_refused_would_be_found(library, derive, kernel, mode):
    with (
        np.errstate(all="ignore"),
        pytest.raises(WrongDerivativeError, match=f"the derivative of `{kernel}` .* is wrong"),
    ):
        derive(library[kernel], mode)


@pytest.mark.parametrize("mode", ["reverse", "forward over reverse"])
def test_copies_between_places_that_overlap(monkeypatch, library, derive, mode):
    real = stages.enzyme_finding

    def lenient(*args, **options):
        finding = real(*args, **options)
        return None if finding is not None and "memmove" in finding.text else finding

    monkeypatch.setattr(around_enzyme, "move_through_a_copy", lambda text: text)
    monkeypatch.setattr(stages, "enzyme_finding", lenient)
    with pytest.raises(WrongDerivativeError, match="`shifted`"):
        derive(library.shifted, mode)


def leave_zeros_in_scratch_memory(library):
    """What a thread's later calls do not write there, they read as zeros: the memory is kept from call to call."""
    zeros = np.zeros(1000)
    zg.vjp(library.residuals, "d")(zeros, zeros, 0.3, zeros)


def test_a_result_that_is_read_back_and_not_needed(monkeypatch, library):
    # The planted derivative reads what an earlier call has left. After the right numbers it is right, and after NaN it
    # is NaN, which the check leaves open.
    leave_zeros_in_scratch_memory(library)
    monkeypatch.setattr(
        Draft,
        "result_activity",
        lambda *_, value_is_wanted: "Duplicated" if value_is_wanted else "DuplicatedNoNeed",
    )
    d = np.linspace(1, 2, 6)
    with pytest.raises(WrongDerivativeError, match=r"r\[\d\] = .* differences of `residuals` give"):
        zg.partial(library.residuals, "m")(x, d, 0.3)
    with pytest.raises(WrongDerivativeError, match="with respect to m is wrong"):
        zg.vjp(library.residuals, "m")(x, d, 0.3, np.ones(6))


def test_scratch_memory_that_is_constant_while_its_content_is_not(monkeypatch, library):
    real = plan.nest

    def planted(*args, **kwargs):
        functions = list(real(*args, **kwargs))
        scratch = {array.symbol for array in functions[-2].scratch} if len(functions) > 2 else set()
        constant = [
            replace(item, activity="Const", shadows=()) if item.value in scratch else item
            for item in functions[-1].passed
        ]
        return (*functions[:-1], replace(functions[-1], passed=tuple(constant)))

    monkeypatch.setattr(plan, "nest", planted)
    with pytest.raises(WrongDerivativeError, match="is wrong at level 2"):
        zg.jvp(zg.vjp(library.residuals, "d"), "m")(x, np.linspace(1, 2, 6), 0.3, np.ones(6), 1.0)


def test_rows_that_are_read_as_if_they_were_dense(library):
    gradient = zg.grad(library.bump).build()
    sound = gradient.ufunc
    assert gradient(x, x + 0.1).shape == (6,)

    def hasty(first, second):
        return sound(np.lib.stride_tricks.as_strided(first, strides=(first.itemsize,)), second)

    planted = zg.grad(library.bump)
    zg.set_checks("always")
    vars(planted)["ufunc"] = hasty
    apart = np.repeat(x, 2)[::2]
    with pytest.raises(WrongDerivativeError, match=r"first row .* x_bar\[\d\] is .* in the call and .* by itself"):
        planted(apart, x + 0.1)


def test_a_wrong_inner_level_that_is_differentiated_well(monkeypatch, library):
    """The gradient is zero there, and level 2 is the derivative of that."""
    real = plan.nest

    def planted(*args, **kwargs):
        functions = list(real(*args, **kwargs))
        if len(functions) > 1:
            constant = [Passed("Const", item.value) if item.value == "x" else item for item in functions[1].passed]
            functions[1] = replace(functions[1], passed=tuple(constant))
        return tuple(functions)

    monkeypatch.setattr(plan, "nest", planted)
    with pytest.raises(WrongDerivativeError, match=r"wrong at level 1 .* x_bar\[\d\] = 0, where differences of `bump`"):
        zg.jvp(zg.grad(library.bump))(x, x + 0.1, np.ones(6))


def trebled(text):
    """As a flaw of what is done to code before Enzyme: nothing of the build is done without it."""
    return text.replace(", 3.000000e+00", ", 9.000000e+00")


@pytest.mark.parametrize("mode", ["reverse", "hessian"])
def test_another_value_than_that_of_the_kernel_alone(monkeypatch, library, derive, mode):
    monkeypatch.setattr(around_enzyme, "take_as_constants", trebled)
    assert library.thrice(x) == pytest.approx(3 * (x**2).sum())
    with pytest.raises(WrongDerivativeError, match=r"out = .*, where `thrice` itself gives 14\.16"):
        derive(library.thrice, mode)


def test_a_kernel_that_was_not_built_alone_is_not_built_to_be_compared(monkeypatch, library):
    monkeypatch.setattr(around_enzyme, "take_as_constants", trebled)
    np.testing.assert_allclose(zg.grad(library.thrice)(x), 18 * x)
    assert library.thrice.finished is None


@pytest.mark.parametrize("name", ["drawn", "two_results"])
def test_a_kernel_alone_accuses_no_sound_derivative(library, name):
    kernel = library[name]
    kernel(x)
    if name == "two_results":
        np.testing.assert_allclose(zg.jacobian(kernel, output="second")(x), 2 * np.diag(x))
    else:
        np.testing.assert_allclose(zg.grad(kernel)(x), 2 * x)


@pytest.mark.usefixtures("no_refusals")
def test_a_value_beside_a_derivative(library):
    with pytest.raises(WrongDerivativeError, match=r"The worst entry is out = "):
        zg.jvp(library.constant_table)(x, np.ones(6))
