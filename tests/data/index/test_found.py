"""Which files of a folder may be images, and what is said of the others."""

import os
from pathlib import Path

import pytest

from pleura.data.index.found import TWIN, find_files


def test_what_is_no_image_is_left_out_by_name_and_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "runs").mkdir()
    for name in ("a.png", "deep/b.JPG", "t.zip", "m.npz", "notes.txt", "more.txt", ".DS_Store"):
        (folder / name).write_bytes(b"x")
    for name in ("deep/._b.JPG", "Thumbs.db", "__MACOSX/a.png", "deep/@eaDir/b.JPG"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "IM1").write_bytes(bytes(128) + b"DICM")
    (folder / "scan.raw").write_bytes(bytes(128) + b"DICM")
    (folder / "deep/back").symlink_to(folder)
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "twin.png").symlink_to(folder / "a.png")
    (folder / "odd::name.png").write_bytes(b"x")
    (folder / " blank.png").write_bytes(b"x")
    (folder / os.fsdecode(b"\xff.png")).write_bytes(b"x")
    os.mkfifo(folder / "pipe.png")
    for name in ("study.yaml", "split.json", "figure.png"):
        (folder / "runs" / name).write_bytes(b"x")
    (folder / "images.csv").write_text("")
    seen: list[int] = []
    images, left_out = find_files(folder, frozenset({folder / "images.csv"}), seen.append)
    assert images == [Path("IM1"), Path("a.png"), Path("deep/b.JPG")]
    told = "\n".join(left_out.lines())
    for line in (
        "2 files left out, no image by its name or contents: 2 .txt",
        "1 file left out, an archive, which is not opened; unpack it into the folder: t.zip",
        "as its manifest: m.npz",
        "1 file left out, a link that leads back to a folder above it: deep/back",
        "1 file left out, a link whose file is gone: gone.png",
        "1 file left out, the same file as another, by a link: twin.png",
        "rename it: odd::name.png",
        "rename it:  blank.png",
        "rename it: '\\udcff.png'",
        "such as a pipe: pipe.png",
        "3 files left out, hidden or kept by a system for itself: .DS_Store, Thumbs.db, "
        "deep/._b.JPG",
        "2 folders left out, hidden or kept by a system for itself, not looked into: __MACOSX, "
        "deep/@eaDir",
        "let it end in .dcm: scan.raw",
        "1 file left out, what a study has left: runs",
    ):
        assert line in told
    assert len(left_out) == told.count("file left out") + 2 + 3 + 2
    assert seen[-1] == len(seen)


@pytest.mark.parametrize("letter", ["\n", "\x85", "\u2028", "\u2029"])
def test_names_that_a_table_would_break_at_are_left_out(letter: str, tmp_path: Path) -> None:
    (tmp_path / f"a{letter}b.png").write_bytes(b"x")
    (tmp_path / "a\xa0b.png").write_bytes(b"x")  # a blank that ends no line
    images, left_out = find_files(tmp_path, frozenset(), lambda seen: None)
    assert images == [Path("a\xa0b.png")]
    assert "holds a line break" in next(left_out.lines())


def test_of_names_in_two_unicode_forms_those_that_no_table_can_reach_are_left_out(
    tmp_path: Path,
) -> None:
    for name in ("\u00e9.png", "e\u0301.png", "o\u0308.png", "\u00e4/a.png", "a\u0308/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    images, left_out = find_files(tmp_path, frozenset(), lambda seen: None)
    assert {*images} == {Path("\u00e9.png"), Path("o\u0308.png"), Path("\u00e4/a.png")}
    assert left_out.by_reason == {TWIN: [Path("a\u0308/b.png"), Path("e\u0301.png")]}


def test_folders_that_link_to_each_other_are_looked_through_once_each(tmp_path: Path) -> None:
    people = [tmp_path / f"P{who}" for who in range(9)]
    for who in people:
        who.mkdir()
        (who / "a.png").write_bytes(b"x")
        for other in people:
            if other != who:
                (who / f"see_{other.name}").symlink_to(other)
    images, left_out = find_files(tmp_path, frozenset(), lambda seen: None)
    assert images == [Path(who.name, "a.png") for who in people]
    assert "72 folders left out, a link to one that is looked through by itself" in next(
        left_out.lines()
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list any folder")
def test_a_folder_that_cannot_be_listed_is_left_out(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    assert "cannot be listed" in next(
        find_files(tmp_path, frozenset(), lambda seen: None)[1].lines()
    )
