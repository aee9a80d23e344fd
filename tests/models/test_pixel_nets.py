"""A pixel baseline as a network gives what the baseline gives, tree by tree."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from tests.conftest import forests_of

from pleura.data.augment import to_float
from pleura.models.pixel_nets import SIDE, PixelNetwork
from pleura.tasks.findings.learned import LEARNED as FINDINGS
from pleura.tasks.grades.learned import LEARNED as GRADES
from pleura.tasks.learned import LearnedLabels
from pleura.tasks.listed import CLASSIFICATION
from pleura.tasks.numbers.learned import LEARNED as NUMBERS
from pleura.tasks.pixels import PixelTraining, small_pixels

RANDOM = np.random.default_rng(0)
CLASSES = CLASSIFICATION.learned
SQUARES = RANDOM.integers(0, 256, (60, 48, 48), dtype=np.uint8)  # 48 is no multiple of 32
IMAGES = to_float(torch.from_numpy(SQUARES))
GRADE = RANDOM.integers(0, 3, 40)
FOUND = RANDOM.integers(-1, 2, (40, 2))


class Squares:
    """Images in memory, as a bank gives them."""

    def __init__(self, squares: Any) -> None:
        self.squares = squares

    def read(self, rows: Any) -> Any:
        return self.squares[rows]


@pytest.mark.parametrize(
    ("learned", "labels", "classes"),
    [
        (CLASSES, GRADE, 3),
        (FINDINGS, FOUND, 2),
        (GRADES, GRADE, 3),
        (NUMBERS, GRADE * 20.0 + RANDOM.normal(0, 3, 40), 1),
    ],
    ids=["classes", "findings", "grades", "numbers"],
)
def test_it_predicts_what_the_baseline_predicts(
    learned: LearnedLabels, labels: Any, classes: int
) -> None:
    pixels = small_pixels(Squares(SQUARES), np.arange(60))
    training = PixelTraining(pixels[:40], labels, classes, seed=0, threads=1)
    with forests_of(12):
        for baseline in learned.baselines:
            assert baseline.network is not None
            network = baseline.network(training, 1.0)
            expected = learned.probabilities(baseline.fit(training, 1.0, pixels))
            with torch.inference_mode():
                given = learned.probabilities(network(IMAGES).numpy())
            np.testing.assert_allclose(given, expected, atol=1e-5, rtol=1e-5)
            assert np.ptp(given[40:], axis=0).max() > 0.05  # images differ
            # Built anew from what a card tells, and filled with what safetensors holds.
            again = PixelNetwork(n_classes=classes, **network.built)
            again.load_state_dict(network.state_dict())
            with torch.inference_mode():
                np.testing.assert_array_equal(again(IMAGES), network(IMAGES))


def test_a_pixel_beside_a_threshold_goes_the_way_it_goes_in_the_forest() -> None:
    """The threshold lies between two values of float32, which rounding would bring to one."""
    steps = np.arange(22)
    values = (np.float32(0.1) + steps * np.spacing(np.float32(0.1))).astype(np.float32)
    pixels = np.zeros((40, SIDE**2), np.float32)
    pixels[:, 5] = np.where(np.arange(40) % 2, values[-1], values[0])
    forest = RandomForestClassifier(5, random_state=0, max_features=None)
    forest.fit(pixels, np.arange(40) % 2)
    network = PixelNetwork.of_forests("classes", 2, [forest])
    asked = np.zeros((22, SIDE**2), np.float32)
    asked[:, 5] = values
    with torch.inference_mode():
        given = network.outputs(torch.from_numpy(asked)).exp().numpy()
    np.testing.assert_allclose(given, forest.predict_proba(asked), atol=2e-6)
    assert given.argmax(1).tolist() == [0] * 11 + [1] * 11


@pytest.mark.parametrize("size", [20, 28, 32, 64, 75, 96])
def test_pixels_are_those_of_the_study_bit_for_bit(size: int) -> None:
    squares = RANDOM.integers(0, 256, (3, size, size), dtype=np.uint8)
    expected = small_pixels(Squares(squares), np.arange(3))
    given = PixelNetwork("linear", 2).pixels(to_float(torch.from_numpy(squares)))
    np.testing.assert_array_equal(given, expected)


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="one of classes, findings"):
        PixelNetwork("class", 2)
