"""Values of a loop, named anew behind the one place to which it is left."""

from __future__ import annotations

from zymogen.ir.flow import Flow, read_flow
from zymogen.ir.renaming import rename_behind

# A loop of `head` and `body`, both of which leave it. What comes behind it uses a value of each.
LOOP = """define double @f(i1 %c, double %x) {
entry:
  br label %head

head:
  %a = fadd double %x, 1.0
  br i1 %c, label %body, label %end

body:
  %b = fmul double %a, %a
  br i1 %c, label %head, label %end

end:
  br label %after

after:
  %r = fadd double %a, %b
  ret double %r
}"""


def with_new_names(function: str) -> Flow:
    flow = read_flow(function)
    rename_behind(flow, {"head", "body"}, "end", {}, lambda kind: f"unknown.{kind}")
    return flow


def phis(flow: Flow, label: str) -> list[str]:
    return [str(phi).strip() for phi in flow.blocks[label].phis]


def test_values_come_out_by_the_ways_on_which_they_are_known():
    flow = with_new_names(LOOP)
    assert phis(flow, "end") == [
        '%"a.end" = phi double [ %a, %head ], [ %a, %body ]',
        '%"b.end" = phi double [ unknown.double, %head ], [ %b, %body ]',
    ]
    assert phis(flow, "after") == []
    assert '  %r = fadd double %"a.end", %"b.end"\n' in flow.blocks["after"].rest


def test_where_a_way_goes_past_the_loop_values_come_by_that_one_too():
    flow = with_new_names(LOOP.replace("br label %head\n", "br i1 %c, label %head, label %after\n"))
    assert phis(flow, "after") == [
        '%"a.after" = phi double [ unknown.double, %entry ], [ %"a.end", %end ]',
        '%"b.after" = phi double [ unknown.double, %entry ], [ %"b.end", %end ]',
    ]
    assert '  %r = fadd double %"a.after", %"b.after"\n' in flow.blocks["after"].rest


def test_what_the_loop_does_stays():
    assert str(with_new_names(LOOP)).partition("\nend:")[0] == LOOP.partition("\nend:")[0]


def test_what_a_block_gets_from_the_loop_is_renamed_by_the_way_it_comes():
    merged = LOOP.replace("br label %head\n", "br i1 %c, label %head, label %after\n").replace(
        "%r = fadd double %a, %b", "%r = phi double [ %x, %entry ], [ %b, %end ]"
    )
    assert phis(with_new_names(merged), "after") == ['%r = phi double [ %x, %entry ], [ %"b.end", %end ]']
