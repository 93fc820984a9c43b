"""What may be another value later, as what a function writes tells."""

from __future__ import annotations

import pytest

from zymogen.ir.changes import read_changes, read_harmless
from zymogen.ir.places import read_places

MODULE = """\
declare double @sin(double) local_unnamed_addr #1
declare void @change(ptr) #2
attributes #1 = { nounwind memory(none) "x"="y" }
attributes #2 = { nounwind }
"""
FUNCTION = """\
define void @f(ptr %a, ptr noalias noundef %b, i64 %n, ptr %unknown) {{
entry:
  %v = alloca double, align 8
  %w = alloca {{ ptr, i64 }}, align 8
  %element = getelementptr inbounds double, ptr %v, i64 %n
  %loaded = load ptr, ptr %unknown, align 8
  {line}
  ret void
}}
"""


def changes(line):
    function = FUNCTION.format(line=line)
    return read_changes(function, read_places(function), read_harmless(MODULE))


@pytest.mark.parametrize(
    ("line", "kind", "base", "may"),
    [
        ("store double 1.0, ptr %element, align 8, !tbaa !3", "double", "%v", True),
        ("store double 1.0, ptr %element, align 8", "i64", "%v", True),  # its bits, as std::bit_cast reads them
        ("store double 1.0, ptr %element, align 8", "ptr", "%v", False),
        ("store double 1.0, ptr %loaded, align 8", "i64", "%v", False),  # an integer of a structure stays one
        ("store double 1.0, ptr %loaded, align 8", "i64", "%element.of.another", True),
        ("store double 1.0, ptr %element, align 8", "double", "%a", False),  # a variable is not an argument
        ("store double 1.0, ptr %element, align 8", "double", "%loaded", True),
        ("store double 1.0, ptr %a, align 8", "double", "%unknown", True),
        ("store double 1.0, ptr %a, align 8", "double", "%v", False),
        ("store double 1.0, ptr %loaded, align 8", "double", "%v", True),
        ("store i64 %n, ptr %w, align 8", "double", "%w", True),  # whatever is copied in such pieces
        ("store i64 %n, ptr %w, align 8", "ptr", "%v", False),
        ("store ptr getelementptr (i8, ptr @table, i64 16), ptr %a, align 8", "ptr", "%b", True),
        ("store ptr getelementptr (i8, ptr @table, i64 16), ptr %w, align 8", "ptr", "%a", False),
        ("call void @llvm.memcpy.p0.p0.i64(ptr align 8 %w, ptr align 8 %a, i64 16, i1 false)", "ptr", "%w", True),
        ("call void @llvm.memcpy.p0.p0.i64(ptr align 8 %w, ptr align 8 %a, i64 16, i1 false)", "ptr", "%b", False),
        ("%s = tail call double @sin(double 1.0)", "double", "%a", False),
        ("%s = tail call double @llvm.sin.f64(double 1.0)", "double", "%a", False),
        ("%p = call noalias ptr @_Znwm(i64 8)", "ptr", "%a", False),
        ("call void @change(ptr %a)", "ptr", "%w", True),
        ("call void %loaded(ptr %a)", "i64", "%w", True),
        ('call void asm sideeffect "", "r,~{memory}"(ptr %a)', "i64", "%w", True),
    ],
)
def test_what_is_written_may_concern_what_is_read(line, kind, base, may):
    assert changes(line).may_concern(kind, base) is may
