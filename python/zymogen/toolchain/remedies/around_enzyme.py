"""What is changed in a module right before Enzyme and after it: remedies for its faults and limits, in their order.

Each has a file of its own, which tells what it is for.
"""

from __future__ import annotations

from zymogen.toolchain.remedies.addresses import mark_sizes
from zymogen.toolchain.remedies.alignment import as_malloc_aligns
from zymogen.toolchain.remedies.hidden_zero import reveal_zero
from zymogen.toolchain.remedies.intrinsics import move_through_a_copy, name_as_c_does, tell_what_is_copied
from zymogen.toolchain.remedies.kept_caches import keep_for_the_next_call
from zymogen.toolchain.remedies.outliving import take_as_constants
from zymogen.toolchain.remedies.overwriting import hide_places
from zymogen.toolchain.remedies.pointer_loops import count_turns
from zymogen.toolchain.remedies.pointer_steps import forget_that_steps_do_not_wrap
from zymogen.toolchain.remedies.rereading import keep_what_is_read_again, take_out_writes
from zymogen.toolchain.remedies.row_memory import keep_for_the_row
from zymogen.toolchain.remedies.throwing import say_what_throws
from zymogen.toolchain.remedies.vector_loops import hide_wishes, reveal_wishes
from zymogen.toolchain.remedies.ways_back import show_ways_back
from zymogen.toolchain.rules import reveal


def prepare(listing: str, *, counted: bool) -> str:
    """Give a module, as text, a form in which Enzyme is right.

    Parameters
    ----------
    counted : whether loops over containers get counters, see `pointer_loops`
    """
    listing = forget_that_steps_do_not_wrap(take_as_constants(listing))
    if counted:
        listing = count_turns(listing)
    listing = show_ways_back(mark_sizes(listing))
    listing = tell_what_is_copied(move_through_a_copy(name_as_c_does(say_what_throws(listing))))
    return hide_wishes(hide_places(keep_what_is_read_again(listing)))


def restore(listing: str) -> str:
    """Take back, in what Enzyme made of it, what was hidden, and give memory back that Enzyme would keep."""
    listing = reveal(reveal_wishes(reveal_zero(take_out_writes(listing))))
    return as_malloc_aligns(keep_for_the_next_call(keep_for_the_row(listing)))
