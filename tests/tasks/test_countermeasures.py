"""What a training does against shortcuts, and that nothing else knows of it."""

from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pleura.data.bank import Bank
from pleura.data.shortcut_settings import HideFrame
from pleura.tasks.countermeasures import NONE, Countermeasures, HiddenFrames
from pleura.tasks.images import OnImages
from pleura.train.task import Batch
from tests.tasks.shortcut import CPU, Stored, auroc, learned, marked_images


@pytest.fixture(scope="module")
def stored() -> Stored:
    return marked_images()


def hiding(stored: Stored, **settings: float) -> Countermeasures:
    return Countermeasures((HiddenFrames(HideFrame(**settings), stored, stored.train, CPU),))


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
    def of(seed: int, rank: int = 0, world: int = 1) -> Tensor:
        batch = Batch(np.arange(32), seed, True, rank=rank, world=world)
        return seen_by_training(stored, hiding(stored), batch)

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
