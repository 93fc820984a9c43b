"""What decides whether rows go side by side is the generated function of a block, whatever users call their own."""

from __future__ import annotations

from zymogen.build.blocks import keeps_nothing, returns_always

LISTING = """
define internal void @_ZN14zymogen_loop_0L5blockEPKdPd(ptr %0, ptr %1) #0 {
define internal void @_ZN14zymogen_loop_0L8evaluateEPKdPd(ptr %0, ptr %1) #0 {
define double @_Z5blockd(double %0) #1 {
define double @_ZN4user8evaluateEd(double %0) #1 {
attributes #0 = { nounwind memory(argmem: readwrite) }
attributes #1 = { memory(readwrite) }
"""


def test_functions_of_the_user_s_of_these_names_do_not_count():
    assert returns_always(LISTING)
    assert keeps_nothing(LISTING)


def test_generated_ones_do():
    generated = LISTING.replace("#0 {", "#1 {")
    assert not returns_always(generated)
    assert not keeps_nothing(generated)
