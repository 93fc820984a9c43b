"""Types of values, read from instructions of a listing."""

from __future__ import annotations

import pytest

from zymogen.ir.listing import ListingError
from zymogen.ir.types import result_type, structures

MODULE = """%struct.pair = type { double, [2 x i32] }
%"struct.std::tuple" = type { %struct.pair, ptr }
"""


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("fadd fast double %a, %b, !dbg !3", "double"),
        ("fneg nnan <2 x float> %a", "<2 x float>"),
        ("add nuw nsw i64 %a, 1", "i64"),
        ("phi fast double [ %a, %b ], [ 0.0, %c ]", "double"),
        ("phi { double, i64 } [ %a, %b ]", "{ double, i64 }"),
        ("icmp samesign ult i64 %a, 5", "i1"),
        ("fcmp fast olt <4 x double> %a, %b", "<4 x i1>"),
        ("zext nneg i32 %a to i64", "i64"),
        ("fptrunc <2 x double> %a to <2 x float>", "<2 x float>"),
        ("load double, ptr getelementptr (i8, ptr @a, i64 8), align 8, !tbaa !4", "double"),
        ("load atomic i64, ptr %p acquire, align 8", "i64"),
        ("load volatile ptr addrspace(3), ptr %p", "ptr addrspace(3)"),
        ("getelementptr inbounds nuw %struct.pair, ptr %p, i64 %k, i32 1", "ptr"),
        ("getelementptr double, ptr %p, <2 x i64> %k", "<2 x ptr>"),
        ("alloca [4 x double], align 16", "ptr"),
        ("select i1 %c, double %a, double %b", "double"),
        ("select <2 x i1> %c, <2 x double> %a, <2 x double> %b", "<2 x double>"),
        ("freeze i32 %a", "i32"),
        ("extractvalue { i64, i1 } %a, 1", "i1"),
        ("extractvalue %struct.pair %a, 1, 0, !dbg !7", "i32"),
        ('extractvalue %"struct.std::tuple" %a, 0', "%struct.pair"),
        ("insertvalue { double, i64 } poison, double %a, 0", "{ double, i64 }"),
        ("extractelement <4 x double> %v, i64 0", "double"),
        ("insertelement <4 x double> %v, double %a, i64 0", "<4 x double>"),
        ("shufflevector <2 x double> %a, <2 x double> %b, <4 x i32> zeroinitializer", "<4 x double>"),
        ("tail call fast noundef double @sin(double noundef %a) #3, !dbg !9", "double"),
        ("call noundef nonnull align 8 dereferenceable(8) ptr @f(ptr %p, i64 3)", "ptr"),
        ("call range(i32 0, 5) i32 %g(i32 1)", "i32"),
        ("call i32 (ptr, ...) @printf(ptr @format, double %a)", "i32"),
        ("call { <2 x double>, i1 } @f()", "{ <2 x double>, i1 }"),
        ('invoke [2 x i64] @"g h"(ptr %p)', "[2 x i64]"),
        ('call i64 asm "rdtsc", "=r"()', "i64"),
        ("atomicrmw volatile add ptr %p, i32 1 seq_cst", "i32"),
        ("cmpxchg weak ptr %p, i64 %a, i64 %b acq_rel monotonic", "{ i64, i1 }"),
    ],
)
def test_the_type_of_a_result_is_read(operation, expected):
    assert result_type(operation, structures(MODULE)) == expected


@pytest.mark.parametrize("operation", ["", "call double", "fadd )"])
def test_what_is_no_operation_is_an_error(operation):
    with pytest.raises(ListingError):
        result_type(operation, {})
