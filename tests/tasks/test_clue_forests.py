"""Clues: what is put into the forests, and what the forests find."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.bank import Bank, build_bank
from pleura.evaluate.clue_strength import FILE, GRAY, OUTER, SIZE, WHOLE
from pleura.tasks.clue_forests import clue_inputs, judge_clue

SIDE = 64


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Images of three sizes, whose centres and frames are of different gray."""
    folder: Path = tmp_path_factory.mktemp("bank")
    names = []
    for i, (width, height) in enumerate([(64, 64), (80, 64), (64, 128)]):
        pixels = np.full((height, width), 40 * i, np.uint8)
        middle = slice(height // 2 - 16, height // 2 + 16), slice(width // 2 - 16, width // 2 + 16)
        pixels[middle] = 200 - 40 * i
        names.append(str(folder / f"{i}.png"))
        Image.fromarray(pixels).save(names[-1])
    return build_bank(names, folder / "bank", size=SIDE)


def test_the_frame_tells_nothing_of_the_centre(bank: Bank) -> None:
    outer = clue_inputs(bank, np.arange(3), np.arange(3))[OUTER].reshape(3, 32, 32)
    edge = round(0.15 * SIDE) // 2
    inside = outer[:, edge:-edge, edge:-edge]
    assert np.ptp(inside, axis=0).max() == 0
    np.testing.assert_allclose(outer[:, 0, 0], np.array([0, 40, 80]) / 255, atol=0.02)


def test_size_aspect_and_gray_are_those_of_file_and_bank(bank: Bank) -> None:
    inputs = clue_inputs(bank, np.array([2, 1]), np.arange(3))
    gray = bank.read(np.array([2, 1])).mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(inputs[SIZE], [[64, 128, 0.5], [80, 64, 1.25]])
    np.testing.assert_array_equal(inputs[FILE][:, :3], inputs[SIZE])
    np.testing.assert_allclose(inputs[FILE][:, 3], gray, atol=1e-6)
    np.testing.assert_allclose(inputs[GRAY][:, 0], gray, atol=1e-6)
    assert inputs[WHOLE].shape == (2, 1024)


def test_a_forest_learns_follows_its_seed_and_weighs_classes_alike() -> None:
    random = np.random.default_rng(0)
    labels = (np.arange(200) % 10 == 0).astype(np.int64)  # the second class is rare
    inputs = (labels + random.normal(0, 0.7, 200))[:, None].astype(np.float32)

    def judge(seed: int, threads: int = 1) -> np.ndarray:
        learned = inputs[:100], labels[:100], inputs[100:]
        return judge_clue(*learned, seed=seed, threads=threads, trees=60)

    found = judge(0)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, atol=1e-9)
    assert found[labels[100:] == 1, 1].mean() > found[labels[100:] == 0, 1].mean()
    np.testing.assert_array_equal(found, judge(0, threads=2))
    assert not np.array_equal(found, judge(1))
    # Unweighted trees would call a tenth of the images rare.
    assert np.exp(found[:, 1]).mean() > 0.2
