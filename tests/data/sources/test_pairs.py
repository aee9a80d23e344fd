import csv
from pathlib import Path

import pytest
from PIL import Image

from pleura.data.image_files import ENDINGS
from pleura.data.manifest_file import read_manifest
from pleura.data.sources.pairs import write_pairs
from pleura.errors import InputError


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(path)


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("images/{}.jpg", "masks/{}.png"),
        ("images/images/{}.jpg", "ground_truth_mask/ground_truth_mask/{}.png"),
        ("TR/DUTS-TR/DUTS-TR-Image/{}.jpg", "TR/DUTS-TR/DUTS-TR-Mask/{}.png"),
        ("MSRA10K_Imgs_GT/Imgs/{}.jpg", "MSRA10K_Imgs_GT/Imgs/{}.png"),
        ("XPIE/Images/{}.jpg", "XPIE/Grounds/{}.png"),
        ("{}.png", "{}_mask.png"),
        ("all/{}.jpeg", "all/{}-gt.jpg"),
    ],
)
def test_pairs_of_every_layout(tmp_path: Path, image: str, mask: str) -> None:
    for name in ("0001", "segment_2"):
        put(tmp_path, image.format(name), mask.format(name))
    put(tmp_path, "__MACOSX/masks/0001.png", ".hidden/0001.png")
    table = write_pairs(tmp_path, source="here")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "image": image.format(name),
            "mask": mask.format(name),
            "label": "scene",
            "patient": name,
            "source": "here",
        }
        for name in ("0001", "segment_2")
    ]
    manifest = read_manifest(table)
    assert manifest.problems == ()
    assert list(manifest.groups) == ["0001", "segment_2"]


def test_every_name_without_a_partner_is_told(tmp_path: Path) -> None:
    put(tmp_path, "images/a.jpg", "images/b.jpg", "masks/b.png", "masks/c.png", "more/b.jpg")
    with pytest.raises(InputError) as caught:
        write_pairs(tmp_path)
    assert caught.value.problems == (
        "a: 1 image, 0 masks (images/a.jpg)",
        "b: 2 images, 1 mask (images/b.jpg, masks/b.png, more/b.jpg)",
        "c: 0 images, 1 mask (masks/c.png)",
    )
    assert not (tmp_path / "images.csv").exists()


def test_two_images_of_one_name_are_no_pair(tmp_path: Path) -> None:
    put(tmp_path, "day/a.png", "night/a.png")
    with pytest.raises(InputError, match=r"a: 2 images, 0 masks"):
        write_pairs(tmp_path)


def test_a_folder_without_images_and_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no image is there"):
        write_pairs(tmp_path)
    with pytest.raises(InputError, match="there is no such folder"):
        write_pairs(tmp_path / "nowhere")


def test_files_that_no_reader_reads_are_told_and_no_pair(tmp_path: Path) -> None:
    put(tmp_path, "images/a.bmp", "masks/a.png")
    with pytest.raises(InputError) as caught:
        write_pairs(tmp_path)
    assert caught.value.problems == (
        "a: 0 images, 1 mask (masks/a.png)",
        f"{tmp_path}: 1 file passed over (1 .bmp); images are {', '.join(ENDINGS)}",
    )
