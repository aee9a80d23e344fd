"""A model that is handed over sees the same picture however its file holds it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.readers import ReadError, read_image
from pleura.deploy.decoding import decode_for
from pleura.deploy.lung_masker import segmented_lungs
from pleura.deploy.masks import write_masks
from pleura.deploy.package import Model, load_model
from pleura.deploy.segmenter import load_segmenter
from pleura.deploy.weights import save_model
from pleura.models.unet_nets import build_unet
from pleura.transfer.build import build_model
from tests.data.stored import PICTURES, TOLD, picture

SPEC = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
DECODED: dict[str, Any] = {"size": 32, "fit": "crop", "full_range": None}
NET = {"x_unet": {"width": 2}}
RANGES = {"area": (0.0, 1.0)}
SAME = 0.01  # of the pixels: what the rounding of sums may turn where two structures are level
EXACT = [name for name, (_, off) in PICTURES.items() if off == 0 and name != "png"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("classifier")
    built = build_model({**SPEC, "weights": "random"}, n_classes=3, seed=4)
    save_model(folder, built.classifier, {**SPEC, **DECODED, "classes": ["a", "b", "c"]})
    return load_model(folder)


@pytest.fixture(scope="module")
def masker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("masker")
    usual = {"pieces": 1, "images": 3, "ranges": RANGES}
    card = {**DECODED, "task": "segmentation", "network": NET, "structures": ["lung"]}
    network = build_unet(NET, "random", 1, seed=10).network  # half of the picture is lung
    save_model(folder, network, {**card, "usual": {"lung": usual}})
    return folder


def with_range(model: Any, full_range: tuple[float, float]) -> Any:
    """The model as one that was trained on images of that full range."""
    kind = type(model)
    network = model.classifier if isinstance(model, Model) else model.network
    return kind(network, {**model.card, "full_range": list(full_range)})


def test_predictions_are_the_same_however_a_picture_is_stored(
    classifier: Model, tmp_path: Path
) -> None:
    expected = classifier.predict([PICTURES["png"][0](tmp_path / "plain", picture())])
    files = [PICTURES[name][0](tmp_path / f"{i}", picture()) for i, name in enumerate(EXACT)]
    found = classifier.predict(files)
    np.testing.assert_allclose(found, expected.repeat(len(files), axis=0), atol=1e-5)


def test_a_model_of_a_bank_with_jpegs_beside_others_decodes_them_whole(
    classifier: Model, tmp_path: Path
) -> None:
    whole = picture(1024, 1024)  # a JPEG of this size is large for the model
    whole[300:340, 200:800:7], whole[100:200, 100:900] = 255, 0
    Image.fromarray(whole).save(tmp_path / "a.jpg", quality=92)
    Image.fromarray(read_image(str(tmp_path / "a.jpg")).pixels).save(tmp_path / "a.png")
    files = [str(tmp_path / name) for name in ("a.jpg", "a.png")]
    card = {**classifier.card, "reduced": False}
    jpeg, png = (decode_for(card, file)[1] for file in files)
    np.testing.assert_array_equal(jpeg, png)
    jpeg, png = (decode_for(classifier.card, file)[1].astype(int) for file in files)
    assert np.abs(jpeg - png).max() > 0


@pytest.mark.parametrize("name", TOLD)
def test_the_full_range_is_the_model_s_or_the_caller_s(
    classifier: Model, masker: Path, tmp_path: Path, name: str
) -> None:
    write, _, full_range = TOLD[name]
    pixels = np.where(picture() > 130, np.uint8(255), np.uint8(51))  # exact at 10 and 12 bits
    plain, other = PICTURES["png"][0](tmp_path / "plain", pixels), write(tmp_path / "a", pixels)
    expected = classifier.predict([plain])
    trained_so = with_range(classifier, full_range)
    np.testing.assert_allclose(trained_so.predict([other]), expected, atol=1e-5)
    np.testing.assert_allclose(trained_so.predict([plain]), expected, atol=1e-5)
    told = classifier.predict([other], full_range=full_range)
    np.testing.assert_allclose(told, expected, atol=1e-5)
    segmenter = load_segmenter(masker)
    [mask] = segmenter.predict([plain])
    for found in (
        with_range(segmenter, full_range).predict([other]),
        segmenter.predict([other], full_range=full_range),
    ):
        assert (found[0] != mask).mean() < SAME


def test_a_table_of_masks_is_the_same_however_pictures_are_stored(
    masker: Path, tmp_path: Path
) -> None:
    files = [PICTURES[name][0](tmp_path / f"{i}", picture()) for i, name in enumerate(EXACT)]
    files.append(PICTURES["png"][0](tmp_path / "plain", picture()))
    (tmp_path / "images.csv").write_text("\n".join(["image", *files]))
    table = write_masks(masker, tmp_path / "images.csv", tmp_path / "out")
    assert set(table["quality"]) <= {"good", "doubtful"}
    masks = [np.asarray(Image.open(tmp_path / "out" / name)) for name in table["lung_mask"]]
    assert 0.2 < (masks[-1] > 0).mean() < 0.8
    assert all((mask != masks[-1]).mean() < SAME for mask in masks)
    assert table["why"].nunique() == 1


def test_values_that_do_not_fit_are_named_with_what_to_say(
    classifier: Model, masker: Path, tmp_path: Path
) -> None:
    """12 bits in 16 for a model of 8-bit images, and 16 for one of 12."""
    write, _, full_range = TOLD["12 of 16 bits, png"]
    twelve, sixteen = (
        write(tmp_path / "12", picture()),
        PICTURES["png 16"][0](tmp_path / "16", picture()),
    )
    cure = r"all but black.*; say which values are black and white, such as full_range=\(0, 4095\)"
    with pytest.raises(ReadError, match=cure):
        classifier.predict([twelve])
    with pytest.raises(ReadError, match=r"full range is 0 to 4095; say .* full_range=\(0, 65535\)"):
        with_range(classifier, full_range).predict([sixteen])
    (tmp_path / "images.csv").write_text(f"image\n{twelve}")
    table = write_masks(masker, tmp_path / "images.csv", tmp_path / "out")
    assert table["quality"].tolist() == ["unreadable"]
    assert "such as full_range=(0, 4095)" in table["why"][0]
    assert table["why"][0].endswith("--full-range 0 4095 of a command")
    told = write_masks(masker, tmp_path / "images.csv", tmp_path / "told", full_range=full_range)
    assert told["quality"].tolist() != ["unreadable"]


def test_a_model_of_another_rule_takes_8_bits_alone(tmp_path: Path) -> None:
    card = {"size": 32, "fit": "crop"}
    plain = PICTURES["png"][0](tmp_path / "plain", picture())
    deep = PICTURES["png 16"][0](tmp_path / "deep", picture())
    assert decode_for(card, plain)[1].shape == (32, 32)
    with pytest.raises(ReadError, match="16 bits, but the model was handed over when"):
        decode_for(card, deep)
    assert decode_for(DECODED, deep)[1].shape == (32, 32)


def test_a_masker_sees_images_as_the_study_does_that_asks_it(masker: Path, tmp_path: Path) -> None:
    """What 12 bits in 16 mean is known of the study's images; the masker learned from 8 bits."""
    write, _, full_range = TOLD["12 of 16 bits, png"]
    pixels = np.where(picture() > 130, np.uint8(255), np.uint8(51))
    found = []
    for name, writer, given in (("a", PICTURES["png"][0], None), ("b", write, full_range)):
        image = writer(tmp_path / name, pixels)
        (tmp_path / "images.csv").write_text(f"image,label,patient\n{Path(image).name},x,p")
        manifest = read_manifest(tmp_path / "images.csv")
        bank = build_bank([image], tmp_path / "bank", size=48, full_range=given)
        lungs = segmented_lungs(manifest, bank, np.arange(1), masker, tmp_path / "lungs")
        found.append(lungs.masks[0])
    assert (found[0] != found[1]).mean() < SAME
