"""What is made of logits in a graph is what pleura makes of them."""

from typing import Any

import numpy as np
import pytest
import torch

from pleura.deploy.onnx.answers import CALLED, CLASS, NUMBER, PROBABILITIES, SET, Answers
from pleura.deploy.package import Model
from pleura.evaluate.prediction_sets import SetRule
from pleura.evaluate.ranking import Floats
from tests.deploy.onnx.models import AGE, CLASSES, FINDINGS, SETS

LOGITS = np.random.default_rng(0).normal(0, 3, (3, 200, 3)).astype(np.float32)


def expected_of(model: Model, logits: Any) -> Floats:
    """The probabilities by logits (members, n, k)."""
    read = model.calibration
    return read.probabilities(read.mean(list(logits)) if len(logits) > 1 else logits[0])


def answers_of(card: dict[str, Any], logits: Any) -> dict[str, Any]:
    answers = Answers(Model(None, card))  # type: ignore[arg-type]
    given = answers([torch.from_numpy(each) for each in logits])
    return dict(zip(answers.names, (each.numpy() for each in given), strict=True))


@pytest.mark.parametrize("members", [1, 3])
def test_classes(members: int) -> None:
    card = CLASSES | {"calibration": {"temperature": 1.7, "biases": [0.3, -0.2, 0.0]}}
    model, logits = Model(None, card), LOGITS[:members]  # type: ignore[arg-type]
    expected = expected_of(model, logits)
    given = answers_of(card, logits)
    assert list(given) == [PROBABILITIES, CLASS]
    np.testing.assert_allclose(given[PROBABILITIES], expected, atol=1e-6)
    np.testing.assert_array_equal(given[CLASS], expected.argmax(1))


@pytest.mark.parametrize("members", [1, 3])
def test_findings(members: int) -> None:
    logits = 5 * LOGITS[:members, :, :2]  # some are sure
    model = Model(None, FINDINGS)  # type: ignore[arg-type]
    thresholds, rule = model.thresholds, model.rule
    assert thresholds is not None
    assert rule is not None
    expected = expected_of(model, logits)
    given = answers_of(FINDINGS, logits)
    assert list(given) == [PROBABILITIES, CALLED, SET]
    np.testing.assert_allclose(given[PROBABILITIES], expected, atol=1e-6)
    np.testing.assert_array_equal(given[CALLED], expected >= thresholds)
    np.testing.assert_array_equal(given[SET], rule.by_image(expected))
    # A card without thresholds calls from a half on.
    given = answers_of({**FINDINGS, "thresholds": None}, logits)
    np.testing.assert_array_equal(given[CALLED], expected >= 0.5)


@pytest.mark.parametrize("ordered", [False, True])
def test_sets_of_classes_and_grades(ordered: bool) -> None:
    rule = SetRule(0.9, False, np.array([[0.3, 0.5, 0.3]]), np.full((1, 3), 12), ordered)
    given = answers_of(CLASSES | {"sets": rule.as_dict(), "calibration": None}, LOGITS[:1])
    np.testing.assert_array_equal(given[SET], rule.by_image(given[PROBABILITIES]))
    # Between two grades of a set there is no gap; of classes there are some here.
    gaps = given[SET][:, 0] & given[SET][:, 2] & ~given[SET][:, 1]
    assert gaps.any() != ordered


def test_what_nothing_rules_out_is_in_every_set() -> None:
    sets = {**SETS, "patients": [[12, 3, 12]]}
    given = answers_of(CLASSES | {"sets": sets, "calibration": None}, 20 * LOGITS[:1])
    assert given[SET][:, 1].all()
    assert not given[SET][:, 0].all()


def test_a_number_stays_as_it_is() -> None:
    given = answers_of(AGE, LOGITS[:, :, :1])
    assert list(given) == [NUMBER]
    np.testing.assert_allclose(given[NUMBER], LOGITS[:, :, 0].mean(0), atol=1e-6)


def test_members_that_are_sure_of_different_classes_share_the_probability() -> None:
    logits = np.array([[[200.0, 0, 0]], [[0, 0, 200.0]]], np.float32)
    card = CLASSES | {"calibration": {"temperature": 1.0, "biases": [0.0, 0, 0]}}
    given = answers_of(card, logits)[PROBABILITIES]
    np.testing.assert_allclose(given, [[0.5, 0, 0.5]], atol=1e-6)
    findings = FINDINGS | {"calibration": {"temperature": [1.0, 1.0], "biases": [0.0, 0]}}
    given = answers_of(findings, np.array([[[200.0, -200]], [[-200, -200]]], np.float32))
    np.testing.assert_allclose(given[PROBABILITIES], [[0.5, 0]], atol=1e-6)
