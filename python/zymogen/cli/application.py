"""Commands and their options; what they do is elsewhere."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from zymogen.cli.amounts import duration, readable_size, size

application = typer.Typer(
    help="Derivatives of C++ kernels as NumPy ufuncs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
toolchain = typer.Typer(help="The compilers: install them, show them.", no_args_is_help=True)
cache = typer.Typer(help="The folder of finished builds.", no_args_is_help=True)
application.add_typer(toolchain, name="toolchain")
application.add_typer(cache, name="cache")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zymogen {version('zymogen')}")
        raise typer.Exit


@application.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take options that belong to no command."""


@application.command()
def doctor() -> None:
    """Show what is there, compute a real gradient, and say how to mend what is broken."""
    from zymogen.cli.doctor import examine

    if not examine():
        raise typer.Exit(1)


@application.command("build-ahead", hidden=True)
def build_ahead(
    target: Annotated[str, typer.Option()],
    source: Annotated[list[Path], typer.Option()],
    root: Annotated[Path, typer.Option()],
    folder: Annotated[Path, typer.Option()],
    depfile: Annotated[Path, typer.Option()],
    is_module: Annotated[bool, typer.Option("--module/--program")],
    derivative: Annotated[list[str] | None, typer.Option()] = None,
    architecture: Annotated[list[str] | None, typer.Option()] = None,
    include: Annotated[list[Path] | None, typer.Option()] = None,
    define: Annotated[list[str] | None, typer.Option()] = None,
    flag: Annotated[list[str] | None, typer.Option()] = None,
    library: Annotated[list[str] | None, typer.Option()] = None,
    standard: Annotated[str, typer.Option()] = "c++23",
    math: Annotated[str, typer.Option()] = "strict",
    sources_travel: Annotated[bool, typer.Option("--sources/--no-sources")] = True,
) -> None:
    """Build the libraries of an extension module or a C++ program; zymogen's functions of CMake call this."""
    from zymogen.cli import ahead

    given = ahead.Given(
        target=target,
        sources=source,
        root=root,
        folder=folder,
        depfile=depfile,
        derivatives=derivative or [],
        architectures=architecture or [],
        include=include or [],
        define=define or [],
        flags=flag or [],
        libraries=library or [],
        standard=standard,
        math=math,
        has_sources=sources_travel,
    )
    if is_module:
        ahead.build_module(given)
    else:
        ahead.build_program(given)


@application.command("cmake")
def cmake() -> None:
    """Print the folder to give to CMake as zymogen_ROOT; scikit-build-core finds it by itself."""
    from zymogen.resources import cmake_folder

    typer.echo(cmake_folder())


@toolchain.command("install")
def install_toolchain(
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Take the wheels from this folder and download nothing."),
    ] = None,
) -> None:
    """Download, check and unpack clang and Enzyme for this user; does nothing when they are there."""
    from zymogen.toolchain.installation.install import install

    done = install(source=source)
    if done.fresh:
        typer.echo(
            f"Installed in {done.seconds:.0f} s, {readable_size(done.bytes)}: {done.root}\n`zymogen doctor` tries it."
        )
    else:
        typer.echo(f"Already installed: {done.root}")


@toolchain.command("show")
def show_toolchain() -> None:
    """Show the tools that are used, with their versions and paths."""
    from zymogen.cli.page import show
    from zymogen.cli.tools import machine_facts, tool_facts

    if not show({"Toolchain": tool_facts(), "Machine": machine_facts()}):
        raise typer.Exit(1)


@cache.command("info")
def cache_info() -> None:
    """Show where the builds are, how many, and how large."""
    from zymogen.cli.page import show
    from zymogen.cli.surroundings import cache_facts

    if not show({"Cache": cache_facts()}):
        raise typer.Exit(1)


@cache.command("clear")
def cache_clear() -> None:
    """Remove all builds; they are made again when they are needed."""
    from zymogen.build.store import Store

    removed = Store().clear()
    typer.echo(f"Removed {removed.entries} builds, {readable_size(removed.bytes)}.")


@cache.command("prune")
def cache_prune(
    max_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Keep at most this much, such as 500MB or 2GB.")
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Remove what was not used for so long, as 30d or 12h."),
    ] = None,
) -> None:
    """Remove the builds that were not used for longest."""
    from zymogen.build.store import Store

    if max_size is None and older_than is None:
        raise typer.BadParameter("give --max-size, --older-than, or both.")
    removed = Store().prune(
        max_bytes=None if max_size is None else size(max_size),
        older_than=None if older_than is None else duration(older_than),
    )
    typer.echo(f"Removed {removed.entries} builds, {readable_size(removed.bytes)}.")
