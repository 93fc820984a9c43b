"""Functions of listings as blocks: read, changed and written again."""

from __future__ import annotations

import re

import pytest

from zymogen.ir.flow import Dominators, read_flow
from zymogen.toolchain.remedies.ways_back import show_ways_back

# A loop inside of another one, which a switch leaves by two cases at once; names have what has to be quoted.
NEST = """define { double, i64 } @f(i64 %n, double %x) {
entry:
  br label %outer

outer:                                            ; preds = %"in ner", %entry
  %s = phi double [ 0.0, %entry ], [ %t, %"in ner" ]
  br label %"in ner"

"in ner":                                         ; preds = %"in ner", %outer
  %t = phi double [ %s, %outer ], [ %u, %"in ner" ], !dbg !7
  %u = fadd double %t, %x
  switch i64 %n, label %"in ner" [
    i64 1, label %done
    i64 2, label %done
    i64 3, label %outer
  ]

done:                                             ; preds = %"in ner", %"in ner"
  %r = phi double [ %t, %"in ner" ], [ %t, %"in ner" ]
  %p = insertvalue { double, i64 } { double undef, i64 1 }, double %r, 0
  ret { double, i64 } %p
}"""


def test_what_is_read_is_written_as_it_was():
    assert str(read_flow(NEST)) == NEST


def test_blocks_know_what_follows_them():
    assert read_flow(NEST).graph == {
        "entry": ["outer"],
        "outer": ['"in ner"'],
        '"in ner"': ['"in ner"', "done", "done", "outer"],
        "done": [],
    }


def test_loops_are_found_from_the_outside_in():
    loops = read_flow(NEST).loops()
    assert [(loop.head, loop.inside, loop.latches) for loop in loops] == [
        ("outer", {"outer", '"in ner"'}, ('"in ner"',)),
        ('"in ner"', {'"in ner"'}, ('"in ner"',)),
    ]


def test_every_way_goes_through_dominators():
    dominators = Dominators({"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": [], "e": ["c"]})
    assert [dominators.dominates(*pair) for pair in (("a", "d"), ("b", "d"), ("c", "e"), ("e", "c"))] == [
        True,
        False,
        True,
        False,
    ]
    assert dominators.common(["b", "e"]) == "a"


def ways_in(function: str, label: str) -> list[str]:
    """Where a block is entered from, as its first phi says it and as other blocks do."""
    flow = read_flow(function)
    said = sorted(before for _, before in flow.blocks[label].phis[0].ways)
    assert said == sorted(before for before, after in flow.graph.items() for to in after if to == label)
    return said


def test_a_nest_is_left_by_one_way_from_each_loop():
    module = f"declare double @__enzyme_autodiff(...)\n{NEST}\n"
    changed = re.search(r"^define .*?^}$", show_ways_back(module), re.MULTILINE | re.DOTALL)
    assert changed is not None
    flow = read_flow(changed[0])
    outer, inner = flow.loops()
    assert len(outer.latches) == len(inner.latches) == 1
    # What is in the inner loop is left to the outer one, though two of its three ways out lead farther.
    assert {to for label in inner.inside for to in flow.graph[label]} <= outer.inside
    ends = [label for label in flow.blocks if label.startswith("zymogen.exit")]
    assert len(ends) == 2
    for label in ("outer", "done", *ends):
        ways_in(changed[0], label)


def test_loops_without_an_end_are_left_alone():
    endless = (
        NEST.replace("label %done", "label %dead")
        .replace("done:", "dead:")
        .replace("ret { double, i64 } %p", "unreachable")
        .replace("double %r, 0", "double %u, 0")
    )
    module = f"declare double @__enzyme_autodiff(...)\n{endless}\n"
    assert "zymogen.exit" not in show_ways_back(module)


def test_without_reverse_mode_nothing_changes():
    assert show_ways_back(NEST) == NEST


def meeting_of(count: int) -> str:
    """A function in whose last block so many ways meet."""
    blocks = [
        f"b{k}:\n  %c{k} = icmp eq i64 %n, {k}\n  br i1 %c{k}, label %end, label %b{k + 1}\n" for k in range(count - 1)
    ]
    values = ", ".join(f"[ {k}.0, %b{k} ]" for k in range(count))
    return (
        "define double @f(i64 %n) {\nentry:\n  br label %b0\n\n"
        + "\n".join([*blocks, f"b{count - 1}:\n  br label %end\n"])
        + f"\nend:\n  %r = phi double {values}\n  ret double %r\n}}\ndeclare double @__enzyme_autodiff(...)\n"
    )


def test_three_ways_meet_two_at_a_time():
    changed = read_flow(show_ways_back(meeting_of(3)).partition("}")[0] + "}")
    assert [len(changed.blocks[label].phis[0].ways) for label in ("end", *list(changed.blocks)[-1:])] == [2, 2]


@pytest.mark.parametrize("count", [2, 4, 300])
def test_other_meetings_are_left_alone(count):
    assert show_ways_back(meeting_of(count)) == meeting_of(count)


TRIANGLE = """\
define void @f(i64 %n) {
entry:
  br label %rows

rows:                                             ; preds = %entry, %next
  %b = phi i64 [ 1, %entry ], [ %after, %next ]
  br label %columns

columns:                                          ; preds = %rows, %columns
  %i = phi i64 [ 0, %rows ], [ %more, %columns ]
  %more = add nuw nsw i64 %i, 1
  %ends = icmp eq i64 %more, %b
  br i1 %ends, label %next, label %columns

next:                                             ; preds = %columns
  %after = add nuw nsw i64 %b, 1
  %last = icmp eq i64 %after, %n
  br i1 %last, label %exit, label %rows

exit:                                             ; preds = %next
  ret void
}

declare double @__enzyme_autodiff(...)
"""


def test_bounds_that_change_by_constant_steps_are_not_hidden():
    assert show_ways_back(TRIANGLE) == TRIANGLE
    changed = show_ways_back(TRIANGLE.replace("i64 %b, 1", "i64 %b, %n"))
    assert "  %zymogen.bound.0 = add i64 %b, %zymogen.bound.0.offset\n" in changed
    assert "  %ends = icmp eq i64 %more, %zymogen.bound.0\n" in changed


def test_remainders_are_hidden_where_there_are_several_loops():
    remainder = TRIANGLE.replace("  %more = add", "  %r = urem i64 %i, 3\n  %more = add")
    changed = show_ways_back(remainder)
    assert "  %zymogen.remainder.0 = urem i64 %i, 3\n" in changed
    assert "  %r = xor i64 %zymogen.remainder.0, %zymogen.remainder.0.zero\n" in changed
    alone = remainder.replace("label %exit, label %rows", "label %exit, label %exit").replace(", [ %after, %next ]", "")
    assert show_ways_back(alone) == alone
