"""Heat maps of single images by the model that is handed over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pleura.data.augment import to_float
from pleura.deploy.explain import LINE, SIDE, Explainer, file_name
from pleura.deploy.package import Model, load_model
from pleura.deploy.predictor import Asked, predictions
from pleura.errors import InputError
from pleura.evaluate.heatmaps import explaining_cut, hires_cam, on_grid
from pleura.models.classifier import Classifier
from pleura.transfer.build import build_model
from tests.deploy.predicting import SPEC, model

__all__ = ["model"]  # a fixture

SIZE = 112  # pixels, which leave maps of 7 x 7 positions and more


@pytest.fixture
def loaded(model: Path) -> Model:
    found = load_model(model)
    return replace(found, card={**found.card, "size": SIZE}, likeness=None)


def squares(n: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 255, (n, SIZE, SIZE), dtype=np.uint8)


def test_a_map_is_that_of_the_network_brought_to_one(loaded: Model) -> None:
    pixels = squares(2)
    found = Explainer(loaded).maps(pixels, "yes")
    network = loaded.classifier
    assert isinstance(network, Classifier)
    cut = explaining_cut(network, SIZE)
    images = to_float(torch.from_numpy(pixels))
    maps = on_grid(hires_cam(network, images, torch.tensor([1, 1]), cut=cut)).numpy()
    np.testing.assert_allclose(found, maps / maps.max(axis=(1, 2), keepdims=True), atol=1e-4)
    assert not np.allclose(found, Explainer(loaded).maps(pixels, "no"), atol=0.1)


def test_an_ensemble_shows_the_mean_of_its_members(loaded: Model) -> None:
    other = another()
    together = Explainer(replace(loaded, others=(other,))).maps(squares(1), "yes")
    each = [
        Explainer(replace(loaded, classifier=network)).maps(squares(1), "yes")
        for network in (loaded.classifier, other)
    ]
    mean = (each[0] + each[1]) / 2
    np.testing.assert_allclose(together, mean / mean.max(), atol=1e-4)


def coarse() -> Classifier:
    """A network whose largest map of images of 96 pixels has fewer than 7 positions a side."""
    spec = {"backbone": "vit_tiny_patch16_224", "strategy": "fine_tuning", "weights": "random"}
    return build_model(spec, n_classes=2, seed=9).classifier.eval()


def another() -> Classifier:
    spec = {**SPEC, "weights": "random"}
    return build_model(spec, n_classes=2, seed=9).classifier.eval()


def test_a_picture_has_the_image_and_the_image_under_its_map(loaded: Model, tmp_path: Path) -> None:
    wide = np.tile(squares(1)[0], (1, 2))
    Image.fromarray(wide).save(tmp_path / "a b.png")
    [prediction] = predictions(loaded, [Asked("ward/a b.png", [str(tmp_path / "a b.png")])])
    name = Explainer(loaded).draw(prediction, tmp_path / "maps")
    assert name.startswith("a_b.png-")
    assert name.endswith(".png")
    picture = np.asarray(Image.open(tmp_path / "maps" / name), dtype=int)
    assert picture.shape == (LINE + SIDE, 2 * SIDE, 3)
    plain, under = picture[LINE:, :SIDE], picture[LINE:, SIDE:]
    assert np.ptp(plain, axis=2).max() == 0  # gray
    assert prediction.answers is not None
    [values] = Explainer(loaded).maps(prediction.frames[0].square[None], prediction.answers[0])
    hot, cold = np.unravel_index(values.argmax(), values.shape), values == 0
    step = SIDE // len(values)
    y, x = (int((place + 0.5) * step) for place in hot)
    assert np.ptp(under[y, x]) > 30  # coloured where the map is brightest
    if cold.any():
        y, x = (int((place + 0.5) * step) for place in np.argwhere(cold)[0])
        assert np.abs(under[y, x] - plain[y, x]).max() < 60


def test_a_clip_has_a_row_a_frame_and_at_most_eight(loaded: Model, tmp_path: Path) -> None:
    [prediction] = predictions(loaded, [Asked("patient 7", [*squares(11)])])
    assert len(prediction.frames) == 11
    name = Explainer(loaded, "no").draw(prediction, tmp_path)
    assert Image.open(tmp_path / name).size == (2 * SIDE, LINE + 8 * SIDE)


def test_pictures_of_one_name_are_told_apart(loaded: Model) -> None:
    asked = [Asked("one/a.png", [*squares(1)]), Asked("two/a.png", [*squares(1)])]
    names = {file_name(each) for each in predictions(loaded, asked)}
    assert len(names) == 2
    [odd] = predictions(loaded, [Asked("../..", [*squares(1)])])
    assert "/" not in file_name(odd)
    assert file_name(odd).startswith("image-")


def test_what_has_no_heat_maps_is_told(loaded: Model) -> None:
    with pytest.raises(InputError, match=r"no class 'yess'.*yes"):
        Explainer(loaded, "yess")
    with pytest.raises(InputError, match="7 x 7 positions for images of 96 pixels"):
        Explainer(replace(loaded, card={**loaded.card, "size": 96}, classifier=coarse()))
    number = {**loaded.card, "classes": ["age"], "calibration": {"unit": "years"}}
    with pytest.raises(InputError, match="a number has no heat maps"):
        Explainer(replace(loaded, card=number))
