"""Names of listings: what is defined for others gets a prefix, and nothing else changes."""

from __future__ import annotations

from zymogen.ir.prefix import with_prefix

LISTING = r"""source_filename = "bump"
$bump = comdat any
$"odd name" = comdat any
@table = hidden global [2 x double] zeroinitializer, align 16
@.str = private unnamed_addr constant [12 x i8] c"@bump $bump\00", align 1
@once = linkonce_odr hidden global i32 0, comdat($"odd name"), align 4
@elsewhere = external global ptr
@kept = internal global ptr @bump
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 0, ptr @start, ptr null }]
@other = hidden alias double (double), ptr @bump
; @bump in a comment stays legible
define hidden noundef double @bump(double noundef %x) local_unnamed_addr #0 comdat !dbg !5 {
  %s = call double @exp(double %x)
  %t = call double @"odd name"(double %s)
  call void @llvm.memset.p0.i64(ptr @table, i8 0, i64 16, i1 false)
  ret double %t
}
define internal void @start() { ret void }
define weak_odr double @"odd name"(double %0) comdat { ret double %0 }
declare double @exp(double)
!5 = !DISubprogram(name: "bump", linkageName: "@bump")
"""


def test_what_is_defined_for_others_is_renamed_everywhere():
    text = with_prefix(LISTING, "p_")
    for line in (
        "$p_bump = comdat any",
        '$"p_odd name" = comdat any',
        "@p_table = hidden global [2 x double] zeroinitializer, align 16",
        '@p_once = linkonce_odr hidden global i32 0, comdat($"p_odd name"), align 4',
        "@kept = internal global ptr @p_bump",
        "@p_other = hidden alias double (double), ptr @p_bump",
        "define hidden noundef double @p_bump(double noundef %x) local_unnamed_addr #0 comdat !dbg !5 {",
        '  %t = call double @"p_odd name"(double %s)',
        "  call void @llvm.memset.p0.i64(ptr @p_table, i8 0, i64 16, i1 false)",
        'define weak_odr double @"p_odd name"(double %0) comdat { ret double %0 }',
    ):
        assert f"\n{line}\n" in text


def test_all_else_stays():
    text = with_prefix(LISTING, "p_")
    for line in (
        'source_filename = "bump"',
        r'@.str = private unnamed_addr constant [12 x i8] c"@bump $bump\00", align 1',
        "@elsewhere = external global ptr",
        "define internal void @start() { ret void }",
        "  %s = call double @exp(double %x)",
        "declare double @exp(double)",
        '!5 = !DISubprogram(name: "bump", linkageName: "@bump")',
    ):
        assert line in text.splitlines()
    assert "@llvm.global_ctors = appending" in text


def test_prefixes_can_be_taken_away_again():
    # So nothing was lost, and no name was given twice.
    assert with_prefix(LISTING, "p_").replace("p_", "") == LISTING
