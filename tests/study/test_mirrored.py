"""A study whose networks see each image and its mirror image."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax

import pleura
from pleura.averages import MIRRORED
from pleura.data.bank import build_bank
from pleura.errors import InputError
from pleura.evaluate.calibration import fit
from pleura.evaluate.calibration_maps import CalibrationMap, map_of
from pleura.study.estimate import describe
from pleura.study.run import Study
from pleura.study.steps.mirrored import Mirrored
from tests.conftest import MakeImages, without_page
from tests.report.words import words_of
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

BOTH = "frozen, mirrored too"
LOGITS = ["logit_a", "logit_b"]


def asked(manifest: Path, *, mirrored: bool | dict[str, bool], **changes: Any) -> Study:
    """A frozen network, one seed."""
    made = content(manifest)
    made |= {"seeds": [0], "fractions": [1.0], "reference": "frozen", "mirrored": mirrored}
    made["recipes"] = {"frozen": made["recipes"]["frozen"]}
    made["tune"] = {"rates": [1e-3], "penalties": [1.0]}
    return Study.from_objects(made | changes)


def test_a_finished_study_looks_at_mirror_images_too(
    make_images: MakeImages, tmp_path: Path
) -> None:
    manifest, out = make_images(patients=30), tmp_path / "study"
    with without_page():
        asked(manifest, mirrored=False).run(out)
    assert "mirrored" not in (out / "study.yaml").read_text(encoding="utf-8")
    said: list[str] = []
    result = asked(manifest, mirrored=True).run(out, announce=said.append)
    done = [line.split("] ")[1] for line in said if line.startswith("[")]
    assert done == [f"{BOTH}, 100%, seed 0"]

    table = result.predictions
    own, both = (table[table["recipe"] == name] for name in ("frozen", BOTH))
    assert sorted(both["part"] + both["image"]) == sorted(own["part"] + own["image"])
    tested = both[both["part"] == "test"]
    model = pleura.load(out / "best").classifier
    files = [str(manifest.parent / name) for name in tested["image"]]
    images = build_bank(files, tmp_path / "bank", size=32).read(np.arange(len(files)))
    shown = torch.from_numpy(images)[:, None] / 255
    with torch.inference_mode():
        sides = [model(each).softmax(1).numpy() for each in (shown, shown.flip(-1))]
    assert np.abs(sides[0] - sides[1]).max() > 1e-3
    said_of_both = softmax(tested[LOGITS].to_numpy(float), axis=1)
    np.testing.assert_allclose(said_of_both, np.mean(sides, axis=0), atol=1e-4)

    (once,), (twice,) = (
        result.runs[result.runs["recipe"] == name].to_dict("records") for name in ("frozen", BOTH)
    )
    assert twice["kind"] == MIRRORED
    assert twice["macs"] == 2 * once["macs"]
    assert twice["latency_ms"] == pytest.approx(2 * once["latency_ms"])
    assert twice["parameters"] == once["parameters"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "“Mirrored too”" in page
    assert f"none of what is averaged: “{BOTH}”" in page
    assert "mirrored: true" in (out / "study.yaml").read_text(encoding="utf-8")

    # Handed over, it says of files what the study says of the same images, calibrated.
    told = asked(manifest, mirrored={"hand_over": True})
    assert "best/ will see each image and its mirror image" in describe(
        told.file, told.prepare(out)
    )
    told.run(out)
    card = json.loads((out / "best" / "model.json").read_text())
    assert (card["recipe"], card["mirrored"]) == (BOTH, True)
    calibration = map_of(card["calibration"])
    assert isinstance(calibration, CalibrationMap)
    validated = both[both["part"] == "validation"]
    labels = validated["label"].eq("b").to_numpy().astype(np.int64)
    fitted = fit(validated[LOGITS], labels, validated["patient"].to_numpy())
    assert calibration.values == pytest.approx(fitted.values)
    expected = calibration.probabilities(tested[LOGITS].to_numpy(float))
    found = pleura.load(out / "best").predict(files)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"is “{BOTH}” (with all labels, seed 0), chosen on validation" in words_of(page)


def test_one_average_alone_is_handed_over(make_images: MakeImages) -> None:
    both = {"mirrored": {"hand_over": True}, "seeds": [0, 1]}
    with pytest.raises(InputError, match="ask for one of the two"):
        asked(make_images(patients=6), **both, ensembles={"hand_over": True})  # type: ignore[arg-type]


def test_left_and_right_are_exchanged(make_images: MakeImages, tmp_path: Path) -> None:
    files = sorted(str(path) for path in make_images(patients=2).parent.glob("*.png"))
    bank = build_bank(files, tmp_path / "bank", size=32)
    rows = np.array([1, 0])
    np.testing.assert_array_equal(Mirrored(bank).read(rows), bank.read(rows)[:, :, ::-1])
