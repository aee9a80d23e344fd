import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score, roc_curve

from pleura.evaluate.calls import thresholds, with_calls
from pleura.tasks.findings.learned import LEARNED, columns, fit_heads
from pleura.tasks.pixels import PixelTraining
from pleura.train.head import fit_head


def drawn(n: int = 120, channels: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Features of which the first channels tell the findings, and labels with unknown ones."""
    random = np.random.default_rng(0)
    labels = (random.random((n, 3)) < (0.2, 0.5, 0.6)).astype(np.int64)
    features = random.normal(size=(n, channels)).astype(np.float32)
    features[:, :3] += 1.5 * labels
    labels[random.random((n, 3)) < 0.2] = -1
    return features, labels


def test_a_head_is_a_logistic_regression_a_finding() -> None:
    features, labels = drawn()
    head = fit_heads(features, labels, n_classes=3, penalty=0.1, balanced=True)
    assert head.weight.shape == (3, 6)
    for at in range(3):
        known = labels[:, at] >= 0
        alone = fit_head(
            features[known], labels[known, at], n_classes=2, penalty=0.1, balanced=True
        )
        two = alone.logits(features)
        assert head.logits(features)[:, at] == pytest.approx(two[:, 1] - two[:, 0], abs=1e-4)


def test_unknown_findings_do_not_teach() -> None:
    features, labels = drawn()
    other = features.copy()
    nothing = (labels < 0).all(axis=1) | (labels[:, 0] < 0)
    other[nothing] += 50
    one, two = (
        fit_heads(x, labels[:, :1], n_classes=1, penalty=0.1, balanced=True)
        for x in (features, other)
    )
    assert one.weight == pytest.approx(two.weight)


@pytest.mark.parametrize("baseline", LEARNED.baselines, ids=lambda baseline: str(baseline.name))
def test_baselines_learn_each_finding(baseline: object) -> None:
    features, labels = drawn(200)
    pixels = np.repeat(features, 4, axis=1)
    training = PixelTraining(pixels[:120], labels[:120], 3, seed=0, threads=1)
    fit = next(each.fit for each in LEARNED.baselines if each is baseline)
    logits = fit(training, 1.0, pixels[120:])
    assert logits.shape == (80, 3)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()
    for at in range(3):
        known = labels[120:, at] >= 0
        assert roc_auc_score(labels[120:][known, at], logits[known, at]) > 0.7


def test_columns_leave_unknown_cells_empty() -> None:
    labels = np.array([[1, -1], [0, 1]])
    table = columns(np.array([[0.5, 1.0], [-2.0, 3.0]], np.float32), labels, ["a", "b"])
    text = table.to_csv(index=False).splitlines()
    assert text == ["label_a,label_b,logit_a,logit_b", "1,,0.5,1.0", "0,1,-2.0,3.0"]


def test_thresholds_are_youdens() -> None:
    """Sensitivity plus specificity is the greatest of all cuts, and unknown images do not count."""
    features, labels = drawn(300)
    probabilities = expit(features[:, :3].astype(float))
    for at, threshold in enumerate(thresholds(labels, probabilities)):
        known = labels[:, at] >= 0
        truth, scores = labels[known, at], probabilities[known, at]
        false, true, _ = roc_curve(truth, scores)
        called = scores >= threshold
        found = called[truth == 1].mean() + 1 - called[truth == 0].mean()
        assert found == pytest.approx((true - false).max() + 1)


def test_thresholds_by_hand() -> None:
    labels = np.array([[0, 1], [0, 1], [1, 1], [1, 1], [-1, 1]])
    probabilities = np.array([[0.1, 0.1], [0.4, 0.2], [0.6, 0.3], [0.9, 0.4], [0.5, 0.5]])
    # Halfway between .4 and .6; one half where no image without the finding is known.
    assert thresholds(labels, probabilities) == pytest.approx([0.5, 0.5])


def test_calls_go_by_the_validation_of_their_run() -> None:
    table = pd.DataFrame(
        {
            "recipe": ["a"] * 6,
            "fold": 0,
            "seed": [0, 0, 0, 1, 1, 1],
            "fraction": 1.0,
            "part": ["validation", "validation", "test"] * 2,
            "label_x": [0, 1, 1, 0, 1, 1],
            "logit_x": [-2.0, -1.0, -1.2, 1.0, 2.0, 1.2],
        }
    )
    # The thresholds lie between -2 and -1, and between 1 and 2.
    assert with_calls(table)["called_x"].tolist() == [0, 1, 1, 0, 1, 0]
    # Test labels are not looked at.
    assert with_calls(table.assign(label_x=[0, 1, 0, 0, 1, 0]))["called_x"].tolist()[2::3] == [1, 0]
    classes = pd.DataFrame({"label": ["x"], "logit_x": [0.0], "logit_y": [1.0]})
    assert with_calls(classes) is classes
