"""What a training does against shortcuts, and that nothing else knows of it."""

from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pleura.data.bank import Bank
from pleura.data.lung_regions import Lungs
from pleura.data.shortcut_settings import HideFrame, SwapBackground
from pleura.tasks.countermeasures import (
    NONE,
    Countermeasures,
    HiddenFrames,
    SwappedBackgrounds,
)
from pleura.tasks.images import OnImages
from pleura.train.task import Batch
from tests.tasks.shortcut import CPU, SIDE, Stored, auroc, learned, marked_images


@pytest.fixture(scope="module")
def stored() -> Stored:
    return marked_images()


def hiding(stored: Stored, **settings: float) -> Countermeasures:
    return Countermeasures((HiddenFrames(HideFrame(**settings), stored, stored.train, CPU),))


def swapping(stored: Stored, **settings: float) -> Countermeasures:
    """With lungs that fill the middle of all training images but the first ten."""
    masks = np.zeros((len(stored.train) - 10, SIDE, SIDE), dtype=np.bool_)
    masks[:, 8:24, 6:26] = True
    lungs = Lungs(stored.train[10:], masks, np.zeros(len(masks), dtype=np.bool_), "given")
    change = SwappedBackgrounds(SwapBackground(**settings), lungs, stored.train, CPU)
    return Countermeasures((change,))


class Remembers(nn.Module):
    """Two logits; keeps the images that it saw."""

    def forward(self, images: Tensor) -> Tensor:
        self.seen = images.clone()
        mean = images.mean(dim=(1, 2, 3))
        return torch.stack([-mean, mean], dim=1)


def seen_by_training(stored: Stored, against: Countermeasures, batch: Batch) -> Tensor:
    task = OnImages(
        cast(Bank, stored),
        stored.labels,
        train=stored.train,
        validation=stored.test,
        n_classes=2,
        augmentation=None,
        balanced=True,
        device=CPU,
        against=against,
    )
    model = Remembers()
    task.loss(model, batch)
    return model.seen


def test_hidden_frames_take_away_what_a_mark_taught(stored: Stored) -> None:
    """By the mark, which tells nothing in test, a plain training goes wrong."""
    plain, hidden = learned(stored, NONE), learned(stored, hiding(stored))
    assert auroc(plain, stored, stored.marked) > 0.95  # it tells the mark
    assert auroc(plain, stored, stored.labels) < 0.8
    assert auroc(hidden, stored, stored.labels) > auroc(plain, stored, stored.labels) + 0.1
    assert auroc(hidden, stored, stored.marked) < 0.8


def test_swapped_backgrounds_take_away_what_a_mark_taught(stored: Stored) -> None:
    plain, swapped = learned(stored, NONE), learned(stored, swapping(stored))
    assert auroc(swapped, stored, stored.labels) > auroc(plain, stored, stored.labels) + 0.05
    assert auroc(swapped, stored, stored.marked) < auroc(plain, stored, stored.marked) - 0.1


def test_a_background_is_that_of_a_training_image_with_lungs(stored: Stored) -> None:
    """The first ten, without lungs, stay as they are."""
    batch = Batch(np.arange(64), 3, augmented=True)
    shown = seen_by_training(stored, swapping(stored, untouched=0.05), batch)
    whole = torch.from_numpy(stored.read(stored.train[:64]))[:, None] / 255
    torch.testing.assert_close(shown[:10], whole[:10])
    changed = ((shown - whole).abs() > 1e-3).any(dim=(1, 2, 3))
    assert changed[10:].float().mean() > 0.8
    inside = (slice(None), 0, slice(8, 24), slice(6, 26))
    torch.testing.assert_close(shown[inside], whole[inside])
    seen, lent = ((each[:, 0, :3, 0] * 255).round().int().tolist() for each in (shown, whole[10:]))
    assert all(corner in lent for corner in seen[10:])


def test_a_frame_shows_training_images_alone_and_the_mean_of_those(stored: Stored) -> None:
    """Images that test are white: no frame becomes so, and the mean is of the others."""
    pixels = stored.pixels.copy()
    pixels[stored.test] = 255
    pixels[stored.train] //= 2
    white = Stored(pixels, stored.labels, stored.marked)
    shown = seen_by_training(white, hiding(white, untouched=0.05), Batch(np.arange(64), 3, True))
    assert shown.max() <= 0.5
    mean = pixels[white.train].mean(axis=0).round() / 255
    fill = hiding(white).changes[0]
    assert isinstance(fill, HiddenFrames)
    np.testing.assert_allclose(fill.fill, mean, atol=1e-6)


def test_what_happens_follows_from_the_batch_whichever_process_has_it(stored: Stored) -> None:
    both = Countermeasures((*swapping(stored).changes, *hiding(stored).changes))

    def of(seed: int, rank: int = 0, world: int = 1) -> Tensor:
        batch = Batch(np.arange(32), seed, True, rank=rank, world=world)
        return seen_by_training(stored, both, batch)

    assert torch.equal(of(5), of(5))
    assert torch.equal(of(5), of(5, rank=1, world=2))
    assert not torch.equal(of(5), of(6))


def test_nothing_happens_where_images_are_not_to_be_varied(stored: Stored) -> None:
    plain = torch.from_numpy(stored.read(stored.train[:32]))[:, None] / 255
    for augmented, against in ((False, hiding(stored)), (True, NONE)):
        shown = seen_by_training(stored, against, Batch(np.arange(32), 1, augmented))
        torch.testing.assert_close(shown, plain)


def test_judged_images_are_whole(stored: Stored) -> None:
    figures = []
    for against in (NONE, hiding(stored)):
        task = OnImages(
            cast(Bank, stored),
            stored.labels,
            train=stored.train,
            validation=stored.test,
            n_classes=2,
            augmentation=None,
            balanced=True,
            device=CPU,
            against=against,
        )
        figures.append(task.validate(Remembers()))
    assert figures[0] == figures[1]
