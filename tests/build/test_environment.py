"""Which of the files that a compiler read are the user's, and in which order it looks for them."""

from __future__ import annotations

from pathlib import Path

from zymogen.build.environment import user_files, with_own_headers
from zymogen.resources import include_folder
from zymogen.toolchain.tools import Options


def test_files_of_the_package_and_of_the_build_are_not_the_users(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    own = include_folder()
    theirs = (own.with_name("include2") / "a.hpp", tmp_path / "real2" / "b.hpp", tmp_path / "c.hpp")
    read = (own / "zymogen" / "kernel.hpp", link / "unit.cpp", tmp_path / "real" / "text.cpp", Path("unit.ll"), *theirs)
    assert user_files(read, link) == tuple(map(str, theirs))


def test_copies_come_before_what_lies_at_their_places_today() -> None:
    options = with_own_headers(Options(include=("/a", "/b")), Path("/copies"))
    assert options.include == ("/copies/a", "/copies/b", "/a", "/b", str(include_folder()))
    assert with_own_headers(Options(include=("/a",)), None).include == ("/a", str(include_folder()))
