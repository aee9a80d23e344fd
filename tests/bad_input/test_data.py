"""Bad manifests and images: one clear message, a non-zero exit, nothing half-written."""

import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.bad_input.conftest import Command
from tests.bad_input.spoils import (
    Code,
    Content,
    Spoil,
    archive,
    assert_refused,
    both,
    content,
    left_in,
    relabel,
    rewrite,
    setting,
    spoiled,
    table,
    write_study,
)

pytestmark = pytest.mark.usefixtures("small_forests")


def image(change: Callable[[Path], object]) -> Spoil:
    """Spoil the file of the second row."""
    return lambda folder, study: change(folder / "0_1.png")


def cut_jpeg(path: Path) -> None:
    with Image.open(path) as whole:
        whole.resize((300, 300)).save(path, format="JPEG")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.4)])


def bomb(path: Path) -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(10**6))
    chunks = (head, data, b"IEND")
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
        )
    )


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def cut_archive(folder: Path, study: Content) -> None:
    archive(train_images=np.zeros((9, 4, 4), np.uint8), train_labels=np.arange(9))(folder, study)
    path = folder / "a.npz"
    path.write_bytes(path.read_bytes()[:-40])


MANIFESTS: dict[str, tuple[Spoil, list[str]]] = {
    "missing": (setting("data", manifest="none.csv"), ["none.csv: no such file", "Give a CSV"]),
    "folder without images": (
        both(lambda folder, study: (folder / "e").mkdir(), setting("data", manifest="e")),
        ["study/e: no sub-folder holds an image"],
    ),
    "folder without sub-folders": (
        setting("data", manifest="."),
        ["no sub-folder holds an image", "images of each class into a sub-folder of its name"],
    ),
    "all images moved": (
        rewrite(lambda rows: [row.update(image=f"gone/{row['image']}") for row in rows]),
        ["images.csv: 36 of 36 images are not there, such as /", "/gone/0_0.png", "moved"],
    ),
    "names of columns in capitals": (
        table(b"Image,Label,Patient\n0_0.png,a,p\n"),
        [
            "images.csv: columns are missing",
            "no column 'image'\n",
            "did you mean 'Image', 'Label', 'Patient'? map under data: "
            "columns: {image: Image, label: Label, patient: Patient}",
        ],
    ),
    "Latin-1": (
        table("image,label,patient\n0_0.png,a,p\n0_1.png,bénin,p\n".encode("latin-1")),
        ["images.csv: not a CSV file in UTF-8 (line 3)", "save it as 'CSV UTF-8'"],
    ),
    "empty": (table(b""), ["images.csv: the table is empty"]),
    "header alone": (table(b"image,label,patient\n"), ["images.csv: the table is empty"]),
    "a picture": (table(b"\x89PNG\r\n\x1a\n\xff\xfe"), ["images.csv: not a CSV file in UTF-8"]),
    "a column twice": (
        table(b"image,label,patient,label\n0_0.png,a,p,b\n"),
        ["images.csv", "column 'label' twice"],
    ),
    "byte order mark, semicolons, no patient": (
        table(b"\xef\xbb\xbfimage;label;id\r\n0_0.png;a;p0\r\n1_0.png;b;p1\r\n"),
        [
            "images.csv: no column says which patient",
            "under data: columns: {patient: <name in the file>}",
        ],
    ),
    "no label": (rewrite(lambda rows: rows[1].update(label="")), ["row 3 (0_1.png): no label"]),
    "label NaN": (
        rewrite(lambda rows: rows[1].update(label="NaN")),
        ["row 3 (0_1.png): no label", "where: {label: '?*'}"],
    ),
    "labels that differ in case": (
        rewrite(lambda rows: rows[1].update(label="A")),
        ["labels 'A', 'a' differ in case, blanks, _ or - only", "row 3 (0_1.png)"],
    ),
    "labels that differ in blanks": (
        relabel(lambda patient, label: "a b" if patient == 0 else f"{label}b"),
        ["labels 'a b', 'ab' differ in case, blanks, _ or - only", "row 2 (0_0.png)"],
    ),
    "image under two patients": (
        rewrite(lambda rows: rows.append({**rows[1], "patient": "p2"})),
        ["row 38 (0_1.png): same image as row 3"],
    ),
    "pixels under two patients": (
        lambda folder, study: shutil.copy(folder / "0_1.png", folder / "2_0.png"),
        [
            "same pixels under two patients",
            "row 3 (0_1.png) of p0",
            "same_image: merge under data:",
        ],
    ),
    "image is a folder": (image(make_folder), ["row 3 (0_1.png): no such file"]),
    "image outside": (
        rewrite(lambda rows: rows[1].update(image="../0_1.png")),
        ["row 3", "/0_1.png is outside the manifest's folder", "write the whole path"],
    ),
    "one class": (relabel(lambda patient, label: "a"), ["images.csv: one class only (a)"]),
    "a class that is not there": (
        setting("data", classes=["a", "c"]),
        ["class 'c': no row has this label. There are: a, b"],
    ),
    "one patient": (
        rewrite(lambda rows: [row.update(patient="p") for row in rows]),
        ["images.csv: fewer than three patients (p) cannot be divided"],
    ),
    "part column leaks": (
        both(
            rewrite(lambda rows: rows[1].update(split="test")),
            lambda folder, study: study.update(split={"test": "split"}),
        ),
        ["column 'split'", "patient p0 is in train (rows 2) and in test (rows 3)"],
    ),
    "fewer patients than folds": (
        lambda folder, study: study.update(split={"folds": 12}),
        ["12 folds need 12 patients of every class", "class a: 9 patients", "Take fewer folds"],
    ),
    "a fold without a class": (
        both(
            relabel(lambda patient, label: "c" if patient < 2 else label),
            lambda folder, study: study.update(split={"folds": 3}),
        ),
        ["3 folds need 3 patients", "class c: 2 patients", "Take fewer folds or merge classes"],
    ),
    "a fraction without a class": (
        lambda folder, study: study.update(fractions=[0.05, 1.0]),
        ["fraction 0.05: no image of a in train", "take a larger fraction"],
    ),
    "archive with code": (
        archive(train_images=np.zeros((2, 4, 4), np.uint8), train_labels=np.array([Code(), 1])),
        ["a.npz: not a readable .npz archive"],
    ),
    "archive of another shape": (
        archive(train_images=np.zeros((2, 4, 4), np.uint8), train_labels=np.array(1)),
        ["a.npz: train_labels has shape ()"],
    ),
    "archive cut off": (cut_archive, ["a.npz: not a readable .npz archive"]),
    "tar archive": (
        both(
            lambda folder, study: (folder / "a.tar").write_bytes(bytes(range(256))),
            setting("data", manifest="a.tar"),
        ),
        ["a.tar: not a CSV file in UTF-8"],
    ),
    "JPEG cut at 40 %": (image(cut_jpeg), ["row 3 (0_1.png): ", "truncated"]),
    "text named .png": (
        image(lambda path: path.write_text("a letter")),
        [
            "row 3 (0_1.png): the contents are neither PNG nor JPEG",
            "Replace images that cannot be read, or take their rows out",
        ],
    ),
    "bomb": (
        image(bomb),
        ["row 3 (0_1.png): 30000 x 30000 pixels are more than", "save it smaller"],
    ),
    "empty image": (
        image(lambda path: path.write_bytes(b"")),
        ["row 3 (0_1.png): the file is empty"],
    ),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_bad_data_are_refused(case: str, folder: Path, tmp_path: Path, pleura: Command) -> None:
    spoil, words = MANIFESTS[case]
    spoiled(folder, spoil)
    answer = pleura("study", "run", folder / "study.yaml", "--out", tmp_path / "out")
    assert_refused(answer, words)
    assert left_in(tmp_path / "out") <= {".lock", "bank"}


@pytest.mark.parametrize("case", ["JPEG cut at 40 %", "fewer patients than folds"])
def test_after_mending_the_same_command_goes_on(
    case: str, folder: Path, tmp_path: Path, pleura: Command
) -> None:
    shutil.copytree(folder, tmp_path / "sound")
    spoiled(folder, MANIFESTS[case][0])
    command = ("study", "run", folder / "study.yaml", "--out", tmp_path / "out")
    assert_refused(pleura(*command), MANIFESTS[case][1])
    shutil.copytree(tmp_path / "sound", folder, dirs_exist_ok=True)
    assert pleura(*command)[0] == 0
    assert (tmp_path / "out" / "report.html").is_file()


def test_names_with_dots_and_slashes_stay_inside(
    folder: Path, tmp_path: Path, pleura: Command
) -> None:
    name = "../../escaped"
    study = content()
    study["reference"], study["recipes"] = name, {name: study["recipes"]["net"]}
    write_study(folder, study)
    relabel(lambda patient, label: f"../{label}")(folder, study)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    out = tmp_path / "a" / "b" / "out"
    assert pleura("study", "run", folder / "study.yaml", "--out", out)[0] == 0
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert new
    assert all(path.is_relative_to(out) for path in new)


def test_an_absolute_path_outside_and_a_link_are_taken(
    folder: Path, tmp_path: Path, pleura: Command
) -> None:
    (folder / "0_1.png").rename(tmp_path / "moved.png")
    (folder / "1_1.png").rename(tmp_path / "linked.png")
    (folder / "1_1.png").symlink_to(tmp_path / "linked.png")
    rewrite(lambda rows: rows[1].update(image=str(tmp_path / "moved.png")))(folder, {})
    assert pleura("study", "plan", folder / "study.yaml", "--out", tmp_path / "out")[0] == 0
