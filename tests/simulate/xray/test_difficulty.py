"""Disease in the phantom is neither trivial nor invisible, and the milder the harder it is."""

import functools

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.radiograph import simulate


@functools.cache
def pixels_of(patient: int, severity: float | None) -> NDArray[np.uint8]:
    """The 32 x 32 pixels of a patient; healthy ones are the same whatever others have."""
    label = LABELS[patient % len(LABELS)]
    xray = simulate(
        seed=9,
        patient=patient,
        image=0,
        label=label,
        size=32,
        severity=severity,
        hospital="north",
    )
    pixels: NDArray[np.uint8] = xray.image.ravel()
    return pixels


def forest_auroc(severity: float) -> float:
    """Macro AUROC of a random forest on 32 x 32 pixels: 100 patients train, 50 test."""
    labels = np.arange(150) % len(LABELS)
    pixels = np.stack([pixels_of(n, severity if label else None) for n, label in enumerate(labels)])
    forest = RandomForestClassifier(100, min_samples_leaf=3, random_state=0)
    scores = forest.fit(pixels[:100], labels[:100]).predict_proba(pixels[100:])
    return float(roc_auc_score(labels[100:], scores, multi_class="ovr"))


def test_mild_disease_is_harder_than_severe() -> None:
    mild, severe = forest_auroc(0.15), forest_auroc(0.9)
    assert mild < 0.7
    assert severe > 0.8
