"""The C++ functions of a plan: the kernel, and one function for each level around the one below."""

from __future__ import annotations

from collections.abc import Iterator

from zymogen.codegen.meaning import meaning
from zymogen.codegen.sweeps import sweep_body
from zymogen.codegen.wrapping import call, listed
from zymogen.declaration import Instance
from zymogen.planning.function import Array, Component, Function, Input, Listing, Local, Preparation, Seed
from zymogen.planning.names import size_symbols
from zymogen.planning.plan import Plan
from zymogen.planning.request import Reverse, Select
from zymogen.planning.sweep import Sweep, extent, product
from zymogen.signature import Signature

_MARKER = {"Const": "enzyme_const", "Duplicated": "enzyme_dup", "DuplicatedNoNeed": "enzyme_dupnoneed"}

_KERNEL = "the kernel; what it does not write is zero"


def functions(plan: Plan) -> Iterator[str]:
    """The text of every function, innermost first: those of the plan, and of the plans below it."""
    sizes = size_symbols(plan.declaration.signature)
    seen: set[str] = set()
    for nest in (plan.functions, *(below.functions for below in plan.below)):
        inner: Function | None = None
        for function in nest:
            if function.name not in seen:
                comments = [_KERNEL] if inner is None else meaning(function, inner)
                yield "\n".join([*(f"/// {comment}" for comment in comments), *_function(function, plan, sizes)])
            seen.add(function.name)
            inner = function


def _function(function: Function, plan: Plan, sizes: dict[str, str]) -> Iterator[str]:
    yield from call(f"static void {function.name}(", _parameters(function, sizes), ") {")
    for local in function.locals:
        yield f"    {_local(local)}"
    for preparation in function.preparations:
        yield from (f"    {line};" for line in _preparation(preparation, sizes))
    if function.loops is not None:
        yield from sweep_body(function, sizes)
    elif function.level is None:
        yield from _kernel_call(function, plan.instance, plan.declaration.signature, sizes)
    elif isinstance(function.level, Select):
        yield from _selection(function, sizes)
    else:
        yield from _enzyme_call(function, sizes)
    yield "}"


def _parameters(function: Function, sizes: dict[str, str]) -> list[str]:
    return [
        *(_parameter(item, is_written=function.loops is not None) for item in function.inputs),
        *(f"{array.element}* __restrict {array.symbol}" for array in (*function.results, *function.scratch)),
        *(f"std::size_t {size}" for size in sizes.values()),
    ]


def _parameter(item: Input, *, is_written: bool) -> str:
    match item:
        case Component(lanes=1):
            return f"std::size_t {item.symbol}"
        case Component():
            return f"const std::size_t* __restrict {item.symbol}"
        case Listing():
            return f"const std::int64_t* __restrict {item.symbol}, std::size_t {item.count}"
        case Seed(array=array):
            return f"{'' if is_written else 'const '}{array.element}* __restrict {array.symbol}"
        case Array(by_value=True):
            return f"{item.element} {item.symbol}"
        case Array():
            return f"const {item.element}* __restrict {item.symbol}"


def _local(local: Local) -> str:
    return f"{local.array.element} {local.array.symbol} = {local.initial};"


def _preparation(preparation: Preparation, sizes: dict[str, str]) -> Iterator[str]:
    array, origin = preparation.array, preparation.source
    if array.is_number:
        value = "0" if origin is None else origin.symbol if origin.by_value else f"*{origin.symbol}"
        yield f"*{array.symbol} = {value}"
    elif origin is not None:
        yield f"zymogen::copy({array.symbol}, {origin.symbol}, {extent(array, sizes)})"
    else:
        count = extent(array, sizes)
        yield f"zymogen::clear({array.symbol}, {product([count, str(array.lanes)])})"
        if preparation.one is not None:
            yield _ones(preparation.one, array, count)


def _ones(sweep: Sweep, array: Array, count: str) -> str:
    """The cotangents of a step: 1 at the component of each lane; lanes beyond the last component have none."""
    index, lanes = sweep.component.symbol, str(sweep.lanes)
    if sweep.lanes == 1:
        return f"{array.symbol}[{index}] = 1"
    if sweep.listing is not None:
        return f"zymogen::set_listed_seeds({array.symbol}, {count}, {index}, {lanes}, {array.element}(1))"
    inside = f"zymogen::lanes_of({index}, {lanes}, 0, {count})"
    return f"zymogen::set_seeds({array.symbol}, {count}, {index}, {inside}, {array.element}(1))"


def _kernel_call(function: Function, instance: Instance, signature: Signature, sizes: dict[str, str]) -> list[str]:
    """The call of the user's function, with views made of pointers and sizes."""
    inputs = {argument.name: array for argument, array in zip(signature.arguments, function.arrays, strict=True)}
    results = dict(zip((result.name for result in signature.results), function.results, strict=True))
    returned = signature.results[0].name if instance.returns is not None else None
    # In place, the kernel gets the result, which starts as a copy of the argument.
    numbers = {**sizes, **dict(signature.known)}
    passed = [results.get(name, inputs[name]) if name in inputs else numbers[name] for name in signature.order]
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
    return f"zymogen::view({', '.join([array.symbol, *(sizes.get(dim, dim) for dim in array.dims)])})"


def _selection(function: Function, sizes: dict[str, str]) -> Iterator[str]:
    """A call as it is, of which some results are kept."""
    values = [passed.value for passed in function.passed]
    yield from (f"    {line}" for line in call(f"{function.calls}(", [*values, *sizes.values()], ");", margin=4))
    if function.picks is not None:
        picks = function.picks
        source = f"&{picks.source.symbol}" if picks.source.is_number else picks.source.symbol
        arguments = [picks.result.symbol, source, picks.listing.symbol, picks.listing.count]
        if picks.source.lanes > 1:
            arguments += [str(picks.source.lanes), extent(picks.source, sizes)]
        yield from (f"    {line}" for line in call("zymogen::pick(", arguments, ");", margin=4))


def _enzyme_call(function: Function, sizes: dict[str, str]) -> Iterator[str]:
    name = "__enzyme_autodiff" if isinstance(function.level, Reverse) else "__enzyme_fwddiff"
    arguments = [["enzyme_width", str(function.lanes)]] if function.lanes > 1 else []
    arguments += [[_MARKER[passed.activity], passed.value, *passed.shadows] for passed in function.passed]
    arguments += [["enzyme_const", size] for size in sizes.values()]
    yield f"    {name}<void>(reinterpret_cast<void*>({function.calls}),"
    for number, argument in enumerate(arguments, start=1):
        end = "," if number < len(arguments) else ");"
        first, *others = listed(argument, end, margin=12)
        yield f"        {first}"
        yield from (f"            {line}" for line in others)
