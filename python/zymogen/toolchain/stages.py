"""The stages of a build, each one child process: C++ to IR, derivatives in IR, object, shared library."""

from __future__ import annotations

import errno
import itertools
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zymogen.errors import CompileError, ToolchainError, UnsupportedConstructError
from zymogen.resources import include_folder
from zymogen.toolchain.commands import (
    AssemblySyntax,
    assembly_command,
    back_end_command,
    description_command,
    front_end_command,
    optimise_command,
    plain_command,
    precompile_command,
    vector_math_command,
    with_precompiled,
)
from zymogen.toolchain.dependencies import read_dependencies
from zymogen.toolchain.linking import link_command
from zymogen.toolchain.messages.diagnostics import IN_CMAKE, IN_PYTHON, Finding, compiler_finding, linker_finding
from zymogen.toolchain.messages.enzyme_messages import enzyme_finding, without_remarks
from zymogen.toolchain.messages.registrations import Registrations
from zymogen.toolchain.process import ARCHIVE, LOG, Outcome, run
from zymogen.toolchain.remedies.around_enzyme import prepare, restore
from zymogen.toolchain.reproducer import pack_reproducer
from zymogen.toolchain.rules import SORTING, apply_rules, has_rules, rules_of_ours, sorts
from zymogen.toolchain.used_rules import note_of_rules
from zymogen.toolchain.vector_math import SOURCE, calls_vector_math, with_vector_math

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zymogen.toolchain.tools import Options, Toolchain

_TIME_LIMIT = 300.0
_LONGEST = 2e6  # seconds, 23 days: what waits counts milliseconds in an int of C
_READ = 1 << 20


def keep_in_place(log: Path) -> Path:
    """Leave a log where it is."""
    return log


@dataclass(frozen=True)
class Workspace:
    """Where a build works, and how its failures are told.

    `folder` is private to the build; whoever made it removes it. Relative names in a source count from it.
    """

    folder: Path
    call: str = "compile"
    """What the user asked for; the first words of every error."""
    keep_log: Callable[[Path], Path] = keep_in_place
    """Moves a failed stage's log out of `folder` and gives its new place."""
    own_folders: tuple[Path, ...] = ()
    """Further folders of headers that are not the user's: places in them are not shown."""
    root: Path | None = None
    """A folder that stands for the root of the file system in the names of the user's files."""
    arch: str = "native"
    """The processor to compile for, as clang's `-march=` names it."""
    order: int = 0
    """The order of the derivative that is built."""
    precompiled: Path | None = None
    """What `precompile` made for equal options."""
    generated: Path | None = None
    """The source that was written for the build: places in it are not the user's."""
    kernels: Registrations = field(default_factory=dict)
    """The kernels that generated code calls."""
    blocks: bool = False
    """Whether rows are computed side by side, in loops that must become vector code."""
    effort: int | None = None
    """Seconds of the processor's time that each stage may take."""
    expected: tuple[type[CompileError], ...] = ()
    """Errors after which the build goes on in another way: nobody will read their logs.

    An UnsupportedConstructError among them has its log nonetheless: it is an error whichever way the build is made.
    """


def time_limit() -> float:
    """Seconds that one stage may take: ZYMOGEN_BUILD_TIMEOUT, or 300."""
    text = os.environ.get("ZYMOGEN_BUILD_TIMEOUT")
    if text is None:
        return _TIME_LIMIT
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise ToolchainError(
            f"toolchain: ZYMOGEN_BUILD_TIMEOUT is {text!r}. Expected is a number of seconds above 0. "
            "Correct or unset it."
        )
    return min(limit, _LONGEST)


def compile_to_ir(
    toolchain: Toolchain, options: Options, source: Path, result: Path, workspace: Workspace
) -> tuple[Path, ...]:
    """Compile C++ to LLVM IR that Enzyme can work on; a derivative's source with its rules applied, if it has any.

    Returns
    -------
    Every file that was read, the source first, without the toolchain's own headers, for which
    `toolchain.identity` stands.

    Raises
    ------
    CompileError
        If the source is refused; the text quotes the compiler, in the user's file and line.
    """
    dependencies = workspace.folder / f"{result.name}.d"
    command = front_end_command(
        toolchain, options, source, result, dependencies, arch=workspace.arch, blocks=workspace.blocks
    )
    files = _compile(toolchain, command, source, result, dependencies, workspace)
    if workspace.order == 0:
        return files
    listing = result.read_text(encoding="utf-8")
    before = SORTING if sorts(listing) else ""
    behind = rules_of_ours(listing)
    if before or behind:
        source = _between(before, source, behind, workspace)
    elif not has_rules(listing):
        return files
    if before:
        workspace = replace(workspace, precompiled=None)  # it would come first
    plain = workspace.folder / f"{result.name}.plain.ll"
    command = plain_command(
        toolchain,
        options,
        source,
        plain,
        dependencies,
        order=workspace.order,
        arch=workspace.arch,
        blocks=workspace.blocks,
    )
    files = _compile(toolchain, command, source, plain, dependencies, workspace)
    listing = plain.read_text(encoding="utf-8")
    note = note_of_rules(listing, workspace.root)
    plain.write_text(apply_rules(listing, workspace.call, workspace.root) + note, encoding="utf-8")
    command = optimise_command(toolchain, options, plain, result, arch=workspace.arch, blocks=workspace.blocks)
    _generate(command, plain, result, workspace, reading="the code with rules")
    return files


def compile_description(
    toolchain: Toolchain, options: Options, source: Path, result: Path, workspace: Workspace
) -> tuple[Path, ...]:
    """Compile C++ to LLVM IR quickly, for the constants in it alone; otherwise as `compile_to_ir`."""
    dependencies = workspace.folder / f"{result.name}.d"
    command = description_command(toolchain, options, source, result, dependencies, arch=workspace.arch)
    return _compile(toolchain, command, source, result, dependencies, workspace)


def precompile(toolchain: Toolchain, options: Options, result: Path, workspace: Workspace) -> None:
    """Read headers of the C++ library once for all sources that are compiled with equal options."""
    command = precompile_command(toolchain, options, result, arch=workspace.arch)
    outcome, log = _start(command, result, workspace)
    if not outcome.succeeded:
        _check(compiler_finding(workspace.call, outcome, read_log(log), ()), log, workspace, command)


def differentiate(
    toolchain: Toolchain, options: Options, source: Path, result: Path, workspace: Workspace, *, counted: bool = False
) -> None:
    """Let Enzyme replace its calls in `source` by derivatives, and check that it did.

    Parameters
    ----------
    counted : whether loops over containers get counters, see `pointer_loops`. With their numbers known Enzyme copies
        whole arrays, whose type it cannot always deduce when it differentiates that copying once more.

    Raises
    ------
    EnzymeError
        Or one of its kinds, if there is no derivative, or one that would silently be wrong.
    CompileError
        If Enzyme was killed or took too long.
    """
    prepared = workspace.folder / f"{result.name}.prepared.ll"
    text = prepare(source.read_text(encoding="utf-8"), counted=counted)
    prepared.write_text(text + toolchain.enzyme.declarations, encoding="utf-8")
    fast_math = options.math == "fast"
    command = toolchain.enzyme.command(prepared, result, workspace.folder, fast_math=fast_math)
    output = result if command.writes_standard_output else None
    outcome, log = _start(command.line, result, workspace, output)
    own_folders = _own_folders(toolchain, workspace)
    with log.open(encoding="utf-8", errors="replace") as lines:
        messages = without_remarks(lines)
    finding = enzyme_finding(
        workspace.call,
        outcome,
        messages,
        result,
        own_folders,
        text,
        order=workspace.order,
        kernels=workspace.kernels,
    )
    _check(finding, log, workspace, command.line, prepared)
    result.write_text(restore(result.read_text(encoding="utf-8")), encoding="utf-8")


def compile_to_object(toolchain: Toolchain, options: Options, source: Path, result: Path, workspace: Workspace) -> None:
    """Compile LLVM IR, derivatives and all, to an object file."""
    source = _with_vector_math(toolchain, options, source, workspace)
    command = back_end_command(toolchain, options, source, result, arch=workspace.arch, blocks=workspace.blocks)
    _generate(command, source, result, workspace)


def write_assembly(
    toolchain: Toolchain,
    options: Options,
    source: Path,
    result: Path,
    workspace: Workspace,
    *,
    syntax: AssemblySyntax = "intel",
) -> None:
    """Compile LLVM IR to assembly text, the same code as `compile_to_object` makes."""
    source = _with_vector_math(toolchain, options, source, workspace)
    command = assembly_command(
        toolchain, options, source, result, arch=workspace.arch, blocks=workspace.blocks, syntax=syntax
    )
    _generate(command, source, result, workspace)


def link(
    toolchain: Toolchain,
    options: Options,
    objects: Sequence[Path],
    result: Path,
    workspace: Workspace,
    *,
    portable: bool = False,
) -> None:
    """Link objects to a shared library that can be loaded.

    Parameters
    ----------
    portable : whether it is for other machines, as CMake asks for it: without the tables of a debugger, and with the
        shared libraries that are given by path beside it

    Raises
    ------
    CompileError
        If a library is not there, or if a symbol is used that neither the objects nor the user's libraries
        nor the C and C++ libraries define; the text names it, and the line that uses it.
    """
    command = link_command(toolchain, options, objects, result, portable=portable)
    outcome, log = _start(command, result, workspace)
    words = IN_CMAKE if portable else IN_PYTHON
    finding = linker_finding(workspace.call, outcome, read_log(log), result, workspace.kernels, words)
    _check(finding, log, workspace, command)


def _with_vector_math(toolchain: Toolchain, options: Options, source: Path, workspace: Workspace) -> Path:
    """LLVM IR with elementary functions of ours, where the options allow them and there are calls of any."""
    if options.math != "fast":
        return source
    listing = source.read_text(encoding="utf-8")
    if not calls_vector_math(listing):
        return source
    text, functions = workspace.folder / "fast_math.cpp", workspace.folder / "fast_math.ll"
    text.write_text(SOURCE, encoding="utf-8")
    command = vector_math_command(toolchain, include_folder(), text, functions, arch=workspace.arch)
    _generate(command, text, functions, workspace, reading="elementary functions")
    result = workspace.folder / "with_fast_math.ll"
    result.write_text(with_vector_math(listing, functions.read_text(encoding="utf-8")), encoding="utf-8")
    return result


def _between(before: str, source: Path, behind: str, workspace: Workspace) -> Path:
    """Give a source that has headers of ours too, before and behind what it has."""
    result = workspace.folder / "with_rules.cpp"
    result.write_bytes(b'%b\n#include "%b"\n%b\n' % (before.encode(), os.fsencode(source), behind.encode()))
    return result


def _compile(
    toolchain: Toolchain, command: list[str], source: Path, result: Path, dependencies: Path, workspace: Workspace
) -> tuple[Path, ...]:
    if workspace.precompiled is not None:
        outcome, _ = _start(with_precompiled(command, workspace.precompiled), result, workspace)
        if outcome.succeeded:
            return read_dependencies(dependencies, workspace.folder, _header_folders(toolchain))
    # What is wrong is told without precompiled headers, of which no reproducer could be made.
    own_folders = _own_folders(toolchain, workspace)
    outcome, log = _start(command, result, workspace)
    if not outcome.succeeded:
        finding = compiler_finding(workspace.call, outcome, read_log(log), own_folders)
        whole = _preprocessed(command, result, workspace) if finding.blames_the_tool else None
        _check(finding, log, workspace, command, source, whole)
    return read_dependencies(dependencies, workspace.folder, _header_folders(toolchain))


def _generate(
    command: list[str], source: Path, result: Path, workspace: Workspace, *, reading: str = "the code after Enzyme"
) -> None:
    outcome, log = _start(command, result, workspace)
    if not outcome.succeeded:
        finding = compiler_finding(workspace.call, outcome, read_log(log), (), reading=reading, order=workspace.order)
        _check(finding, log, workspace, command, source)


def _preprocessed(command: list[str], result: Path, workspace: Workspace) -> Path | None:
    """The source with all headers in it, as the compiler crashed on it; None if the compiler fails at that as well."""
    whole = workspace.folder / f"{result.name}.ii"
    words = [str(whole) if word == str(result) else word for word in command]
    outcome, _ = _start([*words, "-E"], whole, workspace)
    return whole if outcome.succeeded and whole.is_file() else None


def _start(
    command: Sequence[str], result: Path, workspace: Workspace, output: Path | None = None
) -> tuple[Outcome, Path]:
    log = workspace.folder / f"{result.name}.log"
    outcome = run(
        command, folder=workspace.folder, messages=log, output=output, limit=time_limit(), effort=workspace.effort
    )
    if not outcome.succeeded:
        _refuse_full_disk(read_log(log), command, workspace)
    return outcome, log


def _refuse_full_disk(said: str, command: Sequence[str], workspace: Workspace) -> None:
    """Tools say it in the words of the system, and some abort over it, as they do over code that they cannot treat."""
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in said:
            raise CompileError(
                f"{workspace.call}: {Path(command[0]).name} could not write its result: {os.strerror(number)} at "
                f"{workspace.folder}. Expected is room for some megabytes. Make room there, or set ZYMOGEN_CACHE_DIR "
                "(and TMPDIR) to folders that have it."
            )


def read_log(log: Path) -> str:
    """Read a log's beginning and end, at most a megabyte of each."""
    with log.open("rb") as file:
        beginning = file.read(_READ)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _READ, len(beginning)))
        end = file.read()
    return (beginning + end).decode("utf-8", errors="replace")


def _check(
    finding: Finding | None,
    log: Path,
    workspace: Workspace,
    command: Sequence[str],
    source: Path | None = None,
    preprocessed: Path | None = None,
) -> None:
    if finding is None:
        return
    if issubclass(finding.error, workspace.expected) and not issubclass(finding.error, UnsupportedConstructError):
        raise finding.error(finding.text)
    text = finding.text if workspace.root is None else finding.text.replace(f"{workspace.root}/", "/")
    if finding.blames_the_tool and source is not None and workspace.keep_log is not keep_in_place:
        archive = pack_reproducer(command, source, log, workspace.folder, preprocessed)
        text += f"{ARCHIVE}{workspace.keep_log(archive)}"
    raise finding.error(f"{text}{LOG}{workspace.keep_log(log)}")


def _header_folders(toolchain: Toolchain) -> tuple[Path, ...]:
    """Give the folders of the headers that come with the toolchain."""
    flags = toolchain.clang_flags
    return tuple(
        Path(folder)
        for flag, folder in itertools.pairwise(flags)
        if flag in ("-isystem", "-idirafter", "-internal-isystem")
    )


def _own_folders(toolchain: Toolchain, workspace: Workspace) -> tuple[Path, ...]:
    generated = () if workspace.generated is None else (workspace.generated,)
    return (*_header_folders(toolchain), include_folder(), *workspace.own_folders, *generated)
