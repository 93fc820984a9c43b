"""What C++ may contain: the tables of docs/constructs.md, cell by cell."""

from __future__ import annotations

import pytest

from .__main__ import main
from .broken import broken
from .construct import COLUMNS
from .page import PAGE, read_cells, with_cells
from .subjects import KERNELS, subjects
from .survey import failures, survey


@pytest.mark.toolchain
def test_page_says_which_derivatives_there_are(page_cell, refusals):
    assert refusals[id(page_cell)].result() == page_cell.expected
    if page_cell.exact:
        for number, construct in enumerate(page_cell.exact):
            page_cell.construct.check(page_cell.column, (number,), construct.exact)
    elif page_cell.expected is None:
        page_cell.construct.check(page_cell.column)


def test_page_is_what_is_written_from_its_cells():
    page = PAGE.read_text(encoding="utf-8")
    assert with_cells(page, read_cells(page)) == page, "Run `make constructs`."


def test_every_kernel_of_the_files_is_a_row():
    rows = {construct.name for subject in subjects() for construct in subject.constructs}
    for file in KERNELS.glob("*.cpp"):
        for part in file.read_text(encoding="utf-8").split("ZYMOGEN_KERNEL(")[1:]:
            assert part.split(",")[0] in rows


def test_no_two_constructs_have_one_title():
    titles = [construct.title for subject in subjects() for construct in subject.constructs]
    assert len(set(titles)) == len(titles)


def test_a_construct_that_is_refused_must_say_what_to_write_instead():
    page = PAGE.read_text(encoding="utf-8")
    cells = read_cells(page)
    refusal = next(cell for cell in cells.values() if cell is not None)
    with pytest.raises(ValueError, match=r"std::array.*, array: it is refused. Say what to write instead"):
        with_cells(page, {**cells, ("`std::array`", "forward"): refusal})


def test_a_cell_that_is_not_there_is_named():
    page = PAGE.read_text(encoding="utf-8")
    cells = read_cells(page)
    del cells["`std::array`", "reverse"]
    with pytest.raises(ValueError, match=r"constructs.md: no cell for `std::array`, reverse\. Run `make constructs`"):
        with_cells(page, cells)


def test_a_subject_without_a_place_on_the_page_is_named():
    page = PAGE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no place for table: Memory"):
        with_cells(page.replace("<!-- table: Memory -->", ""), read_cells(page))


@pytest.mark.toolchain
def test_cells_that_are_wrong_or_end_the_process_are_named():
    outcomes = survey(source=broken)
    assert [outcomes["A square", column] for column in COLUMNS] == [None] * 4
    lines = failures(outcomes)
    assert len(lines) == 8
    assert any(line.startswith("A cube that is none, reverse: wrong. Not equal to tolerance") for line in lines)
    assert "An end, forward: ended the process, exit code 3" in lines


def test_a_subject_that_is_not_there_is_named():
    with pytest.raises(SystemExit, match=r"there is no subject 'Eign'\. Subjects are Containers and views, "):
        main(["Eign"])
