import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.ndimage import gaussian_filter

from pleura.data import alike
from pleura.data.alike import MIRRORED, find_copies, find_twins
from pleura.data.audit import check
from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError

SIDE = 64
Change = Callable[[Image.Image], Image.Image]


def frame(patient: int, time: float = 0.0) -> Image.Image:
    """A frame of a clip: the same scene for a patient, with something in it that moves."""
    rng = np.random.default_rng(patient)
    scene = gaussian_filter(rng.standard_normal((2, SIDE, SIDE)), (0, 2, 2))
    moved = scene[0] + 0.2 * np.roll(scene[1], round(time), axis=1)
    return Image.fromarray((128 + 400 * moved).clip(0, 255).astype(np.uint8))


def saved_again(image: Image.Image, quality: int = 50) -> Image.Image:
    memory = io.BytesIO()
    image.save(memory, "JPEG", quality=quality)
    return Image.open(memory)


def write(folder: Path, images: dict[str, tuple[Image.Image, str, str]]) -> Path:
    """A manifest of images by name, each with its label and patient."""
    lines = ["image,label,patient"]
    for name, (image, label, patient) in images.items():
        image.save(folder / name)
        lines.append(f"{name},{label},{patient}")
    path = folder / "images.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def audit(
    path: Path, same_image: Literal["refuse", "merge"] = "refuse", size: int = 48
) -> Manifest:
    manifest = read_manifest(path)
    bank = build_bank(list(manifest.table["image"]), path.parent / "bank", size=size)
    return check(manifest, bank, same_image=same_image)


def sound(patients: int = 8) -> dict[str, tuple[Image.Image, str, str]]:
    return {
        f"{patient}_{time}.png": (frame(patient, time), "ab"[patient % 2], f"p{patient}")
        for patient in range(patients)
        for time in range(2)
    }


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (ImageOps.mirror, ", mirrored left to right"),
        (ImageOps.flip, ", mirrored upside down"),
        (lambda image: ImageOps.flip(ImageOps.mirror(image)), ", turned by half"),
        (saved_again, ""),
        (lambda image: saved_again(ImageOps.mirror(image)), ", mirrored left to right"),
        (lambda image: image.resize((51, 51)), ""),
        (lambda image: image.point(lambda gray: gray * 0.6 + 20), ""),
    ],
    ids=["mirror", "flip", "turn", "saved", "saved mirror", "smaller", "windowed"],
)
def test_a_copy_under_another_patient_is_refused_by_row(
    tmp_path: Path, change: Change, how: str
) -> None:
    path = write(tmp_path, {**sound(), "copy.png": (change(frame(2)), "a", "p9")})
    with pytest.raises(InputError) as caught:
        audit(path)
    (problem,) = caught.value.problems
    told = "same image under two patients: row 6 (2_0.png) of p2, row 18 (copy.png) of p9"
    assert problem.startswith(f"{told}{how} (likeness ")
    assert "same_image: merge" in caught.value.heading


def test_a_frame_of_a_clip_under_another_patient_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {**sound(), "later.png": (frame(3, 1.6), "b", "p9")})
    with pytest.raises(InputError, match=r"row 9 \(3_1.png\) of p3, row 18 \(later.png\) of p9"):
        audit(path)


def test_many_pairs_of_two_patients_are_one_problem(tmp_path: Path) -> None:
    copies = {f"c{i}.png": (ImageOps.mirror(frame(4, i)), "a", "p9") for i in range(2)}
    with pytest.raises(InputError) as caught:
        audit(write(tmp_path, {**sound(), **copies}))
    (problem,) = caught.value.problems
    assert problem.endswith(" more such pairs of theirs")


def test_merging_makes_one_patient_but_never_one_label(tmp_path: Path) -> None:
    mirrored = ImageOps.mirror(frame(2))
    path = write(tmp_path, {**sound(), "copy.png": (mirrored, "a", "p9")})
    merged = audit(path, "merge")
    assert merged.groups[-1] == "p2"
    assert merged.notes == ("patients who share an image count as one (once): p2 = p9",)
    path = write(tmp_path, {**sound(), "copy.png": (mirrored, "b", "p9")})
    with pytest.raises(InputError, match=r"same image under two labels: .* of b, mirrored left"):
        audit(path, "merge")


@pytest.mark.parametrize("size", [8, 33, 48])
def test_a_sound_manifest_passes_unchanged(tmp_path: Path, size: int) -> None:
    path = write(tmp_path, sound(40))
    manifest = audit(path, size=size)
    assert manifest.key == read_manifest(path).key
    assert manifest.notes == ()


def test_black_frames_are_nobodys(tmp_path: Path) -> None:
    black = {
        f"black{i}.png": (Image.new("L", (SIDE, SIDE), i), "a", f"p{10 + i}") for i in range(3)
    }
    notes = audit(write(tmp_path, {**sound(), **black})).notes
    assert len(notes) == 1
    assert notes[0].startswith("blank images, of one gray all over (")
    assert "3, such as row 18 (black0.png), row 19 (black1.png), row 20 (black2.png)" in notes[0]


def bank_of(folder: Path, images: list[Image.Image]) -> Bank:
    for number, image in enumerate(images):
        image.save(folder / f"{number}.png")
    return build_bank([str(folder / f"{i}.png") for i in range(len(images))], folder, size=SIDE)


def test_likeness_is_the_correlation_of_all_four_positions(tmp_path: Path) -> None:
    bank = bank_of(tmp_path, [frame(patient) for patient in range(5)])
    thumbnails = np.concatenate([block for _, block in alike._thumbnails(bank, 32, np.arange(5))])

    def flat(images: NDArray[np.float32]) -> NDArray[np.float32]:
        return images.reshape(len(images), -1)

    plain, lr = flat(thumbnails), flat(thumbnails[:, :, ::-1])
    ud, turned = flat(thumbnails[:, ::-1]), flat(thumbnails[:, ::-1, ::-1])
    expected = np.stack([plain @ other.T for other in (plain, lr, ud, turned)])
    parts = alike.parities(bank)
    np.testing.assert_allclose(alike.correlate(parts, parts), expected, atol=1e-5)
    np.testing.assert_allclose(np.diagonal(expected[0]), 1, atol=1e-5)


def test_twins_are_found_across_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [frame(patient) for patient in range(7)]
    bank = bank_of(tmp_path, [*images, ImageOps.flip(images[0]), ImageOps.mirror(images[4])])
    whole = find_twins(bank, np.arange(9))
    assert {(pair.one, pair.other, pair.mirrored) for pair in whole} == {
        (0, 7, MIRRORED[2]),
        (4, 8, MIRRORED[1]),
    }
    monkeypatch.setattr(alike, "TILE", 2)
    monkeypatch.setattr(alike, "READ", 4)
    monkeypatch.setattr(alike, "HELD", 4)
    tiled = find_twins(bank, np.arange(9))
    assert [(pair.one, pair.other) for pair in tiled] == [(pair.one, pair.other) for pair in whole]
    chosen = np.array([8, 5, 0, 7, 4, 3])
    copies = find_copies(chosen, bank, bank)
    assert {(copy.one, copy.other) for copy in copies if copy.one != copy.other} == {
        *((0, 7), (7, 0), (4, 8), (8, 4))
    }
    assert [copy.one for copy in copies if copy.one == copy.other] == [5, 8, 0, 7, 3, 4]
    assert find_twins(bank, np.array([0, 1, 2, 3, 4, 5, 6, 0, 4])) == []


def test_copies_in_another_bank_are_found_at_any_size(tmp_path: Path) -> None:
    for number, image in enumerate([frame(0), frame(1), ImageOps.mirror(frame(2))]):
        image.save(tmp_path / f"test{number}.png")
    bank = bank_of(tmp_path, [frame(patient) for patient in range(2, 7)])
    tests = [str(tmp_path / f"test{number}.png") for number in range(3)]
    other = build_bank(tests, tmp_path / "other", size=48)
    (copy,) = find_copies(np.array([3, 0, 4]), bank, other)
    assert (copy.one, copy.other, copy.mirrored) == (0, 2, MIRRORED[1])
    assert find_copies(np.array([1, 2]), bank, other) == []


def test_the_real_collections_hold_these_copies_and_no_others(
    shared_data: Path, tmp_path: Path
) -> None:
    manifest = read_manifest(
        shared_data / "chest_xray" / "images.csv",
        columns={"image": "file", "patient": "patient_id"},
        where={"file": "ieee8023/*"},
    )
    bank = build_bank(list(manifest.table["image"]), tmp_path, size=64)
    twins = find_twins(bank, manifest.groups)
    owners = {frozenset((manifest.groups[t.one], manifest.groups[t.other])) for t in twins}
    assert owners == {frozenset(("I_97", "I_178"))}
    assert len(twins) == 4
    frames = read_manifest(
        shared_data / "lung_ultrasound" / "frames.csv",
        columns={"image": "file", "patient": "patient_id", "video": "video_id"},
    )
    bank = build_bank(list(frames.table["image"]), tmp_path, size=64)
    (pair,) = find_twins(bank, frames.groups)
    assert {frames.groups[pair.one], frames.groups[pair.other]} == {"192.0", "198.0"}
