"""A study of images that are cropped to their lungs, from file to the model that is handed over."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from pleura.data.lung_crop import GRAY
from pleura.data.lung_notes import is_learned
from pleura.deploy.explain import SIDE, sharp
from pleura.deploy.hub.export import HubOptions, export_hub
from pleura.deploy.onnx.export import OnnxOptions, export_onnx
from pleura.deploy.package import load_model
from pleura.deploy.predictor import Asked, predictions
from pleura.deploy.record import NO_LUNGS, record_of
from pleura.deploy.server.lungs import load_outlines
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.evaluate.metrics import softmax
from pleura.external.evaluation import evaluate_model
from pleura.files import read_mapping
from pleura.models.unet_nets import build_unet
from pleura.study.audit import MEMORY
from pleura.study.depths import search_depths
from pleura.study.hand_over import cropping_in_card, hand_over
from pleura.study.masker import with_masker
from pleura.study.run import Study
from pleura.study.study_files import read_study
from tests.conftest import without_page
from tests.study.chests import BLANK, PATIENTS, Ran, content, run, write_chests
from tests.study.test_masker import masks_study

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cropped")
    write_chests(place / "chests")
    masks = masks_study(place / "chests" / "seen.csv")
    # Images are wider than high. Between bars they are more alike than they are as squares.
    masks["data"] |= {"fit": "pad", "same_image": "merge"}
    (place / "lung.yaml").write_text(yaml.safe_dump(masks))
    return place


@pytest.fixture(scope="module")
def cropped(folder: Path) -> Ran:
    return run(folder, "cropped", {"study": "lung.yaml", "crop": 0.1})


@pytest.fixture(scope="module")
def alone(folder: Path, cropped: Ran) -> Ran:
    return run(folder, "alone", {"study": "lung.yaml", "crop": 0.1, "alone": True})


@pytest.fixture(scope="module")
def whole(folder: Path, cropped: Ran) -> Ran:
    return run(folder, "whole", {"study": "lung.yaml"})


def test_a_mark_outside_of_the_lungs_tells_nothing_any_more(
    whole: Ran, cropped: Ran, alone: Ran
) -> None:
    """To the pixel baseline, which sees the same images as all recipes."""
    assert whole.auroc_of_forest() > 0.95
    assert cropped.auroc_of_forest() < 0.85
    assert alone.auroc_of_forest() < 0.85


def test_images_without_lungs_are_kept_and_counted_by_class(whole: Ran, cropped: Ran) -> None:
    told = [line for line in cropped.said if "usable lungs" in line]
    assert told == [
        "note: in 6 images of 48 no usable lungs were found, and they show their centre instead, "
        "which is all but the outer 15% along every edge; by class these are ill 6 of 24 (25%), "
        "well 0 of 24 (0%)"
    ]
    assert sum("cropped to the box around their lungs" in line for line in cropped.said) == 1
    notes = [note for note in cropped.context.manifest.notes if "lungs" in note]
    assert len(notes) == 2
    # The masker's study, beside this one, is of the same patients.
    learned = [line for line in cropped.said if is_learned(line.removeprefix("note: "))]
    assert len(learned) == 1
    assert len(cropped.context.bank) == len(whole.context.bank) == 48


def test_no_lungs_are_known_of_images_that_show_their_centre(cropped: Ran) -> None:
    context = cropped.context
    assert context.lungs is not None
    blank = np.flatnonzero(np.isin(context.manifest.groups, list(map(str, BLANK))))
    assert not set(context.lungs.rows) & set(blank)
    assert set(context.lungs.rows) == set(context.split.tested) - set(blank)
    assert context.lungs.masks.mean() > 0.3  # in the box, of which lungs are most


def test_banks_and_keys_differ_and_those_of_whole_images_stay(
    folder: Path, whole: Ran, cropped: Ran, alone: Ran
) -> None:
    keys = [ran.context.bank.key for ran in (whole, cropped, alone)]
    assert len(set(keys)) == 3
    plain = run(folder, "plain", None)
    assert plain.context.bank.key == keys[0]
    # Who compares the study's images with others finds whole ones alone.
    assert len([*(cropped.folder / "bank").glob("*/bank.json")]) == 1
    margin = {"study": "lung.yaml", "crop": 0.2}
    path = folder / "wider.yaml"
    path.write_text(yaml.safe_dump(content(folder / "chests" / "images.csv", margin)))
    assert Study.from_file(path).prepare(folder / "runs" / "wider").context.bank.key not in keys


def test_the_audit_looks_at_whole_images(cropped: Ran, whole: Ran) -> None:
    """Cropped, images of two patients are more alike, and marks are out of sight."""
    looked_at = read_mapping(cropped.folder / "bank" / MEMORY)
    assert looked_at["bank"] == whole.context.bank.key == cropped.context.whole.key


def test_outside_of_the_lungs_all_is_one_grey(alone: Ran) -> None:
    context = alone.context
    assert context.lungs is not None
    images = context.bank.read(context.lungs.rows)
    assert (images[~context.lungs.masks] == GRAY).all()
    assert (images[context.lungs.masks] != GRAY).mean() > 0.9


@pytest.mark.parametrize("name", ["cropped", "alone"])
def test_the_model_that_is_handed_over_sees_images_as_in_training(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Bit for bit, by the masker in its folder, from files and from arrays."""
    ran: Ran = request.getfixturevalue(name)
    context, model = ran.context, ran.model
    images = context.manifest.table["image"].tolist()
    made = list(predictions(model, [Asked(image, [image]) for image in images]))
    squares = np.stack([each.frames[0].square for each in made])
    np.testing.assert_array_equal(squares, context.bank.read(np.arange(len(images))))
    blank = np.isin(context.manifest.groups, list(map(str, BLANK)))
    assert [each.frames[0].found for each in made] == (~blank).tolist()
    assert [NO_LUNGS in record_of(model, each).notes for each in made] == blank.tolist()
    (given,) = predictions(model, [Asked("a", [np.asarray(Image.open(images[0]))])])
    np.testing.assert_array_equal(given.frames[0].square, squares[0])
    picture = sharp(model, made[0].frames[0]).astype(int)
    assert picture.shape == (SIDE, SIDE)
    assert abs(picture.mean() - squares[0].mean()) < 8  # of the same part


def test_an_evaluation_elsewhere_crops_in_the_same_way(cropped: Ran, tmp_path: Path) -> None:
    table = write_chests(tmp_path / "elsewhere", seed=1, prefix="other")
    with without_page():
        evaluation = evaluate_model(cropped.folder / "best", table, tmp_path / "evaluation")
    predicted = pd.read_csv(evaluation.folder / "predictions.csv")
    assert len(predicted) == 2 * PATIENTS
    notes = read_mapping(evaluation.folder / "evaluation.json")["notes"]
    (told,) = [note for note in notes if "no usable lungs were found" in note]
    assert told.endswith("by class these are ill 6 of 24 (25%), well 0 of 24 (0%)")
    images = [str(table.parent / name) for name in predicted["image"]]
    given = cropped.model.assess(images).probabilities
    logits = predicted[["logit_ill", "logit_well"]].to_numpy()
    np.testing.assert_allclose(softmax(logits), given, atol=1e-6)


def test_a_model_without_its_masker_gives_no_answer(cropped: Ran, tmp_path: Path) -> None:
    for change in ("gone", "another", "another card"):
        copied = tmp_path / change
        copied.mkdir()
        for file in (cropped.folder / "best").rglob("*"):
            if file.is_file():
                to = copied / file.relative_to(cropped.folder / "best")
                to.parent.mkdir(exist_ok=True)
                to.write_bytes(file.read_bytes())
        weights = copied / "lungs" / "model.safetensors"
        if change == "gone":
            weights.unlink()
        elif change == "another":
            weights.write_bytes(weights.read_bytes() + b" ")
        else:  # with the same weights it sees other parts of an image
            told = weights.with_name("model.json")
            told.write_text(told.read_text().replace('"pad"', '"crop"'))
        with pytest.raises(InputError, match="lung masker"):
            load_model(copied)


def test_the_masker_that_cropped_is_handed_over_whatever_came_of_its_folder(
    cropped: Ran,
) -> None:
    """It may be trained anew, or deleted, before the study is finished."""
    study, context = Study.from_file(cropped.file).file, cropped.context
    card = read_mapping(cropped.folder / "best" / "model.json")
    masker = cropped.folder.parent / "lung" / "best"
    gone = masker.rename(masker.with_name("gone"))
    try:
        told = cropping_in_card(study, context)
        hand_over(context, "again", cropped.model.classifier, {**card, **told})
    finally:
        gone.rename(masker)
    assert told["lungs"] == card["lungs"]
    for name in ("model.json", "model.safetensors"):
        handed_over = cropped.folder / "again" / "lungs" / name
        assert handed_over.read_bytes() == (masker / name).read_bytes()


def test_what_would_show_whole_images_is_refused(cropped: Ran, tmp_path: Path) -> None:
    best = cropped.folder / "best"
    with pytest.raises(InputError, match="export as ONNX: this model sees images cropped to the"):
        export_onnx(best, tmp_path / "onnx", OnnxOptions())
    with pytest.raises(InputError, match="export for a hub: this model sees images cropped to the"):
        export_hub(best, tmp_path / "hub", HubOptions())
    with pytest.raises(InputError, match="--masker: this model sees images cropped to their lungs"):
        load_outlines(cropped.folder.parent / "lung" / "best", cropped.model)


def test_depths_are_probed_on_cropped_images_or_not_at_all(folder: Path, cropped: Ran) -> None:
    study, said = Study.from_file(cropped.file), list[str]()
    out = cropped.folder.parent / "depths"
    search_depths(study, out, progress=lambda *_: None, announce=said.append)
    assert any("cropped to the box around their lungs" in line for line in said)
    with pytest.raises(InputError, match=r"data\.lungs\.crop.* has not been run in .*other/lung"):
        search_depths(
            study,
            folder / "other" / "x",
            progress=lambda *_: None,
            announce=lambda _: None,
        )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("exported", r"was exported for a hub, without model\.json; name the folder `best`"),
        ("other structures", "segments no lungs, but rib, heart"),
        ("nothing usual", "does not tell what masks are usual"),
    ],
)
def test_a_masker_that_cannot_crop_is_told_before_images_are_decoded(
    change: str, told: str, cropped: Ran, tmp_path: Path
) -> None:
    masker = tmp_path / "masker"
    shutil.copytree(cropped.folder.parent / "lung" / "best", masker)
    file = masker / "model.json"
    card = read_mapping(file)
    match change:
        case "exported":
            file = file.rename(masker / "config.json")
        case "other structures":
            usual = card["usual"]["lung"]
            card |= {"structures": ["rib", "heart"], "usual": {"rib": usual, "heart": usual}}
            build = build_unet(card["network"], "random", 2, seed=0)
            save_model(masker, build.network, card)
            card = read_mapping(file)
        case "nothing usual":
            card["usual"] = {}
    file.write_text(json.dumps(card))
    path = tmp_path / "study.yaml"
    manifest = cropped.file.parent / "chests" / "images.csv"
    path.write_text(yaml.safe_dump(content(manifest, {"masker": str(masker), "crop": 0.1})))
    with pytest.raises(InputError, match=told):
        Study.from_file(path).prepare(tmp_path / "out")
    assert not (tmp_path / "out" / "bank").exists()


def test_a_saved_file_says_it_and_the_masker_takes_the_place_of_its_study(
    cropped: Ran, whole: Ran
) -> None:
    saved, plain = (
        yaml.safe_load((ran.folder / "study.yaml").read_text()) for ran in (cropped, whole)
    )
    assert saved["data"]["lungs"]["crop"] == 0.1
    assert set(plain["data"]["lungs"]) == {"masker", "study", "quick"}
    study = with_masker(read_study(cropped.file), Path("best"))
    assert study.lungs is not None and study.lungs.cropping is not None
    assert study.lungs.cropping.margin == 0.1
    assert study.lungs.study is None
