"""`pleura masks`: a mask for each image of any table, and a table that can be a manifest."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from pleura.cli import app
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.deploy.masks import write_masks
from pleura.deploy.segmenter import load_segmenter
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.models.unet_nets import build_unet
from pleura.study.run import Study
from tests.conftest import without_page
from tests.study.segmented import masked, segmentation, write_discs


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("discs"))


@pytest.fixture(scope="module")
def model(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that learns discs and their cores."""
    content = segmentation(images)
    content |= {"data": masked(images), "fractions": [1.0], "reference": "disc"}
    content["recipes"] = {"disc": {}}
    content["tune"] = {"rates": [1e-2]}
    content["base"]["network"] = {"x_unet": {"width": 8}}
    content["training"] |= {"epochs": 6, "min_steps": 60, "patience": 1.0}
    with without_page():
        return Study.from_objects(content).run(tmp_path_factory.mktemp("study")).folder / "best"


@pytest.fixture
def one_structure(model: Path, tmp_path: Path) -> Path:
    """The same model, as one that has learned a single structure."""
    segmenter = load_segmenter(model)
    card = segmenter.card | {
        "structures": ["lung"],
        "usual": {"lung": segmenter.card["usual"]["disc"]},
    }
    network = build_unet(card["network"], "random", 1, seed=0).network
    state = {
        name: value[:2] if name.startswith("output.") else value
        for name, value in segmenter.network.state_dict().items()
    }
    network.load_state_dict(state)
    save_model(tmp_path / "lung", network, card)
    return tmp_path / "lung"


def test_a_study_hands_over_what_is_usual(model: Path) -> None:
    usual = load_segmenter(model).card["usual"]
    assert set(usual) == {"disc", "core"}
    assert usual["disc"]["images"] == 4
    assert usual["disc"]["pieces"] == 1
    low, high = usual["disc"]["ranges"]["area"]
    assert low < high < 1


def test_a_table_of_images_is_not_overwritten(model: Path, images: Path, tmp_path: Path) -> None:
    (tmp_path / "masks.csv").write_bytes(images.read_bytes())
    with pytest.raises(InputError, match="would be overwritten by the table of masks"):
        write_masks(model, tmp_path / "masks.csv", tmp_path)
    assert (tmp_path / "masks.csv").read_bytes() == images.read_bytes()


def test_masks_of_a_table_can_be_studied(model: Path, images: Path, tmp_path: Path) -> None:
    table = pd.read_csv(images).rename(columns={"image": "file"}).drop(columns=["mask", "label"])
    table.loc[len(table)] = {"file": "gone.png", "patient": "q"}
    table.to_csv(images.parent / "other.csv", index=False)
    made = write_masks(model, images.parent / "other.csv", tmp_path, column="file")
    saved = pd.read_csv(tmp_path / "masks.csv", keep_default_na=False)
    assert list(saved) == list(made)
    assert list(saved["patient"]) == list(table["patient"])
    last = saved.iloc[-1]
    assert (last["quality"], last["why"], last["mask"]) == ("unreadable", "no such file", "")
    rest = saved[:-1]
    assert set(rest["quality"]) <= {"good", "doubtful"}
    assert ((rest["why"] == "") == (rest["quality"] == "good")).all()
    predicted = load_segmenter(model).predict(rest["file"].tolist())
    for name, mask in zip(rest["mask"], predicted, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / name)), mask)
    areas = [(mask == 1).mean() for mask in predicted]
    np.testing.assert_allclose(rest["disc_area"].astype(float), areas, atol=1e-3)
    # The table is the manifest of a study on these masks.
    rest.assign(label="disc").to_csv(tmp_path / "study.csv", index=False)
    manifest = read_manifest(tmp_path / "study.csv", columns={"image": "file"})
    assert manifest.problems == ()
    bank = build_bank(list(manifest.table["image"]), tmp_path / "bank", size=32)
    masks = build_masks(manifest, Masks(structures={"disc": 1}), bank, tmp_path / "bank")
    np.testing.assert_array_equal(masks.read(np.array([4]))[0] == 1, predicted[4] == 1)


def test_one_structure_is_black_and_white_and_says_what_was_seen(
    one_structure: Path, images: Path, tmp_path: Path
) -> None:
    inside = tmp_path / "folder" / "deep"
    inside.mkdir(parents=True)
    disc = Image.open(images.parent / "p1_0.png")
    disc.save(inside / "a b.png")
    wide = Image.new("L", (64, 32), 70)
    wide.paste(disc, (16, 0))
    wide.save(inside / "wide.png")
    (tmp_path / "folder" / ".hidden.png").write_text("")
    (tmp_path / "folder" / "other.svg").write_bytes(b"x")
    said: list[str] = []
    made = write_masks(one_structure, tmp_path / "folder", tmp_path / "out", say=said.append)
    assert "1 file passed over (1 .svg)" in said[0]
    dice = json.loads((one_structure / "model.json").read_text())["validation_dice"]
    told = "good means: like this model's own masks of its validation images, whose Dice was "
    assert said[1].endswith(": 1 file left out, hidden or kept by a system for itself: 1 .*.png")
    assert said[2] == f"{told}{dice:.3f}; look at some masks before you use them".replace(
        " 0.", " ."
    )
    assert list(made["lung_mask"]) == ["masks/000000_a_b.png", "masks/000001_wide.png"]
    assert list(made["seen"]) == [1.0, 0.5]
    square, whole = (np.asarray(Image.open(tmp_path / "out" / name)) for name in made["lung_mask"])
    assert set(np.unique(square)) == {0, 255}
    np.testing.assert_array_equal(whole[:, 16:48], square)
    assert not whole[:, :16].any()


def test_the_only_column_of_images_is_found(
    one_structure: Path, images: Path, tmp_path: Path
) -> None:
    table = images.parent / "sheet.csv"
    table.write_text("who,x ray\n7,p1_0.png\n")
    assert list(write_masks(one_structure, table, tmp_path / "out")["who"]) == ["7"]
    table.write_text("one,two\np1_0.png,p1_0.png\n")
    with pytest.raises(InputError, match=r"--column: several name images \(one, two\)"):
        write_masks(one_structure, table, tmp_path / "out")


def test_a_single_image_is_a_table_of_one_row(model: Path, images: Path, tmp_path: Path) -> None:
    image = next(images.parent.rglob("*.png"))
    table = write_masks(model, image, tmp_path)
    assert table["image"].tolist() == [str(image)]
    assert (tmp_path / table["mask"][0]).is_file()
    missing = write_masks(model, image.with_name("other.png"), tmp_path)
    assert missing["why"].tolist() == ["no such file"]


def test_a_run_that_fails_leaves_no_table_of_an_earlier_one(
    model: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "masks.csv").write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="no space left"):
        write_masks(model, images.parent, tmp_path)
    assert not (tmp_path / "masks.csv").exists()


def test_misuse_is_named(model: Path, one_structure: Path, images: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--column"):
        write_masks(model, images, tmp_path, column="file")
    with pytest.raises(InputError, match="columns that") as caught:
        write_masks(model, images, tmp_path)
    assert caught.value.problems == ("mask",)
    with pytest.raises(InputError, match="holds no image"):
        write_masks(model, model, tmp_path)
    card = one_structure / "model.json"
    card.write_text(card.read_text().replace('"usual"', '"unusual"'))
    with pytest.raises(InputError, match="what masks are usual"):
        write_masks(one_structure, images, tmp_path)


def test_the_command_line_counts(one_structure: Path, images: Path, tmp_path: Path) -> None:
    arguments = ["masks", one_structure, images, "--out", tmp_path]
    answer = CliRunner().invoke(app, [*map(str, arguments)])
    assert answer.exit_code == 0, answer.output
    assert "24 images:" in answer.output
    assert "0 unreadable" in answer.output
    assert len(pd.read_csv(tmp_path / "masks.csv")) == 24
