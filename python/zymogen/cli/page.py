"""Facts as tables of one page, and what to do about those that are bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Fact:
    """One line of a table."""

    name: str
    text: str
    cure: str = ""
    """What to do; empty when nothing is wrong."""


def show(tables: Mapping[str, Iterable[Fact]]) -> bool:
    """Print the tables, then the cures.

    Returns
    -------
    bool
        Whether nothing is wrong.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Output to a file or pipe is not for a terminal's width: paths in it stay in one piece.
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    wrong: list[Fact] = []
    for title, facts in tables.items():
        table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None)
        table.add_column(no_wrap=True, min_width=18)
        table.add_column(no_wrap=True, width=2)
        table.add_column(overflow="fold")
        for fact in facts:
            wrong += [fact] if fact.cure else []
            mark = Text("no", style="bold red") if fact.cure else Text("ok", style="green")
            table.add_row(Text(fact.name), mark, Text(fact.text))
        console.print(table)
        console.print()
    for fact in wrong:
        console.print(Text(f"{fact.name}: {fact.cure}", style="red"))
    return not wrong
