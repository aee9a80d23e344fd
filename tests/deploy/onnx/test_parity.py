"""Differences between an export and torch are seen, and rounding at a threshold is forgiven."""

from typing import Any

import numpy as np
import pytest

from pleura.deploy.onnx.parity import LIMIT, PIXEL_LIMIT, compare
from pleura.deploy.package import Model
from pleura.deploy.segmenter import Segmenter
from pleura.errors import PleuraError
from tests.deploy.onnx.models import CLASSES, FINDINGS

VALUES = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.40001, 0.39999, 0.2]])


def outputs(values: Any, **others: Any) -> dict[str, Any]:
    return {"probabilities": values.astype(np.float32), **others}


def of(card: dict[str, Any]) -> Model:
    return Model(None, card)  # type: ignore[arg-type]


def test_what_is_the_same_passes() -> None:
    expected = {"probabilities": VALUES, "class": VALUES.argmax(1)}
    parity = compare(of(CLASSES), expected, outputs(VALUES, **{"class": VALUES.argmax(1)}))
    assert (parity.images, parity.decided_otherwise, parity.near) == (3, 0, 0)
    assert parity.largest_difference["probabilities"] < 1e-7
    parity.refuse()


@pytest.mark.parametrize("wrong", [2 * LIMIT, np.nan])
def test_one_probability_that_is_off_is_refused(wrong: float) -> None:
    expected = {"probabilities": VALUES}
    found = VALUES.copy()
    found[1, 2] += wrong
    with pytest.raises(PleuraError, match=r"probabilities differ .*nothing is written"):
        compare(of(CLASSES), expected, outputs(found)).refuse()


@pytest.mark.parametrize(("image", "passes"), [(2, True), (1, False)])
def test_another_class_is_forgiven_where_two_are_as_likely(image: int, passes: bool) -> None:
    classes = VALUES.argmax(1)
    classes[image] = 1
    expected = {"probabilities": VALUES, "class": VALUES.argmax(1)}
    parity = compare(of(CLASSES), expected, outputs(VALUES, **{"class": classes}))
    assert parity.decided_otherwise == 1
    if passes:
        parity.refuse()
        return
    with pytest.raises(PleuraError, match="decides otherwise than torch"):
        parity.refuse()


@pytest.mark.parametrize(("probability", "passes"), [(0.62001, True), (0.63, False)])
def test_another_call_is_forgiven_at_its_threshold(probability: float, passes: bool) -> None:
    values = np.array([[probability, 0.1]])
    expected = {"probabilities": values, "called": np.array([[True, False]])}
    found = outputs(values, called=np.array([[False, False]]))
    parity = compare(of(FINDINGS), expected, found)
    assert (parity.decided_otherwise, parity.near) == (1, int(passes))


@pytest.mark.parametrize(("probability", "passes"), [(0.39999, True), (0.5, False)])
def test_another_set_is_forgiven_at_its_threshold(probability: float, passes: bool) -> None:
    values = np.array([[probability, 0.1]])  # effusion present is in the set from .4 on
    rule = of(FINDINGS).rule
    assert rule is not None
    sets = rule.by_image(values)
    found = sets.copy()
    found[0, 0, 1] = not found[0, 0, 1]
    parity = compare(
        of(FINDINGS), {"probabilities": values, "set": sets}, outputs(values, set=found)
    )
    assert (parity.decided_otherwise, parity.near) == (1, int(passes))


def test_large_numbers_may_differ_by_a_part() -> None:
    expected = {"number": np.array([70.0, 0.5])}
    parity = compare(of(CLASSES), expected, {"number": np.array([70.004, 0.5], np.float32)})
    assert parity.largest_difference["number"] < LIMIT
    parity = compare(of(CLASSES), expected, {"number": np.array([70.0, 0.5004], np.float32)})
    assert parity.largest_difference["number"] > LIMIT


@pytest.mark.parametrize(("apart", "passes"), [(4e-4, True), (6e-4, False)])
def test_a_pixel_may_differ_more_than_an_image(apart: float, passes: bool) -> None:
    """The worst of millions of pixels is further off than that of hundreds of images."""
    segmenter = Segmenter(None, {"structures": ["lung"]})  # type: ignore[arg-type]
    lung = np.full((1, 8, 8), 0.2)
    expected = {"probabilities": np.stack([1 - lung, lung], 1)}
    lung[0, 3, 4] += apart
    found = np.stack([1 - lung, lung], 1).astype(np.float32)
    parity = compare(segmenter, expected, {"probabilities": found})
    assert parity.as_dict()["limit"] == PIXEL_LIMIT
    if passes:
        parity.refuse()
        return
    with pytest.raises(PleuraError, match=r"by 6\.0e-04, more than 0\.0005: nothing is written"):
        parity.refuse()
