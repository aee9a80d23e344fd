"""The task of a head on features: its loss, its scores, its rows."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from pleura.tasks.features import OnFeatures
from pleura.train.task import Batch

LABELS = np.array([0, 0, 0, 1])
VALUES = np.array([[1, 0], [2, 0], [3, 1], [0, 2]], dtype=np.float32)
OTHERS = np.array([[0, 1], [1, 0], [0, 3], [2, 1]], dtype=np.float32)
OTHER_LABELS = np.array([1, 0, 0, 1])


class Same(nn.Module):
    """Two features are the two logits; remembers what it saw."""

    def forward(self, values: Tensor) -> Tensor:
        self.seen = values
        return values.flatten(1)


def task(*, balanced: bool) -> OnFeatures:
    return OnFeatures((VALUES, LABELS), (OTHERS, OTHER_LABELS), n_classes=2, balanced=balanced)


def test_a_batch_holds_the_features_asked_for_as_maps_of_one_pixel() -> None:
    model = Same()
    task(balanced=False).loss(model, Batch(np.array([3, 0]), 0, augmented=True))
    assert model.seen.shape == (2, 2, 1, 1)
    np.testing.assert_array_equal(model.seen.flatten(1), VALUES[[3, 0]])


@pytest.mark.parametrize("balanced", [True, False])
def test_the_loss_is_cross_entropy_weighted_by_class(balanced: bool) -> None:
    chosen = np.array([3, 0, 1])
    found = task(balanced=balanced).loss(Same(), Batch(chosen, 0, False))
    each = functional.cross_entropy(
        torch.from_numpy(VALUES[chosen]), torch.from_numpy(LABELS[chosen]), reduction="none"
    )
    # Three to one in the training part.
    weights = torch.tensor([2.0, 2 / 3, 2 / 3]) if balanced else torch.ones(3)
    torch.testing.assert_close(found, (each * weights).sum() / weights.sum())


@pytest.mark.parametrize("balanced", [True, False])
def test_both_parts_are_judged_by_the_loss_of_training(balanced: bool) -> None:
    figures = task(balanced=balanced).validate(Same())
    for prefix, values, labels in (
        ("", OTHERS, OTHER_LABELS),
        ("judged_", VALUES, LABELS),
    ):
        probabilities = torch.from_numpy(values).softmax(dim=1).numpy()
        weights = np.where(labels == LABELS[3], 2.0, 2 / 3) if balanced else np.ones(len(labels))
        loss = log_loss(labels, probabilities, sample_weight=weights)
        assert figures[f"{prefix}loss"] == pytest.approx(loss, abs=1e-5)
        auroc = roc_auc_score(labels, probabilities[:, 1])
        assert figures[f"{prefix}score"] == pytest.approx(auroc)


def test_it_counts_and_names_training_images() -> None:
    assert task(balanced=False).n_train == 4
    assert task(balanced=False).describe(np.array([3, 1])) == "training images 3, 1"
