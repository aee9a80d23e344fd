"""Pixel baselines: averaged pixels, equal budgets, seeded."""

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import Bank, build_bank
from pleura.tasks.pixels import (
    FOREST,
    LOGISTIC,
    PixelBaseline,
    PixelTraining,
    small_pixels,
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    random = np.random.default_rng(0)
    names = []
    for i in range(40):
        pixels = random.integers(0, 100, (64, 64)).astype(np.uint8)
        pixels[:32] += np.uint8(60 * (i % 2))
        names.append(str(folder / f"{i}.png"))
        Image.fromarray(pixels).save(names[-1])
    return build_bank(names, folder / "bank", size=64)


def test_pixels_are_means_of_squares(bank: Bank) -> None:
    rows = np.array([7, 3])
    expected = bank.read(rows).reshape(2, 32, 2, 32, 2).mean(axis=(2, 4)).reshape(2, -1) / 255
    np.testing.assert_allclose(small_pixels(bank, rows), expected, atol=1e-6)


@pytest.mark.parametrize("baseline", [FOREST, LOGISTIC])
def test_they_learn_and_give_log_probabilities(baseline: PixelBaseline, bank: Bank) -> None:
    pixels, labels = small_pixels(bank, np.arange(40)), np.arange(40) % 2
    training = PixelTraining(pixels[:20], labels[:20], 2, seed=0, threads=1)
    logits = baseline.fit(training, 1.0, pixels)
    np.testing.assert_allclose(np.exp(logits).sum(axis=1), 1, atol=1e-5)
    assert (logits.argmax(axis=1)[20:] == labels[20:]).mean() > 0.9


def test_the_forest_follows_its_seed_alone(bank: Bank) -> None:
    pixels, labels = small_pixels(bank, np.arange(40)), np.arange(40) % 2

    def fit(seed: int, threads: int) -> np.ndarray:
        training = PixelTraining(pixels[:20], labels[:20], 2, seed, threads)
        return FOREST.fit(training, 3.0, pixels)

    np.testing.assert_array_equal(fit(1, 1), fit(1, 2))
    assert not np.array_equal(fit(1, 1), fit(2, 1))


@pytest.mark.parametrize("trials", [1, 3, 5])
def test_baselines_get_as_many_trials_as_recipes(trials: int) -> None:
    assert [len(baseline.tried(trials)) for baseline in (FOREST, LOGISTIC)] == [trials, trials]
