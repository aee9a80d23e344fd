"""`pleura predict` on folders, tables and files."""

import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks.clip_files import write_gif
from PIL import Image

from pleura.cli.predict import predict as write_to_stdout
from pleura.deploy.find_images import find_images
from pleura.deploy.package import load_model
from pleura.deploy.predictions import write_predictions
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from tests.deploy.predicting import PIXELS, images, model, predict

__all__ = ["images", "model"]  # fixtures


def test_a_folder_gives_a_row_for_each_image_that_says_what_is_wrong_with_it(
    model: Path, images: Path
) -> None:
    code, rows, said = predict(model, images)
    names = [Path(row["image"]).name for row in rows]
    assert names == ["a.png", "b.png", "bright.png", "broken.png"]
    assert [row["unlike_training"] for row in rows] == ["no", "no", "yes", ""]
    loaded = load_model(model)
    expected = loaded.predict([row["image"] for row in rows[:2]])
    found = [[float(row["no"]), float(row["yes"])] for row in rows[:2]]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert float(rows[2]["distance"]) > 1
    assert "unlike the training images" in rows[2]["note"]
    assert "neither PNG nor JPEG" in rows[3]["note"]
    assert rows[3]["yes"] == ""
    assert code == 1
    assert "unlike the training images: 1 of 4 images" in said
    assert "not readable: 1 of 4 images" in said


def test_progress_counts_every_image(model: Path, images: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_predictions(
        model,
        [images],
        io.StringIO(),
        progress=lambda done, total: seen.append((done, total)),
        say=lambda line: None,
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_files_of_a_folder_that_are_no_images_are_told(model: Path, images: Path) -> None:
    for name in ("c.bmp", "deep/d.BMP", "e.svg", "LICENCE"):
        (images / name).write_bytes(b"x")
    said = predict(model, images)[2]
    counts = "2 .bmp, 1 .svg, 1 .txt, 1 without ending"
    assert f"pleura: {images}: 5 files passed over ({counts}); images are .png, " in said


def test_a_table_with_any_name_for_the_column(model: Path, images: Path) -> None:
    table = images / "sheet.csv"
    table.write_text("who;x ray\n7;a.png\n8;deep/b.png\n")
    code, rows, said = predict(model, table)
    assert (code, said) == (0, "")
    assert [row["image"] for row in rows] == ["a.png", "deep/b.png"]
    table.write_text("image,mask\na.png,deep/b.png\n")
    assert [row["image"] for row in predict(model, table)[1]] == ["a.png"]
    assert find_images([table], "mask") == [("deep/b.png", str(images / "deep/b.png"))]


def test_an_image_is_called_as_its_table_writes_it(model: Path, images: Path) -> None:
    """However that is, so that a user can join the predictions to the table."""
    written = ["./deep/../a.png", "deep\\b.png", str(images / "deep" / "bright.png")]
    table = images / "sheet.csv"
    table.write_text("\n".join(["image", *written, "gone.png", ""]))
    _, rows, _ = predict(model, table)
    assert [row["image"] for row in rows] == [*written, "gone.png"]
    assert [row["unlike_training"] for row in rows] == ["no", "no", "yes", ""]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one,two\na.png,deep/b.png\n", r"--column: several name images \(one, two\)"),
        ("who,what\na,b\n", "--column: none names image files. There are: who, what"),
    ],
)
def test_a_table_that_does_not_tell_its_images(images: Path, text: str, told: str) -> None:
    (images / "sheet.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        find_images([images / "sheet.csv"])


def test_files_and_members_of_archives_stay_as_given_and_no_image_is_an_error(
    images: Path, tmp_path: Path
) -> None:
    given: list[str | Path] = [images / "a.png", "x.npz::train_images::3"]
    addresses = [address for _, address in find_images(given)]
    assert addresses == [str(images / "a.png"), "x.npz::train_images::3"]
    labels = np.zeros((2, 1), np.uint8)
    np.savez(tmp_path / "m.npz", train_images=PIXELS[:2], train_labels=labels)
    for told in find_images([tmp_path / "m.npz"])[1]:
        assert told.endswith("m.npz::train_images::1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        find_images([tmp_path / "empty"])


def test_a_model_of_an_earlier_version_says_so(model: Path, images: Path) -> None:
    loaded = load_model(model)
    save_model(model, loaded.classifier, {**loaded.card, "likeness": None})
    code, rows, said = predict(model, images / "a.png")
    assert code == 0
    assert rows[0]["unlike_training"] == "unknown"
    assert rows[0]["distance"] == ""
    assert "by an earlier version: images unlike them are not flagged" in said
    pd.testing.assert_frame_equal(  # predictions stay what they were
        pd.DataFrame(loaded.predict(images / "a.png")).round(5),
        pd.DataFrame([[float(rows[0]["no"]), float(rows[0]["yes"])]]).round(5),
    )


@pytest.mark.parametrize(
    ("images_of", "told"),
    [(9, "as validation patients of the study chose"), (0, "which no patients chose")],
)
def test_what_is_called_positive_stands_beside_the_probabilities(
    model: Path, images: Path, images_of: int, told: str
) -> None:
    path = model / "model.json"
    card = json.loads(path.read_text())
    card["calibration"] = {"temperature": [1.0, 1.0], "biases": [0.0, 0.0], "images": images_of}
    path.write_text(json.dumps(card | {"thresholds": {"no": 0.0, "yes": 1.0}}))
    code, rows, said = predict(model, images)
    assert code == 1
    assert list(rows[0])[:5] == ["image", "no", "yes", "called_no", "called_yes"]
    for row in rows:
        called = (row["called_no"], row["called_yes"])
        assert called == (("1", "0") if row["no"] else ("", ""))
    assert f"on, {told}: no .000, yes 1.000" in said
    found = load_model(model).assess(images / "a.png")
    assert found.called is not None
    assert found.called.tolist() == [[True, False]]
    path.write_text(json.dumps(card))
    assert load_model(model).assess(images / "a.png").called is None


def test_a_table_is_in_utf_8_whatever_a_terminal_can_show(model: Path, tmp_path: Path) -> None:
    files = [tmp_path / "set" / os.fsdecode(name) for name in ("\u6c14.png".encode(), b"\xff.png")]
    (tmp_path / "set").mkdir()
    for file in files:
        Image.fromarray(PIXELS[0]).save(file)
    written = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(written, "ascii")) as stream:
        write_to_stdout(model, [tmp_path / "set"])
        stream.flush()
        lines = written.getvalue().splitlines()[1:]
    assert [line.split(b",")[0] for line in lines] == [os.fsencode(file) for file in sorted(files)]


def test_a_patient_and_a_clip_have_the_mean_of_their_frames(model: Path, images: Path) -> None:
    card = json.loads((model / "model.json").read_text())
    card["frames"] = {"number": 2, "sector": False}
    (model / "model.json").write_text(json.dumps(card))
    write_gif(images / "c.gif", np.stack([np.full((48, 48), gray, np.uint8) for gray in (60, 190)]))
    frames = predict(model, images / "c.gif::0", images / "c.gif::1")[1]
    (clip,) = predict(model, images / "c.gif")[1]
    name = "yes"
    mean = np.mean([float(row[name]) for row in frames])
    assert float(clip[name]) == pytest.approx(mean, abs=2e-6)
    assert clip["note"].endswith("mean of 2 images")
    sheet = images / "sheet.csv"
    sheet.write_text("image,who\na.png,P1\nc.gif,P2\na.png,p02\n")  # spelled in two ways
    first, second = predict(model, sheet, "--patients", "who")[1]
    assert (first["image"], second["image"]) == ("P1", "P2")
    assert second["note"].endswith("mean of 3 images")
    expected = np.mean([*(float(row[name]) for row in frames), float(first[name])])
    assert float(second[name]) == pytest.approx(expected, abs=2e-6)
    with pytest.raises(InputError, match="names no patients"):
        predict(model, images, "--patients", "who")
    with pytest.raises(InputError, match="no column 'wh'; did you mean 'who'"):
        predict(model, sheet, "--patients", "wh")
