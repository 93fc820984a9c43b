"""The C++ functions of a plan: the kernel, and one function for each level around the one below."""

from __future__ import annotations

from collections.abc import Iterator

from zymogen.codegen.meaning import meaning
from zymogen.codegen.wrapping import call
from zymogen.declaration import Instance
from zymogen.derivative.function import Array, Component, Function, Input, Local, Preparation, Seed
from zymogen.derivative.names import size_symbols
from zymogen.derivative.plan import Plan
from zymogen.derivative.request import Reverse
from zymogen.signature import Signature

_MARKER = {"Const": "enzyme_const", "Duplicated": "enzyme_dup", "DuplicatedNoNeed": "enzyme_dupnoneed"}

_KERNEL = "the kernel; what it does not write is zero"


def functions(plan: Plan) -> Iterator[str]:
    """The text of every function, innermost first."""
    sizes = size_symbols(plan.declaration.signature)
    inner: Function | None = None
    for function in plan.functions:
        comments = [_KERNEL] if inner is None else meaning(function, inner)
        yield "\n".join([*(f"/// {comment}" for comment in comments), *_function(function, plan, sizes)])
        inner = function


def _function(function: Function, plan: Plan, sizes: dict[str, str]) -> Iterator[str]:
    # The outermost level is kept apart from the entry, whose handlers must not be merged with calls that Enzyme
    # replaces. The levels below must stay open to inlining: the implicit one-hot needs it.
    attribute = "[[gnu::noinline]] " if function.level is not None and function is plan.outermost else ""
    yield from call(f"{attribute}static void {function.name}(", _parameters(function, sizes), ") {")
    for local in function.locals:
        yield f"    {_local(local)}"
    for preparation in function.preparations:
        yield f"    {_preparation(preparation, sizes)};"
    if function.level is None:
        yield from _kernel_call(function, plan.instance, plan.declaration.signature, sizes)
    else:
        yield from _enzyme_call(function, sizes)
    yield "}"


def _parameters(function: Function, sizes: dict[str, str]) -> list[str]:
    return [
        *(_parameter(item) for item in function.inputs),
        *(f"{array.element}* __restrict {array.symbol}" for array in (*function.results, *function.scratch)),
        *(f"std::size_t {size}" for size in sizes.values()),
    ]


def _parameter(item: Input) -> str:
    match item:
        case Component():
            return f"std::size_t {item.symbol}"
        case Seed(array=array):
            return f"const {array.element}* __restrict {array.symbol}"
        case Array(by_value=True):
            return f"{item.element} {item.symbol}"
        case Array():
            return f"const {item.element}* __restrict {item.symbol}"


def _local(local: Local) -> str:
    return f"{local.array.element} {local.array.symbol} = {local.initial};"


def _extents(array: Array, sizes: dict[str, str]) -> list[str]:
    return [sizes.get(dim, dim) for dim in array.dims]


def _preparation(preparation: Preparation, sizes: dict[str, str]) -> str:
    array, origin = preparation.array, preparation.source
    if array.rank == 0:
        value = "0" if origin is None else origin.symbol if origin.by_value else f"*{origin.symbol}"
        return f"*{array.symbol} = {value}"
    count = " * ".join(_extents(array, sizes))
    if origin is None:
        return f"zymogen::clear({array.symbol}, {count})"
    return f"zymogen::copy({array.symbol}, {origin.symbol}, {count})"


def _kernel_call(function: Function, instance: Instance, signature: Signature, sizes: dict[str, str]) -> list[str]:
    """The call of the user's function, with views made of pointers and sizes."""
    inputs = {argument.name: array for argument, array in zip(signature.arguments, function.arrays, strict=True)}
    results = dict(zip((result.name for result in signature.results), function.results, strict=True))
    returned = signature.results[0].name if instance.returns is not None else None
    # In place, the kernel gets the result, which starts as a copy of the argument.
    passed = [results.get(name, inputs[name]) if name in inputs else sizes[name] for name in signature.order]
    passed += [array for name, array in results.items() if name != returned and name not in inputs]
    arguments = [
        item if isinstance(item, str) else _argument(item, parameter.form, sizes, is_result=item in function.results)
        for item, parameter in zip(passed, instance.parameters, strict=True)
    ]
    store = f"*{results[returned].symbol} = " if returned is not None else ""
    # Inlined here, so that the optimiser sees through the views and the implicit one-hot through the kernel.
    return [
        f"    {line}"
        for line in call(f"[[clang::always_inline]] {store}{instance.function}(", arguments, ");", margin=4)
    ]


def _argument(array: Array, form: str, sizes: dict[str, str], *, is_result: bool) -> str:
    if array.by_value and not is_result:
        return f"&{array.symbol}" if form == "pointer" else array.symbol
    if form in ("value", "reference"):
        return f"*{array.symbol}"
    if form == "pointer":
        return array.symbol
    return f"zymogen::view({', '.join([array.symbol, *_extents(array, sizes)])})"


def _enzyme_call(function: Function, sizes: dict[str, str]) -> Iterator[str]:
    name = "__enzyme_autodiff" if isinstance(function.level, Reverse) else "__enzyme_fwddiff"
    arguments = [
        ", ".join([_MARKER[passed.activity], passed.value, *([passed.shadow] if passed.shadow is not None else [])])
        for passed in function.passed
    ]
    arguments += [f"enzyme_const, {size}" for size in sizes.values()]
    yield f"    {name}<void>(reinterpret_cast<void*>({function.differentiates}),"
    for argument in arguments[:-1]:
        yield f"        {argument},"
    yield f"        {arguments[-1]});"
