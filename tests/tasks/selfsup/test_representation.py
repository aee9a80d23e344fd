"""The figures that watch a pretraining, against hand-computed values and scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from pleura.tasks.selfsup.representation import effective_rank, knn_auroc, probe_auroc


def test_the_effective_rank_of_known_spectra() -> None:
    assert effective_rank(np.eye(7, dtype=np.float32)) == pytest.approx(7)
    # Shares 3/4 and 1/4.
    two = np.diag([3.0, 1.0]).astype(np.float32)
    expected = math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    assert effective_rank(two) == pytest.approx(expected)
    assert effective_rank(5 * two) == pytest.approx(expected)


def test_images_that_all_look_the_same_have_rank_one() -> None:
    noise = np.random.default_rng(0).normal(size=(60, 16)).astype(np.float32)
    assert effective_rank(noise) > 12
    assert effective_rank(1 + 1e-4 * noise) < 1.02
    assert effective_rank(np.zeros((5, 4), np.float32)) == 1.0


def planted(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n).astype(np.int64)
    features = random.normal(size=(n, 10)).astype(np.float32)
    features[np.arange(n), labels] += 1.5
    return features, labels


@pytest.mark.parametrize("classes", [2, 3])
def test_knn_votes_are_those_of_scikit_learn(classes: int) -> None:
    train, labels = planted(120, classes, 0)
    others, targets = planted(60, classes, 1)
    model = KNeighborsClassifier(20, metric="cosine", algorithm="brute").fit(train, labels)
    votes = model.predict_proba(others)
    scores = [roc_auc_score(targets == c, votes[:, c]) for c in range(classes)]
    assert knn_auroc(train, labels, others, targets) == pytest.approx(np.mean(scores))


def test_a_probe_tells_what_is_linear_and_nothing_of_noise() -> None:
    train, labels = planted(300, 3, 0)
    others, targets = planted(200, 3, 1)
    assert probe_auroc(train, labels, others, targets) > 0.8
    random = np.random.default_rng(2)
    assert abs(probe_auroc(train, random.permutation(labels), others, targets) - 0.5) < 0.12
    # Scales of channels do not matter.
    large = np.float32(1e3)
    scaled = probe_auroc(train * large, labels, others * large, targets)
    assert scaled == pytest.approx(probe_auroc(train, labels, others, targets), abs=1e-3)


def test_few_images_and_missing_classes() -> None:
    train, labels = planted(9, 2, 0)
    others, targets = planted(20, 2, 1)
    assert knn_auroc(train, labels, others, targets) == 0.5  # all nine vote on every image
    assert math.isnan(knn_auroc(train, labels, others, np.zeros(20, np.int64)))
    assert math.isnan(probe_auroc(train, np.zeros(9, np.int64), others, targets))
    # A class that only validation has cannot be told by a probe and is left out.
    assert probe_auroc(train, labels, others, np.where(targets == 1, 1, 7)) is not None
