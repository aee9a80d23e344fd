"""The task of a head on features: its loss, its scores, its rows."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from pleura.tasks.features import OnFeatures
from pleura.train.loop import Draw

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
    task(balanced=False).loss(model, np.array([3, 0]), Draw(0, augmented=True))
    assert model.seen.shape == (2, 2, 1, 1)
    np.testing.assert_array_equal(model.seen.flatten(1), VALUES[[3, 0]])


@pytest.mark.parametrize("balanced", [True, False])
def test_the_loss_is_cross_entropy_weighted_by_class(balanced: bool) -> None:
    chosen = np.array([3, 0, 1])
    found = task(balanced=balanced).loss(Same(), chosen, Draw(0, False))
    each = functional.cross_entropy(
        torch.from_numpy(VALUES[chosen]), torch.from_numpy(LABELS[chosen]), reduction="none"
    )
    # Three to one in the training part.
    weights = torch.tensor([2.0, 2 / 3, 2 / 3]) if balanced else torch.ones(3)
    torch.testing.assert_close(found, (each * weights).sum() / weights.sum())


def test_scores_are_those_of_the_validation_part_unweighted() -> None:
    figures = task(balanced=True).validate(Same())
    probabilities = torch.from_numpy(OTHERS).softmax(dim=1).numpy()
    assert figures["loss"] == pytest.approx(log_loss(OTHER_LABELS, probabilities), abs=1e-6)
    assert figures["score"] == pytest.approx(roc_auc_score(OTHER_LABELS, probabilities[:, 1]))


def test_it_counts_and_names_training_images() -> None:
    assert task(balanced=False).n_train == 4
    assert task(balanced=False).describe(np.array([3, 1])) == "training images 3, 1"
