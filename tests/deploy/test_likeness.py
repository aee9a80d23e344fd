"""Images unlike those of training are told apart; others are flagged at the rate said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images
from sklearn.neighbors import NearestNeighbors

from pleura.data.augment import to_float
from pleura.data.bank_file import Square
from pleura.deploy.decoding import decode_for
from pleura.deploy.likeness import (
    FILE,
    Likeness,
    channels_of,
    fit_likeness,
    load_likeness,
    logits_and_features,
    watched_cuts,
)
from pleura.errors import InputError
from pleura.models.backbone import Backbone
from pleura.models.classifier import Classifier
from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.simulate.scenes.folder import write_scenes
from pleura.simulate.xray.folder import write_chest_xrays
from pleura.transfer.build import build_model

SIZE = 64


def normal(images: int, seed: int, channels: int = 4) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(images, channels)).astype(np.float32)


def test_a_distance_is_that_to_the_fifth_nearest_as_a_library_has_it() -> None:
    train, others = normal(40, 0, 7), normal(30, 1, 7)
    found = fit_likeness(train, others, [3, 4])
    scaled = (train - train.mean(axis=0)).astype(np.float64)
    scale = [np.sqrt((scaled[:, part] ** 2).sum(axis=1).mean()) for part in (slice(3), slice(3, 7))]
    divisor = np.repeat(scale, [3, 4])
    nearest = NearestNeighbors(n_neighbors=5).fit(scaled / divisor)
    asked = normal(10, 2, 7)
    expected = nearest.kneighbors((asked - train.mean(axis=0)) / divisor)[0][:, 4]
    # Features are kept in half precision.
    np.testing.assert_allclose(found.distances(asked) * found.limit, expected, rtol=5e-3)


@pytest.mark.parametrize(
    ("validation", "above", "rate"), [(20, 0, 1 / 21), (99, 0, 1 / 100), (199, 1, 1 / 100)]
)
def test_the_limit_leaves_as_many_validation_images_outside_as_its_rate_says(
    validation: int, above: int, rate: float
) -> None:
    images = normal(validation, 3)
    found = fit_likeness(normal(50, 4), images, [4])
    assert (found.distances(images) > 1).sum() == above
    assert found.rate == pytest.approx(rate)
    assert found.validation == validation


def test_images_like_those_of_training_are_flagged_at_the_stated_rate() -> None:
    flagged = []
    for seed in range(25):
        drawn = normal(60 + 33 + 400, 100 + seed)
        found = fit_likeness(drawn[:60], drawn[60:93], [4])
        flagged.append((found.distances(drawn[93:]) > 1).mean())
    assert found.rate == pytest.approx(1 / 34)
    # The rate of one draw has a standard deviation of about 1 / 34.
    assert np.mean(flagged) == pytest.approx(1 / 34, abs=4 / 34 / np.sqrt(25))


def test_training_images_that_are_all_alike_and_fewer_than_five() -> None:
    found = fit_likeness(np.zeros((3, 2), np.float32), np.zeros((2, 2), np.float32), [2])
    assert not found.distances(np.zeros((1, 2), np.float32)).any()
    assert found.distances(np.ones((1, 2), np.float32)) > 1


def test_it_is_read_back_as_it_was_and_only_with_its_own_card(tmp_path: Path) -> None:
    found = fit_likeness(normal(30, 5), normal(30, 6), [4])
    card = {"likeness": found.save(tmp_path, "abc")}
    back = load_likeness(tmp_path, card)
    assert back is not None
    np.testing.assert_array_equal(back.distances(normal(9, 7)), found.distances(normal(9, 7)))
    assert (back.limit, back.rate, back.validation) == (found.limit, found.rate, 30)
    with pytest.raises(InputError, match=FILE):
        load_likeness(tmp_path, {"likeness": {**card["likeness"], "key": "another"}})
    (tmp_path / FILE).write_bytes(b"{")
    with pytest.raises(InputError, match="as a whole"):
        load_likeness(tmp_path, card)
    (tmp_path / FILE).unlink()
    with pytest.raises(InputError, match="as a whole"):
        load_likeness(tmp_path, card)
    assert load_likeness(tmp_path, {}) is None


@pytest.mark.parametrize("kind", ["classifier", "reverse"])
def test_logits_and_features_come_from_one_network(kind: str) -> None:
    network: Classifier | ReverseClassifier
    if kind == "classifier":
        spec = {"backbone": "mobilenet_v2_035", "strategy": "fine_tuning", "weights": "random"}
        network = build_model(spec, 3, seed=0).classifier
    else:
        unet = build_unet({"v_unet": None}, "random", 1, seed=0).network
        network = ReverseClassifier(unet, "decoder", 3, seed=0)
    network.eval()
    images = torch.rand(2, 1, SIZE, SIZE)
    logits, features = logits_and_features(network, images)
    with torch.inference_mode():
        np.testing.assert_allclose(logits, network(images).numpy(), atol=1e-5)
    backbone: Backbone = network.backbone
    assert features.shape == (2, sum(channels_of(backbone)))
    assert watched_cuts(backbone)[-1] == backbone.cuts[-1].name


Squares = list[Square]


@pytest.fixture(scope="module")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Squares]:
    """A function that gives the images of simulated patients, by a first and a last one."""
    folder = tmp_path_factory.mktemp("xrays")
    table = write_chest_xrays(folder, patients=150, size=SIZE, seed=3, masks=False)
    listed = pd.read_csv(table)
    patients = list(dict.fromkeys(listed["patient"]))

    def of(first: int, last: int) -> Squares:
        names = listed["image"][listed["patient"].isin(patients[first:last])]
        return [decode_for({"size": SIZE, "fit": "crop"}, table.parent / name)[1] for name in names]

    return of


@pytest.fixture(scope="module")
def network() -> Classifier:
    spec = {"backbone": "tf_efficientnet_lite0", "strategy": "fine_tuning", "weights": "imagenet"}
    network = build_model(spec, 2, seed=0).classifier
    network.eval()
    return network


def features(network: Classifier, squares: Squares) -> NDArray[np.float32]:
    return logits_and_features(network, to_float(torch.from_numpy(np.stack(squares))))[1]


@pytest.fixture(scope="module")
def known(network: Classifier, xrays: Callable[[int, int], Squares]) -> Likeness:
    return fit_likeness(
        features(network, xrays(0, 50)),
        features(network, xrays(50, 100)),
        channels_of(network.backbone),
    )


def squashed(pixels: NDArray[Any]) -> Squares:
    """A colour photograph as a gray square without its shape, the whole of it and quarters."""
    image = Image.fromarray(pixels).convert("L")
    width, height = image.size
    boxes = [(0, 0, width, height)]
    boxes += [(x, y, x + width // 2, y + height // 2) for x in (0, width // 2) for y in (0, 99)]
    return [np.asarray(image.crop(box).resize((SIZE, SIZE))) for box in boxes]


def test_noise_and_squashed_photographs_are_caught(
    network: Classifier, known: Likeness, tmp_path: Path
) -> None:
    generator = np.random.default_rng(0)
    noise = [generator.integers(0, 256, (SIZE, SIZE), dtype=np.uint8) for _ in range(8)]
    assert known.distances(features(network, noise)).min() > 1.2
    photographs = [square for pixels in load_sample_images().images for square in squashed(pixels)]
    scenes = pd.read_csv(write_scenes(tmp_path, images=8, size=96, seed=0))
    drawn = [
        square
        for name in scenes["image"]
        for square in squashed(np.asarray(Image.open(tmp_path / name)))
    ]
    assert known.distances(features(network, photographs)).min() > 1.1
    assert known.distances(features(network, drawn)).min() > 1.1


def test_xrays_of_other_patients_are_hardly_flagged(
    network: Classifier, known: Likeness, xrays: Callable[[int, int], Squares]
) -> None:
    distances = known.distances(features(network, xrays(100, 150)))
    # 1 % is stated; of a hundred images a chance of one in a thousand has six.
    assert len(distances) > 90
    assert known.rate <= 0.0101
    assert (distances > 1).sum() <= 6
