"""Where the pointers of a listing point to: regions of memory, found by following every value from an entry.

The analysis errs on one side. It knows no order of events and no conditions: a pointer points to everything that
any path could make it point to, so what it says a pointer cannot reach is not reached. (Andersen's analysis, with
constant offsets kept apart; L. O. Andersen, Program Analysis and Specialization for the C Programming Language,
1994, chapter 4.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from zymogen.ir.listing import Function, Instruction, Module, references, split
from zymogen.testing.enzyme_calls import enzyme_arguments
from zymogen.testing.regions import Access, Pointer, Region, shifted
from zymogen.testing.sizes import distance, element_offsets

_Item = TypeVar("_Item")


_TABLES = {0: "operands", 8: "steps", 16: "sizes", 24: "scratches"}  # the fields of zymogen::Rows that are pointers
_ENTRIES = {"operands": "operand", "scratches": "scratch"}
_HEAP = re.compile(
    r"@(malloc|calloc|realloc|aligned_alloc|_Zn[wa]m.*|__cxa_allocate_exception|strdup|zymogen_row_memory|zymogen_cache_memory)$"
)
_RELEASES = ("@_ZN7zymogen9RowMemory7releaseEv", "@zymogen_cache_release")  # of zymogen/row_memory.hpp; like free
_PASSING = ("ptrtoint", "inttoptr", "bitcast", "addrspacecast", "freeze", "add", "or", "and", "trunc", "zext")
_QUIET = re.compile(r"@llvm\.(lifetime|assume|dbg|experimental\.noalias|invariant|donothing|prefetch|stack)")
_COPY = re.compile(r"@(llvm\.mem(cpy|move)\b.*|memcpy|memmove)$")
_SET = re.compile(r"@(llvm\.memset\b.*|memset)$")
_CARRIES = re.compile(r"\bptr\b|\bi64\b|\bi128\b")
_MOST_OFFSETS = 8


class Memory:
    """The result of following all values from one entry."""

    def __init__(self, module: Module, entry: str) -> None:
        self.module = module
        self.reached: dict[str, Function] = {}
        self._values: dict[tuple[str, str], set[Pointer]] = {}
        self._origins: dict[tuple[str, str], set[Region]] = {}
        self._contents: dict[Region, set[tuple[int | None, Pointer]]] = {}
        self._data: dict[Region, set[Region]] = {}
        self._changed = True
        self._reach(entry)
        rows = Region("rows")
        function = module.functions[entry]
        self._point(entry, function.parameters[0], [Pointer(rows, 0)])
        self._point(entry, function.parameters[1], [Pointer(Region("failure"), 0)])
        for offset, kind in _TABLES.items():
            self._contents.setdefault(rows, set()).add((offset, Pointer(Region(kind), 0)))
        while self._changed:
            self._changed = False
            for reached in list(self.reached.values()):
                for instruction in reached.instructions:
                    self._follow(reached, instruction)

    def regions(self, function: str, value: str) -> frozenset[Region]:
        """What a value, `%name` or `@name`, may point to."""
        return frozenset(pointer.region for pointer in self._pointers(function, value))

    def data(self, region: Region) -> frozenset[Region]:
        """The operands and scratch buffers from which numbers in a region may have come."""
        return frozenset(self._data.get(region, ()))

    def accesses(self) -> Iterator[Access]:
        """All loads and stores that can be reached.

        Memory handed to a function of another library counts as stored to, unless its declaration says that it is
        only read.
        """
        for function in self.reached.values():
            for instruction in function.instructions:
                for pointer, stores in self._touched(instruction):
                    yield Access(function, instruction, stores, self.regions(function.name, pointer))

    def allocations(self) -> Iterator[tuple[Function, Instruction, Region]]:
        """All instructions that allocate memory, on the stack or on the heap."""
        for function in self.reached.values():
            for instruction in function.instructions:
                kind = _allocates(instruction)
                if kind:
                    yield function, instruction, Region(kind, instruction.result, function=function.name)

    def _touched(self, instruction: Instruction) -> Iterator[tuple[str, bool]]:
        match instruction.opcode:
            case "load":
                yield split(instruction.body)[1], False
            case "store":
                yield split(instruction.body)[1], True
            case "atomicrmw" | "cmpxchg":
                yield split(instruction.body)[0], True
            case "call" | "invoke":
                yield from self._touched_by_call(instruction)

    def _touched_by_call(self, instruction: Instruction) -> Iterator[tuple[str, bool]]:
        callee, arguments = instruction.callee, instruction.arguments
        if _SET.match(callee) or _COPY.match(callee):
            yield arguments[0], True
            if _COPY.match(callee):
                yield arguments[1], False
        elif self._is_foreign(callee) and "enzyme_" not in callee:
            declaration = self.module.declarations.get(callee[1:], "")
            for argument in arguments:
                if argument.startswith("ptr"):
                    yield argument, not _only_reads(argument, instruction.text, declaration)

    def _is_foreign(self, callee: str) -> bool:
        return callee.startswith("@") and callee[1:] not in self.module.functions and not _QUIET.match(callee)

    def _follow(self, function: Function, instruction: Instruction) -> None:
        name, body = function.name, instruction.body
        match instruction.opcode:
            case "alloca":
                self._point(name, instruction.result, [Pointer(Region("stack", instruction.result, function=name), 0)])
            case "load":
                self._load(name, instruction)
            case "store":
                value, place = split(body)[:2]
                self._store(name, value.removeprefix("store").strip(), place)
            case "getelementptr":
                self._step(name, instruction)
            case "call" | "invoke":
                self._call(name, instruction)
            case "insertvalue":
                self._insert(name, instruction)
            case "extractvalue":
                self._extract(name, instruction)
            case "ret":
                self._define_result(name, body.removeprefix("ret"))
            case _:
                if instruction.result:
                    self._compute(name, instruction)

    def _compute(self, name: str, instruction: Instruction) -> None:
        """Instructions that touch no memory."""
        body = instruction.body
        match instruction.opcode:
            case "phi":
                values = [split(part[1:-1])[0] for part in _phi_parts(body)]
                self._define(name, instruction, self._union(name, values), *values)
            case "select":
                self._define(name, instruction, self._union(name, split(body)[1:]), *split(body)[1:])
            case "landingpad":
                caught = Pointer(Region("outside", "an exception"), path=(0,))
                self._define(name, instruction, [caught])
            case "sub":
                left, right = split(body)[:2]
                # The distance of two pointers is no pointer.
                distance = bool(self._pointers(name, right))
                self._define(name, instruction, [] if distance else self._anywhere(name, [left]), left, right)
            case opcode if opcode in _PASSING:
                parts = split(body)
                same = opcode in ("ptrtoint", "inttoptr", "bitcast", "addrspacecast", "freeze")
                found = self._union(name, parts) if same else self._anywhere(name, parts)
                self._define(name, instruction, found, *parts)
            case _:
                self._define(name, instruction, [], *split(body))

    def _load(self, name: str, instruction: Instruction) -> None:
        type_text, place = split(instruction.body)[:2]
        type_text = type_text.removeprefix("load").replace("volatile", "").replace("atomic", "").strip()
        found: list[Pointer] = []
        origins: set[Region] = set()
        for pointer in self._pointers(name, place):
            origins |= self._stored_data(pointer.region)
            if _CARRIES.search(type_text):
                for offset, path in element_offsets(type_text):
                    place_offset = None if pointer.offset is None or offset is None else pointer.offset + offset
                    found += [Pointer(p.region, p.offset, path) for p in self._stored(pointer.region, place_offset)]
        self._define(name, instruction, found)
        self._come_from(name, instruction.result, origins)

    def _stored(self, region: Region, offset: int | None) -> Iterable[Pointer]:
        if region.kind in _ENTRIES:
            number = -1 if offset is None else offset // 8
            return [Pointer(Region(_ENTRIES[region.kind], number=number))]
        if region.kind == "global":
            initial = self.module.globals.get(region.name, "")
            if not initial.startswith("external "):
                return self._constants(initial)
            # Such as stderr: another library's, which points to memory of its own, or to what was stored there.
            return [Pointer(Region("outside", region.name)), *(p for _, p in self._contents.get(region, ()))]
        if region.kind == "outside":
            return [Pointer(region)]
        stored = self._contents.get(region, set())
        return [pointer for place, pointer in stored if offset is None or place is None or place == offset]

    def _stored_data(self, region: Region) -> set[Region]:
        return {region} if region.kind in ("operand", "scratch") else self._data.get(region, set())

    def _store(self, name: str, value: str, place: str) -> None:
        pointers = list(self._pointers(name, value))
        origins = self._origins_of(name, value)
        offsets = {path: offset for offset, path in element_offsets(value)}
        for target in self._pointers(name, place):
            self._add(self._data.setdefault(target.region, set()), origins)
            added = set()
            for pointer in pointers:
                offset = offsets.get(pointer.path)
                there = None if target.offset is None or offset is None else target.offset + offset
                added.add((there, Pointer(pointer.region, pointer.offset)))
            self._add(self._contents.setdefault(target.region, set()), added)

    def _step(self, name: str, instruction: Instruction) -> None:
        head, base, *indices = split(instruction.body)
        moved_by = distance(head.split()[-1] if "[" not in head and "{" not in head else "", indices)
        moved = [
            Pointer(p.region, None if p.offset is None or moved_by is None else p.offset + moved_by, p.path)
            for p in self._pointers(name, base)
        ]
        self._define(name, instruction, moved)

    def _extract(self, name: str, instruction: Instruction) -> None:
        whole, *path_parts = split(instruction.body)
        path = tuple(int(part) for part in path_parts)
        inner = [p for p in self._pointers(name, whole) if p.path[: len(path)] == path]
        moved = [Pointer(p.region, p.offset, p.path[len(path) :]) for p in inner]
        self._define(name, instruction, moved, whole)

    def _insert(self, name: str, instruction: Instruction) -> None:
        whole, part, *path_parts = split(instruction.body)
        path = tuple(int(index) for index in path_parts)
        kept = [p for p in self._pointers(name, whole) if p.path[: len(path)] != path]
        new = [Pointer(p.region, p.offset, path + p.path) for p in self._pointers(name, part)]
        self._define(name, instruction, [*kept, *new], whole, part)

    def _call(self, name: str, instruction: Instruction) -> None:
        callee, arguments = instruction.callee, instruction.arguments
        kind = _allocates(instruction)
        if kind:
            self._point(name, instruction.result, [Pointer(Region(kind, instruction.result, function=name), 0)])
            if callee == "@realloc":
                self._copy(name, f"%{instruction.result}", arguments[0])
        elif callee in _RELEASES:
            return
        elif _COPY.match(callee):
            self._copy(name, arguments[0], arguments[1])
            self._define(name, instruction, self._pointers(name, arguments[0]))
        elif "__enzyme_autodiff" in callee or "__enzyme_fwddiff" in callee:
            passed = [value for _, value, _ in enzyme_arguments(self.module, name, instruction)]
            for target in references(arguments[0]):
                self._bind(name, target[1:], passed)
        elif callee.startswith("@") and callee[1:] in self.module.functions:
            self._bind(name, callee[1:], arguments)
            self._take_result(name, instruction, callee[1:])
        elif callee.startswith("%"):
            for region in self.regions(name, callee):
                if region.kind == "function" and region.name in self.module.functions:
                    self._bind(name, region.name, arguments)
                    self._take_result(name, instruction, region.name)
                else:
                    self._call_foreign(name, instruction)
        elif not _QUIET.match(callee) or "invariant.group" in callee:
            self._call_foreign(name, instruction)

    def _call_foreign(self, name: str, instruction: Instruction) -> None:
        """A function of another library: what it returns may point to what it was given, or elsewhere."""
        if not instruction.result:
            return
        head = instruction.body.partition(instruction.callee)[0]
        found: list[Pointer] = []
        if re.search(r"\bptr\b", head):
            found = self._anywhere(name, [part for part in instruction.arguments if part.startswith("ptr")])
            if "llvm." not in instruction.callee:
                found.append(Pointer(Region("outside", instruction.callee)))
        self._define(name, instruction, found, *instruction.arguments)
        behind = [self._stored_data(region) for part in instruction.arguments for region in self.regions(name, part)]
        self._come_from(name, instruction.result, set().union(*behind))

    def _copy(self, name: str, to: str, source: str) -> None:
        for start in self._pointers(name, source):
            for target in self._pointers(name, to):
                self._add(self._data.setdefault(target.region, set()), self._stored_data(start.region))
                moved = {
                    (shifted(place, start.offset, target.offset), pointer)
                    for place, pointer in self._contents.get(start.region, set())
                }
                self._add(self._contents.setdefault(target.region, set()), moved)

    def _bind(self, caller: str, callee: str, arguments: Iterable[str]) -> None:
        function = self._reach(callee)
        for parameter, argument in zip(function.parameters, arguments, strict=False):
            self._point(callee, parameter, self._pointers(caller, argument))
            self._come_from(callee, parameter, self._origins_of(caller, argument))

    def _take_result(self, name: str, instruction: Instruction, callee: str) -> None:
        if instruction.result:
            self._point(name, instruction.result, self._values.get((callee, "<result>"), ()))
            self._come_from(name, instruction.result, self._origins.get((callee, "<result>"), set()))

    def _define_result(self, name: str, text: str) -> None:
        self._point(name, "<result>", self._pointers(name, text))
        self._come_from(name, "<result>", self._origins_of(name, text))

    def _define(self, name: str, instruction: Instruction, found: Iterable[Pointer], *sources: str) -> None:
        self._point(name, instruction.result, found)
        for source in sources:
            self._come_from(name, instruction.result, self._origins_of(name, source))

    def _reach(self, name: str) -> Function:
        if name not in self.reached:
            self.reached[name] = self.module.functions[name]
            self._changed = True
        return self.reached[name]

    def _union(self, name: str, texts: Iterable[str]) -> list[Pointer]:
        return [pointer for text in texts for pointer in self._pointers(name, text)]

    def _anywhere(self, name: str, texts: Iterable[str]) -> list[Pointer]:
        return [Pointer(pointer.region, None, pointer.path) for pointer in self._union(name, texts)]

    def _pointers(self, name: str, text: str) -> Iterable[Pointer]:
        if text.startswith("%") and (name, text[1:]) in self._values:
            return tuple(self._values[name, text[1:]])
        found: set[Pointer] = set()
        for reference in references(text):
            if reference.startswith("%"):
                found |= self._values.get((name, reference[1:]), set())
        return tuple(found) + tuple(self._constants(text))

    def _constants(self, text: str) -> Iterable[Pointer]:
        """Functions and global variables that a piece of text names."""
        exact = 0 if "getelementptr" not in text else None
        for reference in references(text):
            if reference.startswith("@"):
                kind = "function" if self._is_function(reference[1:]) else "global"
                yield Pointer(Region(kind, reference[1:]), exact)

    def _is_function(self, name: str) -> bool:
        return name in self.module.functions or name in self.module.declarations

    def _origins_of(self, name: str, text: str) -> set[Region]:
        found: set[Region] = set()
        for reference in references(text):
            found |= self._origins.get((name, reference[1:]), set())
        return found

    def _point(self, name: str, value: str, found: Iterable[Pointer]) -> None:
        if not value:
            return
        known = self._values.setdefault((name, value), set())
        for pointer in found:
            if Pointer(pointer.region, None, pointer.path) in known or pointer in known:
                continue
            alike = [p for p in known if p.region == pointer.region and p.path == pointer.path]
            if pointer.offset is None or len(alike) >= _MOST_OFFSETS:
                known.difference_update(alike)
                known.add(Pointer(pointer.region, None, pointer.path))
            else:
                known.add(pointer)
            self._changed = True

    def _come_from(self, name: str, value: str, origins: set[Region]) -> None:
        if value:
            self._add(self._origins.setdefault((name, value), set()), origins)

    def _add(self, known: set[_Item], found: Iterable[_Item]) -> None:
        before = len(known)
        known.update(found)
        self._changed = self._changed or len(known) > before


def _allocates(instruction: Instruction) -> str:
    if instruction.opcode == "alloca":
        return "stack"
    return "heap" if _HEAP.match(instruction.callee) else ""


def _only_reads(argument: str, call: str, declaration: str) -> bool:
    return any(word in argument or word in declaration for word in ("readonly", "readnone")) or "memory(read)" in call


def _phi_parts(body: str) -> list[str]:
    return re.findall(r"\[ [^\[\]]* \]", body)
