"""The cell magic `%%zymogen`: a notebook's cell of C++, whose kernels become variables of the notebook."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from zymogen.errors import ArgumentError, ZymogenError
from zymogen.runtime.kernel import Kernel
from zymogen.runtime.library import Library, compile

if TYPE_CHECKING:
    from argparse import Namespace

    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class ZymogenMagics(Magics):
    """Magics of this package; `%load_ext zymogen` registers them."""

    shell: InteractiveShell

    @magic_arguments()
    @argument("--name", help="also call the library so")
    @argument("--math", default="strict", help="strict (default) or fast")
    @argument("--std", default="c++23", help="language standard (default c++23)")
    @argument("--include", "-I", action="append", default=[], help="a folder to search for headers; may be repeated")
    @argument("--define", "-D", action="append", default=[], help="a macro, NAME or NAME=VALUE; may be repeated")
    @argument("--flag", action="append", default=[], help="a further flag for the compiler, as --flag=-O1; repeatable")
    @argument("--library", "-l", action="append", default=[], help="a library to link with; may be repeated")
    @argument("--library-folder", "-L", action="append", default=[], help="a folder to search for them; repeatable")
    @cell_magic
    def zymogen(self, line: str, cell: str) -> Library:
        """Compile the cell's C++, and make each kernel that it registers a variable."""
        try:
            asked = self._asked(line)
            if not cell.strip():
                raise ArgumentError("%%zymogen: the cell has no C++ below its first line. Write kernels there.")
            library = compile(
                f"\n{cell}",  # so that lines in messages are those of the cell
                include=asked.include,
                define=asked.define,
                std=asked.std,
                flags=asked.flag,
                libraries=asked.library,
                library_folders=asked.library_folder,
                math=asked.math,
            )
            variables = {name: library[name] for name in library.kernels}
            self._refuse_to_hide(variables.keys() | ({asked.name} if asked.name else set()))
        except ZymogenError as error:
            raise error.with_traceback(None) from None  # where we found it says nothing about the cell
        self.shell.push(variables)
        if asked.name:
            self.shell.push({asked.name: library})
        return library

    def _asked(self, line: str) -> Namespace:
        """The options of a cell's first line."""
        try:
            asked: Namespace = parse_argstring(self.zymogen, line)
        except (UsageError, ValueError) as error:  # the second one where a quotation is not closed
            said = str(error)[:1].lower() + str(error)[1:]
            usage = self.zymogen.parser.format_usage()
            options = " ".join(usage.partition("%zymogen")[2].split())
            # Of `--flag -O1`, argparse says that a value is missing.
            with_dash = " A value that begins with a dash is written with =, as in --flag=-O1."
            raise ArgumentError(
                f"%%zymogen {line.strip()}: {said}. Expected are any of {options}."
                f"{with_dash if 'expected one' in said else ''} `%%zymogen?` says what they mean."
            ) from None
        if asked.name is not None and (not asked.name.isidentifier() or iskeyword(asked.name)):
            raise ArgumentError(
                f"%%zymogen: --name is {asked.name!r}, which no variable can be called. Expected is a name such as lib."
            )
        return asked

    def _refuse_to_hide(self, names: set[str]) -> None:
        for name in sorted(names):
            known = self.shell.user_ns.get(name)
            if known is not None and not isinstance(known, (Kernel, Library)):
                raise ArgumentError(
                    f"%%zymogen: the cell would replace the variable {name}, which is a {type(known).__name__}. Call "
                    f"the kernel otherwise, or delete the variable first (del {name})."
                )


def register(shell: InteractiveShell) -> None:
    """What `%load_ext zymogen` does."""
    shell.register_magics(ZymogenMagics)
