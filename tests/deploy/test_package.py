"""A model handed over opens elsewhere and predicts what it predicted."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.readers import ReadError
from pleura.deploy.likeness import channels_of, fit_likeness, logits_and_features
from pleura.deploy.package import load_model
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.models.classifier import Classifier
from pleura.transfer.build import build_model

pytestmark = pytest.mark.filterwarnings("ignore:this model was saved without features")
SPEC = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = build_model({**SPEC, "weights": "random"}, n_classes=3, seed=4)
    card = {**SPEC, "classes": ["a", "b", "c"], "size": 32, "fit": "crop"}
    save_model(tmp_path / "best", built.classifier, card)
    return tmp_path / "best"


def test_it_predicts_what_the_network_predicts(folder: Path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (40, 32, 32), dtype=np.uint8)
    files = [folder / f"{i}.png" for i in range(40)]
    for file, image in zip(files, pixels, strict=True):
        Image.fromarray(image).save(file)
    model = load_model(folder)
    scores = model.predict(files)
    with torch.inference_mode():
        logits = model.classifier(torch.from_numpy(pixels)[:, None] / 255)
    np.testing.assert_allclose(scores, logits.softmax(1).numpy(), atol=1e-5)
    assert model.classes == ("a", "b", "c")
    # A card that holds a map is followed, to the last digit of JSON.
    card = model.card | {"calibration": {"temperature": 2.5, "biases": [1.0, -1.0, 0.0]}}
    save_model(folder, model.classifier, card)
    expected = (logits / 2.5 + torch.tensor([1.0, -1.0, 0.0])).softmax(1).numpy()
    np.testing.assert_allclose(load_model(folder).predict(files), expected, atol=1e-5)


def test_a_notebook_shows_it_in_a_line(folder: Path) -> None:
    assert repr(load_model(folder)) == (
        "Model(classes=['a', 'b', 'c'], size=32, backbone='squeezenet1_0', strategy='fine_tuning')"
    )


def test_large_jpegs_are_decoded_as_the_bank_decodes_them(folder: Path) -> None:
    random = np.random.default_rng(1)
    image = Image.fromarray(random.integers(0, 255, (70, 90), dtype=np.uint8)).resize((900, 700))
    image.save(folder / "large.jpg")
    bank = build_bank([str(folder / "large.jpg")], folder / "bank", size=32)
    model = load_model(folder)
    with torch.inference_mode():
        logits = model.classifier(torch.from_numpy(bank.read(np.array([0])))[:, None] / 255)
    expected = logits.softmax(1).numpy()
    np.testing.assert_allclose(model.predict([folder / "large.jpg"]), expected, atol=1e-5)


def test_weights_are_those_that_were_saved(folder: Path) -> None:
    saved = build_model({**SPEC, "weights": "random"}, n_classes=3, seed=4).classifier
    loaded = load_model(folder).classifier.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in saved.state_dict().items())


def test_no_images_give_no_rows(folder: Path) -> None:
    assert load_model(folder).predict([]).shape == (0, 3)


def test_a_folder_without_a_model_and_a_broken_image_are_named(folder: Path) -> None:
    with pytest.raises(InputError, match="holds no model"):
        load_model(folder.parent)
    (folder / "broken.png").write_text("text")
    with pytest.raises(ReadError, match=r"broken\.png"):
        load_model(folder).predict([folder / "broken.png"])


def test_weights_that_are_gone_damaged_or_of_another_model_are_named(folder: Path) -> None:
    weights, whole = folder / "model.safetensors", (folder / "model.safetensors").read_bytes()
    other = build_model({**SPEC, "weights": "random"}, n_classes=3, seed=5).classifier
    save_model(folder.parent / "other", other, load_model(folder).card)
    another = (folder.parent / "other" / "model.safetensors").read_bytes()
    flipped = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    for wrong in (whole[:1000], b"", another, flipped):
        weights.write_bytes(wrong)
        with pytest.raises(InputError, match=r"model\.safetensors: gone, damaged or of another"):
            load_model(folder)
    weights.unlink()
    with pytest.raises(InputError, match=r"model\.safetensors: gone, damaged or of another"):
        load_model(folder)
    # Cards of earlier versions tell no digest; what does not fit is found all the same.
    card = json.loads((folder / "model.json").read_text())
    del card["weights_sha256"]
    (folder / "model.json").write_text(json.dumps(card))
    weights.write_bytes(whole)
    assert load_model(folder).classes == ("a", "b", "c")
    for text in ("[]", "7", "{}", "nonsense"):
        (folder / "model.json").write_text(text)
        with pytest.raises(InputError, match="holds no model"):
            load_model(folder)


def test_a_model_of_an_earlier_version_says_that_it_flags_nothing(folder: Path) -> None:
    image = np.full((32, 32), 90, np.uint8)
    model = load_model(folder)
    with pytest.warns(UserWarning, match="images unlike them are not flagged"):
        model.predict(image)
    assert model.assess(image).unlike is None


def test_images_unlike_the_training_images_are_named(folder: Path) -> None:
    random = np.random.default_rng(2)
    dark = random.integers(0, 40, (60, 32, 32), dtype=np.uint8)
    model = load_model(folder)
    images = torch.from_numpy(dark)[:, None] / 255
    _, features = logits_and_features(model.classifier, images)
    assert isinstance(model.classifier, Classifier)
    known = fit_likeness(features[:30], features[30:], channels_of(model.classifier.backbone))
    save_model(folder, model.classifier, model.card | {"likeness": known.save(folder, "k")})
    bright = np.full((32, 32), 230, np.uint8)
    Image.fromarray(bright).save(folder / "bright.png")
    model = load_model(folder)
    with pytest.warns(UserWarning, match=r"unlike the images .*: .*bright\.png, image 2$"):
        scores = model.predict([folder / "bright.png", dark[0], bright])
    found = model.assess([folder / "bright.png", dark[0], bright])
    assert found.unlike is not None
    assert found.unlike.tolist() == [True, False, True]
    np.testing.assert_array_equal(scores, found.probabilities)


def test_a_file_a_path_and_arrays_give_the_same(folder: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (2, 50, 40), dtype=np.uint8)
    for i in range(2):
        Image.fromarray(pixels[i]).save(folder / f"{i}.png")
    model = load_model(folder)
    expected = model.predict([folder / "0.png", folder / "1.png"])
    one = str(folder / "0.png")
    for given in (one, Path(one), [one], pixels[0], pixels[:1], [pixels[0]], (Path(one),)):
        np.testing.assert_allclose(model.predict(given), expected[:1], atol=1e-5)
    for given in (pixels, list(pixels), [pixels[0], folder / "1.png"], iter(pixels)):
        np.testing.assert_allclose(model.predict(given), expected, atol=1e-5)


@pytest.mark.parametrize("several", [False, True], ids=["classes", "findings"])
def test_an_ensemble_says_the_mean_of_what_its_members_say(tmp_path: Path, several: bool) -> None:
    networks = [
        build_model({**SPEC, "weights": "random"}, n_classes=3, seed=seed).classifier.eval()
        for seed in (4, 5, 6)
    ]
    none = [1.0] * 3 if several else 1.0
    card = {**SPEC, "classes": ["a", "b", "c"], "size": 32, "fit": "crop"}
    card["calibration"] = {"temperature": none, "biases": [0.0] * 3}
    first, *others = networks
    save_model(tmp_path, first, card, [(other, {**SPEC}) for other in others])
    pixels = np.random.default_rng(0).integers(0, 255, (5, 32, 32), dtype=np.uint8)
    with torch.inference_mode():
        logits = [network(torch.from_numpy(pixels)[:, None] / 255) for network in networks]
    every = [each.sigmoid() if several else each.softmax(1) for each in logits]
    mean = torch.stack(every).mean(0).numpy()
    np.testing.assert_allclose(load_model(tmp_path).predict(pixels), mean, atol=1e-5)
    # A map that is fitted is one of the mean.
    card["calibration"] = {"temperature": [2.0] * 3 if several else 2.0, "biases": [0.0] * 3}
    save_model(tmp_path, first, card, [(other, {**SPEC}) for other in others])
    odds = (mean / (1 - mean)) ** 0.5 if several else mean**0.5
    expected = odds / (1 + odds) if several else odds / odds.sum(1, keepdims=True)
    np.testing.assert_allclose(load_model(tmp_path).predict(pixels), expected, atol=1e-5)
    written = json.loads((tmp_path / "model.json").read_text())
    listed: tuple[object, ...] = (written["members"][:1], [], None)
    for fewer in listed:
        (tmp_path / "model.json").write_text(json.dumps(written | {"members": fewer}))
        with pytest.raises(InputError, match="lists other members of an ensemble"):
            load_model(tmp_path)
    save_model(tmp_path, first, card)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]
