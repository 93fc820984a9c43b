"""Kernels and their derivatives: callables around real NumPy generalized ufuncs, built at their first call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zymogen import _core
from zymogen.build import builds
from zymogen.build.artifact import AFTER, BEFORE, SOURCE, Artifact, StoredArtifact, Variant
from zymogen.build.source import Unit
from zymogen.declaration import Declaration
from zymogen.errors import ArgumentError, EnzymeError
from zymogen.planning.function import SeedKind
from zymogen.planning.plan import Operand, Plan
from zymogen.planning.request import Level, Request
from zymogen.runtime.call_signature import CallSignature
from zymogen.runtime.checks.gate import first_use
from zymogen.runtime.checks.policy import policy
from zymogen.runtime.lazy import lazy
from zymogen.runtime.refusal import refuse_masked, refuse_shared_results, refuse_truth_values
from zymogen.runtime.specialization import specialized_name, with_fixed, with_sizes
from zymogen.runtime.structure import Structure, flat, is_flat
from zymogen.runtime.ufunc import Bound, Chosen, gufunc_signature, list_sizes, make_ufunc, visible

if TYPE_CHECKING:
    from zymogen.runtime.checks.first_use import FirstUse

# What this process has built or found already, by what it was made from.
_artifacts: dict[tuple[Unit, tuple[Plan, ...]], Artifact] = {}

_MOST = 64
"""NumPy's NPY_MAXARGS and NPY_MAXDIMS: the arrays of a ufunc, and the core dimensions of its results together."""


@dataclass(frozen=True)
class Derived:
    """What makes a derivative of its kernel: levels, fixed components, how results are nested, and its name."""

    request: Request
    bound: Bound
    structure: Structure
    name: str
    fixed: tuple[int | None, ...] | None = None
    """Of a specialised kernel or derivative, the component of each index that is built in, see `Plan.components`."""


class Kernel(_core.DirectCallable):
    """A C++ function as a NumPy generalized ufunc.

    Called with arrays, it broadcasts over leading dimensions and takes `out=`, `axes=` and the other keywords of
    a generalized ufunc. It is compiled at its first call, or by `build()`.
    """

    by_rows = True
    """Whether each row of a batch has results of its own."""

    _kind = "kernel"

    __signature__ = CallSignature()

    def __init__(self, unit: Unit, declaration: Declaration, derived: Derived | None = None) -> None:
        self._unit = unit
        self._declaration = declaration
        results = len(declaration.signature.results)
        self._derived = derived or Derived(Request(), (), flat(results), declaration.name)
        count = len(self._plans(Variant())[0].outputs)
        self.__name__ = self._derived.name
        operands = self.operands
        self._alone = len(operands) + 1
        """So many arguments may be given with one array for a result among them."""
        index_ranks = [len(operand.dims) if operand.role == "index" else -1 for operand in operands]
        self._indices = tuple(position for position, rank in enumerate(index_ranks) if rank >= 0)
        structure = self._derived.structure
        super().__init__(index_ranks, None if is_flat(structure, count) else structure)

    def _call_with_care(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The flat results of a call that the base class does not make: something is to be looked at, or compared."""
        check = self._examined(args, kwargs)
        failure = None
        try:
            results = self.ufunc(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  `recover` raises it again, or a better one
            failure = error
        if failure is not None:
            results = self._recover(failure, args, kwargs)
        elif self.settled is policy.settled:
            self._direct = self.ufunc  # from now on the base class may call it
        if check is not None:
            check.finish(results)
        return results

    def _recover(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The flat results after all, or an exception that says more than the ufunc's."""
        from zymogen.runtime.recovery import recover

        return recover(self, args, kwargs, error)

    def _examined(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> FirstUse | None:
        """Refuse what NumPy would take in another way than it is meant, and see whether there is something to check."""
        refuse_masked(self, args)
        for position in self._indices:
            if position < len(args) and type(args[position]) is not int:
                refuse_truth_values(self, position, args[position])
        if type(kwargs.get("out")) is tuple or len(args) > self._alone:
            refuse_shared_results(self, args, kwargs)
        return None if self.settled is policy.settled else first_use(self, args, kwargs)

    def __repr__(self) -> str:
        return f"<{self._kind} {self}>"

    def __str__(self) -> str:
        inputs = ", ".join(str(operand.array) if operand.role == "input" else operand.name for operand in self.operands)
        results = ", ".join(str(operand.array) for operand in self.plan.outputs)
        return f"{self.__name__}: {inputs} -> {results}"

    def __reduce__(self) -> tuple[type[Kernel], tuple[Unit, Declaration, Derived]]:
        return type(self), (self._unit, self._declaration, self._derived)

    @property
    def name(self) -> str:
        """What it is called in messages: the kernel's name, or the operators that were applied to it."""
        return self._derived.name

    @property
    def signature(self) -> str:
        """The kernel's signature as it was registered; of a derivative, the generalized ufunc's."""
        return self._declaration.signature.text if not self.request.levels else self.ufunc_signature

    @property
    def ufunc_signature(self) -> str:
        """The generalized ufunc's signature, such as `(n),(n)->()`."""
        return gufunc_signature(self.plan, self._derived.bound)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the arguments, in the order of a call."""
        return tuple(operand.name for operand in self.operands)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The arguments of a call; indices that are fixed are not among them."""
        return tuple(
            operand for operand in visible(self.plan.operands, self._derived.bound) if operand.role != "output"
        )

    @property
    def request(self) -> Request:
        return self._derived.request

    @property
    def structure(self) -> Structure:
        return self._derived.structure

    @property
    def bound(self) -> Bound:
        return self._derived.bound

    @property
    def unit(self) -> Unit:
        """Its source, and how that is compiled."""
        return self._unit

    def plans_of(self, variant: Variant) -> tuple[Plan, ...]:
        """The plans of all loops, written in this way."""
        return self._plans(variant)

    @lazy
    def plans(self) -> tuple[Plan, ...]:
        """The plans of all loops, one for each choice of element types."""
        return self._plans(Variant())

    @lazy
    def plan(self) -> Plan:
        """The plan of the first loop; those of other element types differ in nothing else."""
        return self._plans(Variant())[0]

    @lazy
    def ufunc(self) -> np.ufunc:
        """The generalized ufunc itself, compiled if it is not yet."""
        self._refuse_more_than_numpy_allows()
        recipe, watched = self.__reduce__(), self._derived.fixed is None
        return make_ufunc(self.name, str(self), self.built_plans, self.bound, self._artifact, recipe, watched=watched)

    def _refuse_more_than_numpy_allows(self) -> None:
        inputs, outputs = len(self.operands), len(self.plan.outputs)
        dims = sum(len(operand.dims) for operand in self.plan.outputs)
        if max(inputs + outputs, dims) > _MOST:
            raise ArgumentError(
                f"{self.name}: it has {inputs} arguments, and {outputs} results with {dims} dimensions together. A "
                f"NumPy function has at most {_MOST} arguments and results, and {_MOST} dimensions of results. Name "
                "fewer arguments, and ask for other blocks by themselves: one of a Hessian is zg.jacobian of zg.grad. "
                "Or give the kernel one array instead of many."
            )

    @property
    def built_plans(self) -> tuple[Plan, ...]:
        """The plans of all loops, as they were built."""
        return self._plans(self._artifact.facts.variant)

    @property
    def activity(self) -> dict[str, str]:
        """For every argument, `Duplicated` where it is differentiated and `Const` where it is not."""
        return self.plan.activity

    @property
    def passes(self) -> int | str:
        """How many times derivative code runs through the kernel for one row: a number, or a formula in the sizes."""
        formula = self._shown_plan.passes
        return int(formula) if formula.isdigit() else formula

    def count_passes(self, **sizes: int) -> int:
        """The number of `passes` for arrays of these sizes, by the names of dimensions."""
        plan = self._shown_plan
        try:
            return plan.count_passes({**sizes, **list_sizes(plan.operands, self.bound)})
        except KeyError as missing:
            raise ArgumentError(
                f"count_passes: the size {missing} is missing, and {self.name} takes {plan.passes} passes. Give all "
                "sizes by name."
            ) from None

    @property
    def seed(self) -> SeedKind | None:
        """How a one-hot tangent is made: `implicit` (no array) or `dense`; None where there is none."""
        return self.artifact.facts.variant.seed if self.plan.has_one_hot else None

    @property
    def location(self) -> Path:
        """The folder that holds the build: of the cache, or of the extension module.

        Derivatives that differ in bound components share one; so do those with lists of rows or columns of which
        a pass takes the same number.
        """
        return self.artifact.library.parent

    @property
    def finished(self) -> Artifact | None:
        """The build where there is one already, in this process or in the cache; nothing is compiled."""
        known = _artifacts.get((self._unit, self._plans(Variant())))
        if known is None or not known.library.exists():  # the cache may have been cleared meanwhile
            try:
                return builds.find(self._plans, self._unit)
            except EnzymeError:
                return None
        return known

    @property
    def artifact(self) -> Artifact:
        """The build that the ufunc calls, made now if there is none."""
        _ = self.ufunc
        return self._artifact

    def build(self) -> Kernel:
        """Compile now all that calls may need, or find it in the cache; gives the kernel itself."""
        _ = self.artifact
        return self

    @property
    def ways(self) -> tuple[Kernel, ...]:
        """What a call may run: itself, but for derivatives that are computed in one of several ways."""
        return (self,)

    def source(self) -> str:
        """The C++ text that was generated and compiled."""
        return self._readable.text(SOURCE)

    def ir(self, stage: str = "after") -> str:
        """LLVM IR, `before` or `after` Enzyme."""
        names = {"before": BEFORE, "after": AFTER}
        if stage not in names:
            raise ArgumentError(f"ir: there is no stage {stage!r}. Expected is 'before' or 'after' (Enzyme).")
        return self._readable.text(names[stage])

    def assembly(self) -> str:
        """Assembly of the compiled code; needs the toolchain."""
        return builds.write_assembly(self._readable, self._unit, self.name)

    def derive(self, level: Level, structure: Structure, name: str, chosen: Chosen = None) -> Derivative:
        """The kernel with one more level.

        Parameters
        ----------
        chosen : for a level along one component of an array, the component that it is fixed to, or None for an
            argument of the call; for a level with a list of components, that list
        """
        request = self.request.then(level)
        plan = Plan(self._declaration, self._declaration.instances[0], request)
        bound = self.bound
        if sum(operand.role in ("index", "list") for operand in plan.operands) > len(bound):
            bound = (*bound, chosen)
        derived = Derived(request, bound, structure, name)
        if self._derived.fixed is not None:
            derived = with_fixed(self._declaration, derived)
        return Derivative(self._unit, self._declaration, derived)

    def restructured(self, structure: Structure) -> Derivative:
        """The same with its results nested in another way."""
        return Derivative(self._unit, self._declaration, replace(self._derived, structure=structure))

    def specialize(self, **sizes: int) -> Kernel:
        """The same for arrays of one size, built so that rows of a batch are computed several at a time.

        Parameters
        ----------
        **sizes : a number for each dimension that has a name; none for a kernel whose dimensions are all numbers

        Returns
        -------
        Kernel or Derivative that takes arrays of these sizes alone. Loops over them are written out, components that
        are bound become constants, and eight rows of doubles (sixteen of floats) go through one instruction, where
        the kernel allows that. Derivatives of it are of the same kind. The build takes longer; numbers may differ
        from those of the kernel that it is made of by rounding.

        Raises
        ------
        ArgumentError
            If a dimension has no size, there is no such dimension, or a size is no positive integer.
        """
        declaration = with_sizes(self._declaration, sizes, self.name)
        derived = replace(self._derived, name=specialized_name(self.name, sizes))
        return type(self)(self._unit, declaration, with_fixed(declaration, derived))

    @lazy
    def opened(self) -> Kernel:
        """The same with every component an argument of the call, even where it is bound; lists stay as they are.

        It has the build of this one. Where that has components built in, its ufunc knows no others, and calls are
        refused.
        """
        chosen = (operand for operand in self.plan.operands if operand.role in ("index", "list"))
        bound = tuple(
            None if operand.role == "index" else choice for operand, choice in zip(chosen, self.bound, strict=True)
        )
        derived = replace(self._derived, bound=bound, structure=flat(len(self.plan.outputs)))
        built_in = any(component is not None for component in self._derived.fixed or ())
        return (_BuiltIn if built_in else Derivative)(self._unit, self._declaration, derived)

    @property
    def plain(self) -> Kernel:
        """What is differentiated, in a build of its own."""
        return Kernel(self._unit, self._declaration)

    @lazy
    def below(self) -> tuple[Kernel, ...]:
        """For each level that differentiates, from the innermost on: what it differentiates, from the same build."""
        found = []
        for number, first in enumerate(self.built_plans[0].below):
            plans = [plan.below[number] for plan in self.built_plans]
            bound = self.bound[: sum(operand.role in ("index", "list") for operand in first.operands)]
            name = f"level {number} of {self.name}" if number else self._declaration.name
            made = Kernel(self._unit, self._declaration, Derived(first.request, bound, flat(len(first.outputs)), name))
            made.__dict__["ufunc"] = make_ufunc(name, str(made), plans, bound, self._artifact, None, below=number)
            found.append(made)
        return tuple(found)

    @property
    def _shown_plan(self) -> Plan:
        """The plan as it was built, or will be unless Enzyme cannot do it."""
        finished = self.finished
        return self.plan if finished is None else self._plans(finished.facts.variant)[0]

    def _plans(self, variant: Variant) -> tuple[Plan, ...]:
        declaration, fixed = self._declaration, self._derived.fixed
        specialised, components = fixed is not None, fixed or ()
        return tuple(
            Plan(
                declaration,
                instance,
                self.request,
                variant.seed,
                variant.wide,
                specialised,
                components,
                variant.blocks,
            )
            for instance in declaration.instances
        )

    @property
    def _artifact(self) -> Artifact:
        key = (self._unit, self._plans(Variant()))
        known = _artifacts.get(key)
        if known is None or not known.library.exists():  # the cache may have been cleared meanwhile
            known = _artifacts[key] = builds.make(self._plans, self._unit, self.name)
        return known

    @property
    def _readable(self) -> StoredArtifact:
        """The build with its texts. Extension modules have none: it is built once more to read it."""
        artifact = self.artifact
        if isinstance(artifact, StoredArtifact):
            return artifact
        return builds.make_in_store(self._plans, self._unit, self.name)


class Derivative(Kernel):
    """A derivative of a kernel; itself a kernel, so that operators apply to it again."""

    _kind = "derivative"


class _BuiltIn(Derivative):
    """What has arguments for components of which only those that are built in would be right."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise ArgumentError(
            f"{self.name}: its components are built in, and a call cannot choose others. Call it without `opened`, or "
            "specialize the derivative whose components are arguments: zg.partial(f, 'x').specialize(...)."
        )
