"""A prediction of many images that was stopped goes on."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

import pleura.deploy.predictions as module
from pleura.data.bank import Progress
from pleura.deploy.predictions import How, write_predictions
from pleura.deploy.predictor import predictions
from pleura.errors import InputError
from tests.deploy.predicting import PIXELS, images, model, predict

__all__ = ["images", "model"]  # fixtures


class InterruptError(Exception):
    """What a user's interrupt stands for."""


def stop_after(n: int) -> Progress:
    def progress(done: int, of: int) -> None:
        if done == n:
            raise InterruptError

    return progress


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the model is asked about, from now on."""
    asked: list[str] = []

    def watched(model, rows, full_range):  # type: ignore[no-untyped-def]
        asked.extend(row.name for row in rows)
        return predictions(model, rows, full_range)

    monkeypatch.setattr(module, "predictions", watched)
    return asked


def names(rows: list[str]) -> list[str]:
    return [Path(row).name for row in rows]


def write(model: Path, images: Path, out: Path, n: int = 0, how: How = module.PLAIN) -> list[str]:
    said: list[str] = []
    progress = stop_after(n)
    write_predictions(model, [images], out, how=how, progress=progress, say=said.append)
    return said


def test_what_is_found_is_not_found_again(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, whole = tmp_path / "new" / "out.csv", tmp_path / "whole.csv"
    write(model, images, whole)
    with pytest.raises(InterruptError):
        write(model, images, out, 2)
    assert not out.exists()
    asked = counting(monkeypatch)
    said = write(model, images, out)
    assert names(asked) == ["bright.png", "broken.png"]
    assert f"pleura: {out}: goes on; 2 images done before" in said
    assert out.read_text() == whole.read_text()
    assert [path.name for path in out.parent.iterdir()] == ["out.csv"]  # nothing is left beside it


def test_an_image_that_was_replaced_is_looked_at_again_and_a_line_cut_off_is_not_read(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(InterruptError):
        write(model, images, out, 3)
    Image.fromarray(PIXELS[3]).save(images / "a.png")
    journal = tmp_path / "out.csv.unfinished"
    text = journal.read_text()
    assert text.count("\n") == 3
    journal.write_text(text[:-20])
    asked = counting(monkeypatch)
    write(model, images, out)
    assert names(asked) == ["a.png", "bright.png", "broken.png"]


def test_another_question_begins_anew(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(InterruptError):
        write(model, images, out, 2)
    asked = counting(monkeypatch)
    write(model, images, out, how=How(full_range=(0, 100)))
    assert len(asked) == 4


def test_json_tells_what_the_table_tells(model: Path, images: Path, tmp_path: Path) -> None:
    code, rows, said = predict(model, images, "--out", tmp_path / "out.json")
    assert (code, rows) == (1, [])
    assert "unlike the training images: 1 of 4 images" in said
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["model"]["classes"] == ["no", "yes"]
    predict(model, images, "--out", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [each["image"] for each in told["predictions"]] == [row["image"] for row in table]
    for each, row in zip(told["predictions"][:3], table[:3], strict=True):
        assert each["probabilities"]["yes"] == pytest.approx(float(row["yes"]), abs=1e-6)
        assert each["answers"] == [row["predicted"]]
        assert each["unlike_training"] == (row["unlike_training"] == "yes")
    assert told["predictions"][3].keys() == {"image", "notes", "error"}


def test_an_unknown_kind_of_file_is_refused_before_anything_is_done(
    model: Path, images: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"out.xlsx: name a file that ends in .csv or .json"):
        write(model, images, tmp_path / "out.xlsx")
