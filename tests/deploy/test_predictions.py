"""`pleura predict` on folders, tables and files."""

import csv
import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from benchmarks.clip_files import write_gif
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.cli.predict import predict as write_to_stdout
from pleura.deploy.find_images import find_images
from pleura.deploy.likeness import channels_of, fit_likeness, logits_and_features
from pleura.deploy.package import load_model
from pleura.deploy.predictions import write_predictions
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.transfer.build import build_model

SPEC = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
PIXELS = np.random.default_rng(2).integers(0, 40, (60, 32, 32), dtype=np.uint8)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that knows dark images."""
    network = build_model({**SPEC, "weights": "random"}, n_classes=2, seed=4).classifier.eval()
    _, features = logits_and_features(network, torch.from_numpy(PIXELS)[:, None] / 255)
    known = fit_likeness(features[:30], features[30:], channels_of(network.backbone))
    folder = tmp_path / "best"
    card = {**SPEC, "classes": ["no", "yes"], "size": 32, "fit": "crop"}
    save_model(folder, network, card | {"likeness": known.save(folder, "k")})
    return folder


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two dark images, one bright and one that is broken."""
    folder = tmp_path / "images"
    (folder / "deep" / ".hidden").mkdir(parents=True)
    Image.fromarray(PIXELS[0]).save(folder / "a.png")
    Image.fromarray(PIXELS[1]).save(folder / "deep" / "b.png")
    Image.fromarray(np.full((32, 32), 230, np.uint8)).save(folder / "deep" / "bright.png")
    (folder / "deep" / "broken.png").write_text("text")
    (folder / "deep" / "notes.txt").write_text("no image")
    Image.fromarray(PIXELS[1]).save(folder / "deep" / ".hidden" / "c.png")
    return folder


def predict(*arguments: object) -> tuple[int, list[dict[str, str]], str]:
    result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, list(csv.DictReader(io.StringIO(result.stdout))), result.stderr


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
        ('image\na.png\n""\n', "row 2"),
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


def with_sets(model: Path, thresholds: list[list[float | None]], *, several: bool) -> Path:
    """The model with a rule of prediction sets in its card."""
    path = model / "model.json"
    card = json.loads(path.read_text())
    patients = [[3 if each is None else 12 for each in row] for row in thresholds]
    card["sets"] = {
        "coverage": 0.9,
        "several": several,
        "thresholds": thresholds,
        "patients": patients,
    }
    if several:
        card["calibration"] = {"temperature": [1.0, 1.0], "biases": [0.0, 0.0]}
    path.write_text(json.dumps(card))
    return model


def test_a_set_stands_beside_the_probabilities(model: Path, images: Path) -> None:
    code, rows, said = predict(with_sets(model, [[0.5, None]], several=False), images)
    assert code == 1
    assert list(rows[0])[:4] == ["image", "no", "yes", "set"]
    for row in rows:
        of_read = "{no|yes}" if row["no"] and float(row["no"]) >= 0.5 else "{yes}"
        assert row["set"] == (of_read if row["no"] else "")
    assert "no prediction set for yes: too few patients" in said
    assert "at least .9 of the patients of each class who are" in said
    assert "On its test patients they held it for: not told by this model" in said
    found = load_model(model).assess(PIXELS[:3])
    assert found.sets is not None
    assert found.sets.shape == (3, 2)
    np.testing.assert_array_equal(found.sets[:, 0], found.probabilities[:, 0] >= 0.5)
    assert found.sets[:, 1].all()


def test_where_no_class_has_a_set_nothing_is_promised(model: Path, images: Path) -> None:
    said = predict(with_sets(model, [[None, None]], several=False), images / "a.png")[2]
    assert "no prediction set for no, yes: too few patients were kept for them; they are in" in said
    assert "promise" not in said


def test_what_test_shows_of_the_sets_is_told_with_them(model: Path, images: Path) -> None:
    path = with_sets(model, [[0.5, 0.5]], several=False) / "model.json"
    card = json.loads(path.read_text())
    expected = {"expected_low": 0.85, "expected_high": 0.97}
    card["sets"]["on_test"] = {
        "no": {"covered": 0.91, "low": 0.88, "high": 0.94, **expected},
        "yes": {"covered": 0.55, "low": 0.47, "high": 0.63, **expected},
    }
    path.write_text(json.dumps(card))
    _, rows, said = predict(model, images / "a.png")
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "they held it for: no .910 (.880 to .940); yes .550 (.470 to .630)\n" in said
    assert "test patients sets hold yes less often than promised" in said
    assert list(rows[0]) == ["image", "no", "yes", "set", "unlike_training", "distance", "note"]
    card["sets"]["on_test"]["yes"]["high"] = 0.86
    path.write_text(json.dumps(card))
    assert "less often" not in predict(model, images / "a.png")[2]
    assert load_model(model).on_test["no"].covered == 0.91


def test_each_finding_has_a_set_of_its_own(model: Path, images: Path) -> None:
    thresholds: list[list[float | None]] = [[2.0, 2.0], [0.0, 0.0]]
    _, rows, said = predict(with_sets(model, thresholds, several=True), images / "a.png")
    assert list(rows[0])[:5] == ["image", "no", "yes", "set_no", "set_yes"]
    assert (rows[0]["set_no"], rows[0]["set_yes"]) == ("{}", "{absent|present}")
    assert "no prediction set" not in said
    assert "at least .9 of the patients with and without each finding who are" in said
    found = load_model(model).assess(PIXELS[0])
    assert found.sets is not None
    assert found.sets.tolist() == [[[False, False], [True, True]]]


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


def test_classes_called_as_other_columns_keep_a_column_of_their_own(
    model: Path, images: Path
) -> None:
    path = with_sets(model, [[0.5, 0.5]], several=False) / "model.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"classes": ["distance", "set"]}))
    _, rows, _ = predict(model, images / "a.png")
    names = ["image", "predicted_distance", "predicted_set", "set", "unlike_training", "distance"]
    assert list(rows[0]) == [*names, "note"]
    both = float(rows[0]["predicted_distance"]) + float(rows[0]["predicted_set"])
    assert both == pytest.approx(1, abs=2e-6)


def test_without_a_rule_there_is_no_set(model: Path, images: Path) -> None:
    _, rows, _ = predict(model, images / "a.png")
    assert "set" not in rows[0]
    assert load_model(model).assess(PIXELS[0]).sets is None


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
    sheet.write_text("image,who\na.png,P1\nc.gif,P2\na.png,P2\n")
    first, second = predict(model, sheet, "--patients", "who")[1]
    assert (first["image"], second["image"]) == ("P1", "P2")
    assert second["note"].endswith("mean of 3 images")
    expected = np.mean([*(float(row[name]) for row in frames), float(first[name])])
    assert float(second[name]) == pytest.approx(expected, abs=2e-6)
    with pytest.raises(InputError, match="names no patients"):
        predict(model, images, "--patients", "who")
    with pytest.raises(InputError, match="no column 'wh'; did you mean 'who'"):
        predict(model, sheet, "--patients", "wh")
