"""Command lines, as text: nothing is run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from zymogen.toolchain.commands import (
    assembly_command,
    back_end_command,
    description_command,
    front_end_command,
)
from zymogen.toolchain.enzyme import ClangPlugin, DriverEnzyme, OptPlugin
from zymogen.toolchain.linking import link_command
from zymogen.toolchain.tools import Options, Toolchain

PINNED = Toolchain(
    clang=("/t/zig", "clang"),
    clang_flags=("--no-default-config", "--target=x86_64-linux-gnu", "-isystem", "/t/libcxx"),
    linker=("/t/zig", "ld.lld"),
    linker_inputs=("/t/libm.so", "/t/libc++.a"),
    enzyme=DriverEnzyme(Path("/t/catalyst")),
    identity="pinned",
)
SYSTEM = Toolchain(
    clang=("/usr/bin/clang++",),
    clang_flags=(),
    linker=("/usr/bin/clang++",),
    linker_inputs=(),
    enzyme=OptPlugin(Path("/usr/bin/opt"), Path("/e/LLVMEnzyme-20.so")),
    identity="system",
)
A, B, D = Path("/w/a.cpp"), Path("/w/b.ll"), Path("/w/b.d")


def front(options: Options, arch: str = "native") -> list[str]:
    return front_end_command(PINNED, options, A, B, D, arch=arch)


def test_front_end_leaves_vector_code_to_the_back_end():
    line = front(Options())
    assert {"-O2", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops"} <= set(line)
    assert line[line.index("-mllvm") + 1] == "-opt-disable=memcpyopt"


def test_front_end_writes_ir_with_lines_and_lists_what_it_read():
    line = front(Options())
    assert line[:2] == ["/t/zig", "clang"]
    assert {"-S", "-emit-llvm", "-gline-tables-only", "-fPIC", "-DNDEBUG", "-MD"} <= set(line)
    assert line[line.index("-MF") + 1] == str(D)
    assert line[line.index("-x") + 1 : line.index("-x") + 5] == ["c++", str(A), "-o", str(B)]


def test_tables_of_lines_cannot_be_switched_off():
    line = front(Options(flags=("-g0", "-ggdb0", "-fopenmp-simd")))
    assert "-gline-tables-only" in line
    assert "-fopenmp-simd" in line
    assert not {"-g0", "-ggdb0"}.intersection(line)


def test_user_s_options_are_all_there_and_user_s_folders_come_before_the_toolchain_s():
    options = Options(include=("/u/inc",), define=("N=3", "FAST"), standard="c++20", flags=("-fopenmp-simd",))
    line = front(options)
    assert {"-DN=3", "-DFAST", "-std=c++20", "-fopenmp-simd"} <= set(line)
    assert line.index("/u/inc") < line.index("/t/libcxx")
    assert line[line.index("/u/inc") - 1] == "-I"


def test_relative_include_folders_do_not_depend_on_the_compiler_s_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path / "include") in front(Options(include=("include",)))


def test_strict_math_forbids_contraction_and_reordering():
    line = front(Options(math="strict"))
    assert "-ffp-contract=off" in line
    assert not {"-ffast-math", "-funsafe-math-optimizations"} & set(line)


def test_fast_math_keeps_nan_and_infinity_and_complex_division():
    line = front(Options(math="fast"))
    assert "-funsafe-math-optimizations" in line
    assert not {"-ffast-math", "-ffinite-math-only", "-ffp-contract=off"} & set(line)
    assert "-fcomplex-arithmetic=improved" in line


@pytest.mark.parametrize("arch", ["native", "x86-64-v3"])
def test_processor_is_named_in_every_compilation(arch):
    back = back_end_command(PINNED, Options(), B, Path("/w/b.o"), arch=arch)
    assert f"-march={arch}" in front(Options(), arch)
    assert f"-march={arch}" in back


def test_description_sees_what_the_front_end_sees_and_optimises_nothing():
    options = Options(include=("/u/inc",), define=("N=3",), flags=("-DX",), math="fast")
    line = description_command(PINNED, options, A, B, D)
    assert {"-disable-llvm-passes", "-DN=3", "-DX", "-DNDEBUG", "-march=native"} <= set(line)
    seen = [flag for flag in front(options) if flag.startswith(("-D", "-I", "-std", "-m", "--target", "-fno-math"))]
    assert set(seen) - {"-mllvm"} <= set(line)


def test_back_end_optimises_fully_for_the_same_target():
    line = back_end_command(PINNED, Options(), B, Path("/w/b.o"))
    assert {"-O3", "-fPIC", "-ffunction-sections", "-fdata-sections", "--target=x86_64-linux-gnu"} <= set(line)
    assert line[line.index("-c") :] == ["-c", "-x", "ir", str(B), "-o", "/w/b.o"]
    assert "-isystem" not in line


def test_assembly_is_what_the_back_end_makes_in_either_syntax():
    intel = assembly_command(PINNED, Options(), B, Path("/w/b.s"))
    att = assembly_command(PINNED, Options(), B, Path("/w/b.s"), syntax="att")
    assert "-masm=intel" in intel
    assert "-masm=intel" not in att
    assert "-S" in att
    assert "-O3" in att


def test_raw_linker_keeps_exceptions_working_and_names_undefined_symbols():
    line = link_command(PINNED, Options(), [Path("/w/b.o")], Path("/w/b.so"))
    assert line[:3] == ["/t/zig", "ld.lld", "-shared"]
    assert {"--eh-frame-hdr", "--gc-sections", "--exclude-libs", "--warn-unresolved-symbols"} <= set(line)
    assert line[line.index("/w/b.o") :] == ["/w/b.o", "/t/libm.so", "/t/libc++.a", "-o", "/w/b.so"]


def test_compiler_that_links_gets_the_flags_in_its_own_form_and_none_of_math():
    line = link_command(SYSTEM, Options(math="fast"), [Path("/w/b.o")], Path("/w/b.so"))
    assert line[:2] == ["/usr/bin/clang++", "-shared"]
    assert not [flag for flag in line if "math" in flag]
    assert "--eh-frame-hdr" not in line


def test_user_s_libraries_are_found_when_linking_and_when_running():
    options = Options(libraries=("/u/lib/libmine.so", "openblas"), library_folders=("/v/lib",))
    line = link_command(PINNED, options, [Path("/w/b.o")], Path("/w/b.so"))
    assert line.index("/w/b.o") < line.index("/u/lib/libmine.so") < line.index("/t/libc++.a")
    assert {"-lopenblas", "-L/v/lib", "-rpath=/v/lib", "-rpath=/u/lib"} <= set(line)
    assert {"-Wl,-rpath,/v/lib"} <= set(link_command(SYSTEM, options, [Path("/w/b.o")], Path("/w/b.so")))


def test_a_portable_library_seeks_the_user_s_shared_libraries_beside_itself():
    options = Options(libraries=("/u/lib/libmine.so.1", "/a/libfirst.a", "openblas"))
    for toolchain, run_path in ((PINNED, "-rpath=$ORIGIN"), (SYSTEM, "-Wl,-rpath,$ORIGIN")):
        line = link_command(toolchain, options, [Path("/w/b.o")], Path("/w/b.so"), portable=True)
        assert {"-l:libmine.so.1", "/a/libfirst.a", "-lopenblas"} <= set(line)
        assert [word for word in line if "rpath" in word] == [run_path]
        assert next(word for word in line if word.startswith("-L")) == "-L/u/lib"


def test_a_portable_library_that_takes_all_in_has_no_run_path():
    options = Options(libraries=("/a/libfirst.a", "openblas"))
    line = link_command(PINNED, options, [Path("/w/b.o")], Path("/w/b.so"), portable=True)
    assert "--strip-debug" in line
    assert not [word for word in line if "rpath" in word]


def test_driver_prints_ir_in_its_scratch_folder_and_needs_a_symbol_that_calls_enzyme():
    enzyme = DriverEnzyme(Path("/t/catalyst"))
    command = enzyme.command(B, Path("/w/c.ll"), Path("/w"), fast_math=False)
    assert command.writes_standard_output
    assert command.line[:6] == ("/t/catalyst", "--tool=llc", str(B), "-o", "-", "--workspace=/w")
    assert {"--opt-disable=memcpyopt", "--pass-remarks=enzyme", "--enzyme-fast-math=0"} <= set(command.line)
    assert enzyme.declarations == "declare void @__enzyme_autodiff_present()\n"


def test_opt_loads_the_plugin_and_runs_its_pass():
    enzyme = OptPlugin(Path("/usr/bin/opt"), Path("/e/LLVMEnzyme-20.so"))
    command = enzyme.command(B, Path("/w/c.ll"), Path("/w"), fast_math=True)
    assert command.line == (
        "/usr/bin/opt",
        "-load-pass-plugin=/e/LLVMEnzyme-20.so",
        "-passes=enzyme,default<O2>",
        "--opt-disable=memcpyopt",
        "--enzyme-loop-invariant-cache=0",
        "--pass-remarks=enzyme",
        "--enzyme-fast-math=1",
        "-S",
        str(B),
        "-o",
        "/w/c.ll",
    )
    assert not command.writes_standard_output
    assert not enzyme.declarations


def test_clang_loads_the_plugin_and_reads_ir():
    enzyme = ClangPlugin(Path("/usr/bin/clang++"), Path("/e/ClangEnzyme-20.so"))
    command = enzyme.command(B, Path("/w/c.ll"), Path("/w"), fast_math=False)
    line = list(command.line)
    assert line[:3] == [
        "/usr/bin/clang++",
        "-fplugin=/e/ClangEnzyme-20.so",
        "-fpass-plugin=/e/ClangEnzyme-20.so",
    ]
    assert line[line.index("--enzyme-fast-math=0") - 1] == "-mllvm"
    assert line[line.index("-x") :] == ["-x", "ir", str(B), "-o", "/w/c.ll"]
    assert {"-O2", "-fno-vectorize", "-emit-llvm"} <= set(line)
    assert not command.writes_standard_output
