"""A study on images of several depths, from its file to the model that it hands over."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from benchmarks.dicom_files import write
from PIL import Image

import pleura
from pleura.data.mask_bank import MaskBank
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError
from pleura.study.context import Context
from pleura.study.draw import draws_of
from pleura.study.material import Material
from pleura.study.run import Study
from pleura.study.study_files import make_study
from tests.data.stored import picture
from tests.data.test_depth import bank_of
from tests.networks import SMALL

pytestmark = pytest.mark.usefixtures("small_forests")


def content(**data: Any) -> dict[str, Any]:
    return {
        "question": "which",
        "data": {"manifest": "images.csv", "size": 32, **data},
        "split": {"test": 0.3, "validation": 0.3},
        "seeds": [0],
        "reference": "net",
        "recipes": {
            "net": {
                "backbone": SMALL,
                "weights": "random",
                "strategy": "feature_extraction",
            }
        },
        "training": {"precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
    }


@pytest.mark.usefixtures("no_page")
def test_one_class_in_12_of_16_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan asks for its full range; the model that is handed over knows it."""
    monkeypatch.chdir(tmp_path)
    bank_of(tmp_path, 4095 / 255, [8, 16] * 10)
    with pytest.raises(InputError, match=r"such as full_range: \[0, 4095\]"):
        Study.from_objects(content()).run(tmp_path / "asked")
    study = Study.from_objects(content(full_range=[0, 4095]))
    folder = study.run(tmp_path / "run").folder
    model = pleura.load(folder / "best")
    assert model.card["full_range"] == [0, 4095]
    pixels = picture(32, 32, seed=99)
    Image.fromarray(pixels).save(tmp_path / "8.png")
    fine = np.rint(pixels * (4095 / 255)).astype(np.uint16)
    (tmp_path / "16.png").write_bytes(imagecodecs.png_encode(fine))
    scores = model.predict([tmp_path / "8.png", tmp_path / "16.png"])
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)
    assert "shown by their full range: 10 from 0 (black) to 4095" in (
        folder / "notes.json"
    ).read_text(encoding="utf-8")


@pytest.mark.usefixtures("no_page")
def test_a_study_of_dicom_without_its_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten and twelve bits, each by its own bits; the model that is handed over does the same."""
    monkeypatch.chdir(tmp_path)
    lines = ["image,label,patient"]
    for number in range(20):
        bits = (10, 12)[number % 2]
        fine = np.rint(picture(32, 32, seed=number) * ((2**bits - 1) / 255)).astype(np.uint16)
        window = {"WindowCenter": 100 + number, "WindowWidth": 50}
        write(tmp_path / f"{number}.dcm", fine, BitsStored=bits, **window)
        lines.append(f"{number}.dcm,{'ab'[number // 2 % 2]},{number}")
    (tmp_path / "images.csv").write_text("\n".join(lines))
    folder = Study.from_objects(content(full_range="bits")).run(tmp_path / "run").folder
    notes = (folder / "notes.json").read_text(encoding="utf-8")
    assert "10 from 0 (black) to 1023 (white); 10 from 0 (black) to 4095 (white)" in notes
    model = pleura.load(folder / "best")
    assert model.card["full_range"] == "bits"
    Image.fromarray(picture(32, 32, seed=3)).save(tmp_path / "8.png")
    scores = model.predict([tmp_path / "3.dcm", tmp_path / "8.png"])
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)


@pytest.mark.parametrize("given", [[4095, 0], [3, 3]])
def test_black_is_the_smaller_value(given: list[int]) -> None:
    with pytest.raises(InputError, match=r"data\.full_range: black comes first"):
        make_study(content(full_range=given), where="here", relative_to=Path())


def test_a_draw_of_one_training_image_is_told(tmp_path: Path) -> None:
    manifest, bank = bank_of(tmp_path, 257.0, [8] * 3)
    table = manifest.table.assign(label="")
    manifest = type(manifest)(**{**vars(manifest), "table": table, "classes": ("",)})
    rule = Rule(test=0.34, validation=0.34, seeds=[0], fractions=[1.0])
    split = make_split(manifest, rule)
    assert len(split.parts(0, 0, 1.0).train) == 1
    context = Context(tmp_path, manifest, bank, split, 1, "cpu")
    study = make_study(content(), where="here", relative_to=tmp_path)
    with pytest.raises(InputError, match="seed 0: one image would train, and two must"):
        draws_of(study, context)


def test_a_step_with_one_training_image_is_told(tmp_path: Path) -> None:
    manifest, bank = bank_of(tmp_path, 257.0, [8] * 2)
    table = manifest.table.assign(label="a")
    manifest = type(manifest)(**{**vars(manifest), "table": table, "classes": ("a",)})
    masks = MaskBank(tmp_path, "", 32, ("a",), np.ones(2), ())
    with pytest.raises(InputError, match="training would be one image: 2 patients"):
        Material(manifest, bank, masks, 0.5)
