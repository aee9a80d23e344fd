"""What is on is told in words and with its paper; a study that uses none is told of none."""

import pytest

from pleura.report.methods.references import REFERENCES
from pleura.study.schema import Training
from pleura.train.few_labels import used

ON = {
    "ema": 0.99,
    "loss": {"cross_entropy": {"smoothing": 0.1}},
    "stochastic_depth": 0.1,
    "sizes": [48, 64],
    "augmentation": {"mixup": {}, "cutout": {"side": 0.5}, "rand_augment": {}},
}


def test_nothing_is_told_of_a_study_that_uses_none() -> None:
    assert used(Training().model_dump()) == []
    assert used({}) == used({"loss": "cross_entropy", "augmentation": None}) == []


def test_each_option_is_told_with_its_paper() -> None:
    told = used(Training.model_validate(ON).model_dump(mode="json"))
    assert [each.words for each in told] == [
        "weights averaged over the steps (EMA 0.99)",
        "label smoothing (0.1)",
        "mixup (alpha 0.2, probability 0.5)",
        "cutout (side 0.5, probability 0.5)",
        "RandAugment (changes 2, strength 0.5)",
        "stochastic depth (up to 0.1)",
        "images that grow (48, 64 pixels first)",
    ]
    assert len({each.paper for each in told}) == len(told)
    assert all(each.paper in REFERENCES for each in told)


@pytest.mark.parametrize("loss", ["focal", {"focal": {"gamma": 1.0}}, {"cross_entropy": {}}, None])
def test_other_losses_smooth_nothing(loss: object) -> None:
    assert used({"loss": loss}) == []
