"""The command `zymogen`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 good, 1 an error that was explained, 2 wrong usage."""
    # Here, so that a program that imports zymogen never pays for the command line's packages.
    from zymogen.cli.application import application
    from zymogen.errors import ZymogenError

    try:
        application(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="zymogen")
    except ZymogenError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted. What is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
