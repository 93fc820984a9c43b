"""Caches of derivative code that Enzyme allocates and never frees, given to memory that ends with the row.

In the forward derivative of a reverse pass Enzyme keeps the allocation of caches of integers and drops the call that
frees them (https://github.com/EnzymeAD/Enzyme/issues/2914). What is done with such memory is visible in its function:
it is read and written through pointers into it, and nothing else.
"""

from __future__ import annotations

import re

from zymogen.ir.flow import FUNCTION

ALLOCATION = re.compile(r"^  (%\S+) = [^\n]*@malloc\(i64 [^\n]*!enzyme_cache_alloc ", re.MULTILINE)
NAME_END = r"(?![-$.\w])"  # what cannot follow a value's name
READ_OR_WRITTEN = (
    r"= getelementptr [^\n]*, ptr {value}, ",
    r"= load [^\n]*, ptr {value}, ",
    r"^  store [^\n]*, ptr {value}, ",
    r"@llvm\.mem(?:set|cpy|move)\.",
)

ROW_MEMORY = "zymogen_row_memory"
"""The allocator of `zymogen/row_memory.hpp`."""


def keep_for_the_row(ir: str) -> str:
    """Redirect those allocations of caches in a module, as text, that nothing can free."""
    return FUNCTION.sub(lambda function: _redirected(function[0]), ir)


def _redirected(function: str) -> str:
    for allocation in ALLOCATION.findall(function):
        if _is_lost(allocation, function):
            function = allocated_by(ROW_MEMORY, allocation, function)
    return function


def allocated_by(allocator: str, allocation: str, function: str) -> str:
    """Give one allocation in a function to another allocator."""
    place = re.compile(rf"(^  {re.escape(allocation)} = [^\n]*)@malloc\(", re.MULTILINE)
    return place.sub(rf"\1@{allocator}(", function)


def _is_lost(allocation: str, function: str) -> bool:
    """Whether every use of a pointer reads or writes what it points to: then no pointer reaches a call that frees."""
    value = re.escape(allocation) + NAME_END
    uses = [line for line in re.findall(rf"^.*{value}.*$", function, re.MULTILINE) if f"{allocation} = " not in line]
    allowed = re.compile("|".join(READ_OR_WRITTEN).format(value=value))
    return all(allowed.search(use) for use in uses)
