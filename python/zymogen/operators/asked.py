"""What an operator was asked for: the kernel, its result and its arguments, checked before anything is planned."""

from __future__ import annotations

from zymogen.declaration import REAL
from zymogen.errors import ArgumentError, NotDifferentiableError
from zymogen.planning.arguments import Argnums, as_written, named
from zymogen.planning.function import Array
from zymogen.planning.request import Select
from zymogen.runtime.choice import Choice
from zymogen.runtime.kernel import Derivative, Kernel
from zymogen.runtime.no_kernel import no_kernel
from zymogen.runtime.structure import Structure, flat
from zymogen.runtime.summed import Relations, SummedDerivative, summed


def kernel_of(f: object, operator: str) -> Kernel:
    """`f`, if it is a kernel or a derivative."""
    if not isinstance(f, Kernel):
        raise no_kernel(f, operator)
    if isinstance(f, SummedDerivative):
        f.derive()  # says why it cannot be
    return f


def call_text(operator: str, kernel: Kernel, argnums: object, output: str | None = None) -> str:
    """An operator's call, as its user may have written it."""
    return f"{operator}({kernel.name}, {as_written(argnums)}{output_text(output)})"


def output_text(output: str | None) -> str:
    """The end of such a call: nothing where no result is named."""
    return "" if output is None else f", output={output!r}"


def chosen_result(kernel: Kernel, output: str | None, call: str) -> Kernel:
    """The kernel with the result called `output` alone; where there is one result, the kernel itself.

    Raises
    ------
    ArgumentError
        If there is no such result; the message lists those there are.
    NotDifferentiableError
        If there are several and none is named, or if it is an integer.
    """
    kernel = some_results(kernel, output, call)
    results = [operand.array for operand in kernel.plan.outputs]
    if len(results) != 1:
        raise NotDifferentiableError(
            f"{call}: `{kernel.name}` has {len(results)} results, {', '.join(map(str, results))}, and one is expected. "
            f"Name it, as in output={_result_names(kernel)[0]!r}; zg.jvp and zg.vjp take all of them."
        )
    if results[0].element not in REAL:
        raise NotDifferentiableError(
            f"{call}: the result {results[0]} of `{kernel.name}` is an integer, which has no derivative."
        )
    return kernel


def some_results(kernel: Kernel, output: str | None, call: str) -> Kernel:
    """The kernel with the result called `output` alone; with all of them where none is named."""
    if output is None:
        return kernel
    names = _result_names(kernel)
    if not isinstance(output, str):
        raise ArgumentError(f"{call}: output is {output!r}. Expected is the name of one result: {' or '.join(names)}.")
    called = [operand.name for operand in kernel.plan.outputs]
    if output in called:  # an argument that is updated in place has another name as a result
        output = names[called.index(output)]
    if output not in names:
        raise ArgumentError(f"{call}: there is no result {output!r}. Results are {', '.join(names)}.")
    if len(names) == 1:
        return kernel
    if len(kernel.plan.outermost.results) != len(names) or _is_nested(kernel):
        raise NotDifferentiableError(
            f"{call}: {output} is one block of `{kernel.name}`, which are computed together. Name one argument instead "
            "of a tuple in the operator below, and then its result is the only one."
        )
    return kernel.derive(Select((names.index(output),)), flat(1), kernel.name)


def _result_names(kernel: Kernel) -> list[str]:
    """What results are called: by the kernel's author, also where one is an argument that is updated in place."""
    if kernel.request.levels:
        return [operand.name for operand in kernel.plan.outputs]
    return [result.name for result in kernel.plan.declaration.signature.results]


def is_swept(kernel: Kernel) -> bool:
    """Whether compiled code has the one result in parts only: one for each component that levels go along."""
    loops = kernel.plan.outermost.loops
    return loops is not None and bool(loops.scattered)


def _is_nested(kernel: Kernel) -> bool:
    """Whether several results come from one of a level's own, by sweeps over several arguments."""
    loops = kernel.plan.outermost.loops
    return loops is not None and any(len(part.wholes) > 1 for part in loops.scattered)


def only_result(kernel: Kernel) -> Array:
    """The result of a kernel that has one."""
    return kernel.plan.outputs[0].array


def number_required(kernel: Kernel, operator: str, instead: str) -> None:
    """Refuse a result that is an array."""
    result = only_result(kernel)
    if result.rank:
        raise NotDifferentiableError(
            f"{operator}: `{kernel.name}` returns {result}, and a gradient needs a single number. {instead}"
        )


def real_results(kernel: Kernel, call: str) -> list[int]:
    """Positions of the results that have derivatives."""
    real = [position for position, operand in enumerate(kernel.plan.outputs) if operand.element in REAL]
    if not real:
        raise NotDifferentiableError(f"{call}: `{kernel.name}` gives integers only, which have no derivative.")
    return real


def arguments_of(kernel: Kernel, argnums: Argnums, call: str) -> tuple[str, ...]:
    """The names of the arguments that `argnums` means.

    Raises
    ------
    ArgumentError
        If there is no such argument, or one is named twice; the message lists those there are.
    NotDifferentiableError
        If one is an integer, or a cotangent of which the levels see parts only.
    """
    names = named(argnums, kernel.operands, call)
    split = next((name for name in names if name in kernel.plan.gathered), None)
    if split is not None:
        raise NotDifferentiableError(
            f"{call}: {split} is the cotangent of a Jacobian or Hessian, which is taken apart before it is used. The "
            "result is linear in it: call the derivative with the direction in its place."
        )
    return names


def as_asked(argnums: Argnums, first: int = 0) -> Structure:
    """One argument gives an array, a tuple of arguments a tuple."""
    return tuple(range(first, first + len(argnums))) if isinstance(argnums, tuple) else first


def blocks_as_asked(argnums: Argnums, first: int = 0) -> Structure:
    """One argument gives an array, a tuple of arguments a tuple of tuples, one for each of its members."""
    if not isinstance(argnums, tuple):
        return first
    count = len(argnums)
    return tuple(tuple(range(row, row + count)) for row in range(first, first + count * count, count))


def over_batch(derivative: Derivative, relations: Relations, *, sum_over_batch: bool) -> Derivative:
    """The derivative, or the one that is summed over the batch."""
    if not sum_over_batch:
        return derivative
    return summed(derivative.first if isinstance(derivative, Choice) else derivative, relations)
