"""Disease in the phantom is neither trivial nor invisible, and the milder the harder it is."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.radiograph import simulate


def forest_auroc(severity: float) -> float:
    """Macro AUROC of a random forest on 32 x 32 pixels: 160 patients train, 80 test."""
    labels = np.arange(240) % len(LABELS)
    pixels = np.stack(
        [
            simulate(
                seed=9,
                patient=patient,
                image=0,
                label=LABELS[label],
                size=32,
                severity=None if label == 0 else severity,
                hospital="north",
            ).image.ravel()
            for patient, label in enumerate(labels)
        ]
    )
    forest = RandomForestClassifier(100, min_samples_leaf=3, random_state=0)
    scores = forest.fit(pixels[:160], labels[:160]).predict_proba(pixels[160:])
    return float(roc_auc_score(labels[160:], scores, multi_class="ovr"))


def test_mild_disease_is_harder_than_severe() -> None:
    mild, severe = forest_auroc(0.15), forest_auroc(0.9)
    assert mild < 0.7
    assert severe > 0.8
