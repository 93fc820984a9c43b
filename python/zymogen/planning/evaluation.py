"""The innermost function of a nest: the kernel itself."""

from __future__ import annotations

from zymogen.declaration import Declaration, Instance
from zymogen.planning.function import Array, Function, Preparation
from zymogen.planning.names import Names


def evaluation(declaration: Declaration, instance: Instance, names: Names) -> Function:
    """The kernel itself, with results that it fills in full: what it leaves untouched is zero."""
    signature = declaration.signature
    in_place = {item.name for item in signature.arguments} & {item.name for item in signature.results}
    parameters = iter(instance.parameters)
    inputs: list[Array] = []
    for name in signature.order:
        parameter = next(parameters)
        argument = next((item for item in signature.arguments if item.name == name), None)
        if argument is not None:
            inputs.append(Array(name, parameter.element, argument.dims))
    results, preparations = [], []
    for position, result in enumerate(signature.results):
        returned = position == 0 and instance.returns is not None
        if result.name in in_place:
            source = inputs[[item.name for item in signature.arguments].index(result.name)]
            array = Array(names.fresh(f"{result.name}_new"), source.element, result.dims)
            preparations.append(Preparation(array, source))
        else:
            element = instance.returns if returned and instance.returns else next(parameters).element
            array = Array(result.name, element, result.dims, write_once=returned)
            if not returned:
                preparations.append(Preparation(array))
        results.append(array)
    return Function("evaluate", tuple(inputs), tuple(results), preparations=tuple(preparations))
