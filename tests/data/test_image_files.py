"""What a folder holds, also where its files and folders are links."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.image_files import images_in
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError

Fill = Callable[[Path], None]


def put(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(folder / name)


def names_in(folder: Path) -> list[str]:
    return [str(path) for path in images_in(folder)[0]]


def read(folder: Path) -> Manifest:
    return read_manifest(folder, image_is_patient=True)


def test_links_are_followed_and_lead_nowhere_twice(tmp_path: Path) -> None:
    put(tmp_path / "store", "1.png")
    put(tmp_path / "set" / "a", "2.png")
    (tmp_path / "set" / "b").symlink_to(tmp_path / "store")
    (tmp_path / "set" / "a" / "up").symlink_to("..")
    (tmp_path / "set" / "a" / "here").symlink_to(".")
    assert names_in(tmp_path / "set") == ["a/2.png", "b/1.png"]
    put(tmp_path / "two" / "a", "3.png")
    put(tmp_path / "two" / "b", "4.png")
    (tmp_path / "two" / "a" / "b").symlink_to("../b")
    (tmp_path / "two" / "b" / "a").symlink_to("../a")
    assert names_in(tmp_path / "two") == ["a/3.png", "b/4.png"]
    manifest = read(tmp_path / "set")
    assert list(manifest.table["label"]) == ["a", "b"]
    assert manifest.problems == ()


def test_a_link_whose_file_is_gone_is_an_image_that_is_told(tmp_path: Path) -> None:
    put(tmp_path / "a", "1.png")
    put(tmp_path / "b", "1.png")
    (tmp_path / "b" / "2.png").symlink_to("gone.png")
    (tmp_path / "b" / "3.png").symlink_to("3.png")
    (tmp_path / "b" / "notes").symlink_to("gone.txt")
    assert names_in(tmp_path) == ["a/1.png", "b/1.png", "b/2.png", "b/3.png"]
    assert [problem.split(":")[0] for problem in read(tmp_path).problems] == [
        "row 3 (b/2.png)",
        "row 4 (b/3.png)",
    ]


def test_hidden_files_and_folders_named_like_images_are_none(tmp_path: Path) -> None:
    put(tmp_path, "1.PNG", ".2.png")
    put(tmp_path / ".cache", "3.png")
    put(tmp_path / "4.png", "5.png")
    (tmp_path / "6.txt").touch()
    images, others, of_system = images_in(tmp_path)
    assert list(map(str, images)) == ["1.PNG", "4.png/5.png"]
    assert list(map(str, others)) == ["6.txt"]
    assert of_system == ([Path(".2.png")], [Path(".cache")])


def test_what_systems_keep_makes_no_class_and_no_image_and_is_counted(tmp_path: Path) -> None:
    for label in ("ill", "well"):
        put(tmp_path / label, "1.png", "._1.png", ".smith.png")
        put(tmp_path / label / "@eaDir" / "1.png", "SYNOPHOTO_THUMB_M.png")
        put(tmp_path / "__MACOSX" / label, "._1.png", "1.png")
    for name in (".git", "$RECYCLE.BIN", "System Volume Information"):
        put(tmp_path / name, "2.png")
    for name in (".DS_Store", "ill/.DS_Store", "ill/Thumbs.db", "well/desktop.ini"):
        (tmp_path / name).touch()
    manifest = read(tmp_path)
    assert manifest.classes == ("ill", "well")
    assert manifest.names(range(len(manifest))) == ["ill/1.png", "well/1.png"]
    assert manifest.notes[:2] == (
        "8 files left out, hidden or kept by a system for itself: 2 .*.png, 2 .DS_Store, 2 ._*, "
        "1 Thumbs.db, 1 desktop.ini",
        "6 folders left out, hidden or kept by a system for itself: 2 @eaDir, 1 $RECYCLE.BIN, "
        "1 .git, 1 System Volume Information, 1 __MACOSX",
    )


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "a", "1.png")
    listed = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("a"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"a: the folder cannot be listed \(Permission denied\)"):
        images_in(tmp_path)


def test_an_image_beside_the_classes_of_a_part_makes_the_parts_no_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        put(tmp_path / part / "ill", "1.png")
        put(tmp_path / part / "well", "2.png")
    put(tmp_path / "train", "stray.png")
    manifest = read(tmp_path)
    assert manifest.classes == ("ill", "well")
    assert list(manifest.table["split"]) == ["test", "test", "train", "train"]
    assert "1 file left out (1 .png)" in manifest.notes[0]


@pytest.mark.parametrize("more", ["more", "more/ill"])
def test_a_folder_beside_parts_that_is_none_is_asked_about(tmp_path: Path, more: str) -> None:
    for part in ("train", "test"):
        put(tmp_path / part / "ill", "1.png")
    put(tmp_path / more, "2.png")
    with pytest.raises(InputError, match=r"test, train are called as the parts .*, but not more"):
        read(tmp_path)


def test_a_class_may_be_called_as_a_part_is(tmp_path: Path) -> None:
    put(tmp_path / "test" / "p1", "1.png")
    put(tmp_path / "control" / "p2", "2.png")
    assert read(tmp_path).classes == ("control", "test")


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "a", "1.png", os.fsdecode(b"2\xff.png"))
    put(tmp_path / "\u00f6", "3.png")
    with pytest.raises(InputError, match="names that are not in UTF-8") as error:
        read(tmp_path)
    assert error.value.problems == (r"'a/2\udcff.png'",)
