"""Attention over the frames of a clip."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from pleura.tasks.attention_pooling import (
    EPOCHS,
    AttentionPooling,
    Bags,
    attended,
    fit_attention,
)
from pleura.tasks.classification import CrossEntropy
from tests.conftest import attention_of

CLASSES = 2


@pytest.fixture(autouse=True, scope="module")
def _all_epochs() -> Iterator[None]:
    with attention_of(EPOCHS):
        yield


def clips(count: int, frames: int = 8, channels: int = 6, seed: int = 0) -> Bags:
    """In each clip one frame is marked in channel 0, and it alone shows the class, in channel 1.

    The other frames show a class, too, which is any.
    """
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    features = random.normal(size=(count, frames, channels)).astype(np.float32)
    features[..., 0] = 0
    features[..., 1] += 4.0 * random.choice([-1, 1], (count, frames))
    telling = np.arange(count), random.integers(frames, size=count)
    features[..., 0][telling] = 3
    features[..., 1][telling] = np.where(labels == 1, 4, -4)
    return Bags(features.reshape(-1, channels), np.repeat(np.arange(count), frames), labels)


def fit(
    train: Bags,
    validation: Bags,
    *,
    n_classes: int = CLASSES,
    balanced: bool = True,
    seed: int = 0,
) -> AttentionPooling:
    criterion = CrossEntropy()(train.labels, n_classes, balanced, torch.device("cpu"))
    return fit_attention(train, validation, criterion, n_classes=n_classes, seed=seed)


@pytest.fixture(scope="module")
def trained() -> AttentionPooling:
    """Trained on 200 clips."""
    return fit(clips(200), clips(100, seed=1))


def test_it_finds_the_frame_that_tells(trained: AttentionPooling) -> None:
    test = clips(200, seed=2)
    right = (attended(trained, test).argmax(axis=1) == test.labels).mean()
    by_mean = test.features[:, 1].reshape(200, -1).mean(axis=1) > 0
    assert right > 0.9 > (by_mean == test.labels).mean() + 0.1
    weights = trained.weights(test).detach().numpy().reshape(200, -1)
    assert weights.sum(axis=1) == pytest.approx(1, abs=1e-5)
    # It is enough to look for the frames that tell of one class.
    telling = test.features[:, 0].reshape(200, -1) == 3
    by_class = [weights[telling & (test.labels == label)[:, None]].mean() for label in (0, 1)]
    assert max(by_class) > 4 / 8


def test_logits_are_those_of_the_formula(trained: AttentionPooling) -> None:
    test = clips(3, frames=4, seed=3)
    scale = trained.scale.numpy()
    logits = attended(trained, test)
    for clip in range(3):
        frames = torch.from_numpy((test.features[test.bag == clip] - trained.mean.numpy()) / scale)
        scores = trained.score(
            torch.tanh(trained.content(frames)) * torch.sigmoid(trained.gate(frames))
        )
        alone = trained.classifier((torch.softmax(scores, dim=0) * frames).sum(dim=0))
        assert logits[clip] == pytest.approx(alone.detach().numpy(), abs=1e-4)


def test_neither_order_nor_neighbours_change_a_clip(trained: AttentionPooling) -> None:
    test = clips(5, seed=4)
    order = np.random.default_rng(0).permutation(len(test.bag))
    mixed = replace(test, features=test.features[order], bag=test.bag[order])
    assert attended(trained, mixed) == pytest.approx(attended(trained, test), abs=1e-4)


def test_it_starts_as_the_plain_mean_and_the_seed_decides() -> None:
    bags = clips(4)
    model = AttentionPooling(bags.features, CLASSES, seed=1)
    assert model.weights(bags).detach().numpy() == pytest.approx(1 / 8)
    before = torch.random.get_rng_state()
    fits = [fit(bags, clips(4, seed=1), seed=seed) for seed in (1, 1, 2)]
    assert torch.equal(torch.random.get_rng_state(), before)
    once, again, other = (attended(fit, bags) for fit in fits)
    assert (once == again).all()
    assert (once != other).any()


@pytest.mark.filterwarnings("error")
def test_read_only_labels_are_no_reason_to_warn(recwarn: pytest.WarningsRecorder) -> None:
    few = clips(20)
    few.labels.setflags(write=False)  # as those of a table are
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    fit(few, few)
    torch.set_warn_always(before)
    assert not recwarn.list


def test_tiny_data() -> None:
    # Clips of one frame, a class with one clip, one without, a constant channel.
    features = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    features[:, 2] = 7
    few = Bags(features, np.arange(4), np.array([0, 0, 0, 1]))
    model = fit(few, few, n_classes=3)
    assert np.isfinite(attended(model, few)).all()
    none = Bags(features[:0], np.arange(0), np.arange(0))
    assert attended(fit(few, none, n_classes=3, balanced=False), none).shape == (
        0,
        3,
    )
