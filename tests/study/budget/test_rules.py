"""What a budget chooses follows from numbers of labels alone, around what the file gives."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pleura.data.augment_settings import Augmentation
from pleura.study.budget.rules import (
    LADDER,
    NAMED,
    PENALTIES,
    RATES,
    SIZES,
    Design,
    Fixed,
    Labels,
    around,
    designs,
    sizes_for,
    values_of,
)
from pleura.train.settings import FitSettings, epochs_of

PLAIN = Design(96, 3, 8, 300)
MANY = Labels(4200, 420)


def fixed(given: dict[str, Any] | None = None, trials: int | None = None) -> Fixed:
    return Fixed(given or {}, trials, FitSettings(), Augmentation())


def chosen(design: Design, labels: Labels, by: Fixed | None = None) -> dict[str, Any]:
    values = values_of(design, labels, by or fixed(), SIZES)
    assert all(value.why for value in values)
    return {value.key: value.value for value in values}


def test_the_ladder_never_gives_less_for_more_time() -> None:
    for before, after in pairwise(LADDER):
        pairs = [
            (getattr(before, name), getattr(after, name))
            for name in ("size", "trials", "passes", "steps")
        ]
        assert all(less <= more for less, more in pairs)
        assert any(less < more for less, more in pairs)
    assert list(NAMED.values()) == sorted(NAMED.values(), key=LADDER.index)
    assert {design.size for design in LADDER} == {*SIZES}
    assert {design.trials for design in LADDER} == {*RATES} == {*PENALTIES}


def test_one_place_of_the_ladder_is_what_pleura_does_without_a_budget() -> None:
    values = chosen(PLAIN, MANY)
    defaults = FitSettings()
    assert PLAIN in LADDER
    assert values["training.epochs"] == defaults.epochs
    assert values["training.min_steps"] == defaults.min_steps
    assert values["training.batch_size"] == defaults.batch_size
    assert values["tune.rates"] == [5e-4, 1.5e-3, 5e-3]
    assert values["tune.penalties"] == [0.1, 1.0, 10.0]
    assert not any("augmentation" in key for key in values)


@pytest.mark.parametrize(
    ("side", "sizes"), [(1000, SIZES), (224, SIZES[:5]), (223, SIZES[:4]), (28, (28,)), (9, (16,))]
)
def test_images_are_never_made_larger_than_they_are(side: int, sizes: tuple[int, ...]) -> None:
    assert sizes_for(side) == sizes


@pytest.mark.parametrize(
    ("most", "epochs"), [(100, 8), (9_600, 8), (19_200, 5), (38_400, 3), (1_000_000, 3)]
)
def test_more_labels_have_fewer_passes(most: int, epochs: int) -> None:
    """3,000 steps of 32 images are eight passes over 12,000, and three over 32,000."""
    assert chosen(PLAIN, Labels(most, most))["training.epochs"] == epochs


def test_fewer_labels_have_more_passes_up_to_the_stated_number_of_steps() -> None:
    values = chosen(PLAIN, Labels(4200, 420))
    settings = FitSettings(epochs=8, min_steps=values["training.min_steps"])
    assert epochs_of(settings, 4200) == 8
    assert settings.batches(420) * epochs_of(settings, 420) in range(300, 300 + 14)


@pytest.mark.parametrize(("fewest", "batch"), [(256, 32), (255, 16), (40, 16)])
def test_few_labels_have_smaller_batches_and_rates(fewest: int, batch: int) -> None:
    values = chosen(PLAIN, Labels(4200, fewest))
    assert values["training.batch_size"] == batch
    middle = {32: 1.5e-3, 16: 1.1e-3}  # 1.5e-3 times the square root of a half
    assert values["tune.rates"][1] == middle[batch]


def test_images_that_are_seen_often_are_varied_more() -> None:
    often = chosen(PLAIN, Labels(200, 200))  # 300 steps are 24 passes
    assert not any("augmentation" in key for key in often)
    very = chosen(PLAIN, Labels(100, 100))  # 43 passes of batches of 16
    assert very["training.augmentation.rotation"] == 15.0
    assert very["training.augmentation.contrast"] == pytest.approx(0.3)
    off = Fixed({}, None, FitSettings(), None)
    assert not any("augmentation" in key for key in chosen(PLAIN, Labels(100, 100), off))


def test_every_value_that_is_given_stands_and_is_not_chosen() -> None:
    given = {
        "data.size": 100,
        "training.epochs": 5,
        "training.min_steps": 10,
        "training.batch_size": 64,
        "tune.rates": [1e-3, 1e-2],
        "tune.penalties": [1.0, 2.0],
        "training.augmentation.rotation": 3.0,
    }
    by = fixed(given, trials=2)
    assert designs((100,), by) == [Design(100, 2, 5, 10)]
    assert not chosen(Design(100, 2, 5, 10), MANY, by).keys() & given.keys()


@pytest.mark.parametrize("trials", range(1, 7))
def test_any_number_of_trials_that_is_given_is_filled_in(trials: int) -> None:
    values = values_of(Design(96, trials, 8, 300), MANY, fixed(trials=trials), SIZES)
    for key, middle in (("tune.rates", 1.5e-3), ("tune.penalties", 1.0)):
        value = next(value for value in values if value.key == key)
        assert len(value.value) == trials and value.value == sorted({*value.value})
        assert np.exp(np.log(value.value).mean()) == pytest.approx(middle, rel=0.06)
        assert "as many as the file gives" in value.why


def test_the_ladder_around_a_size_that_is_given_has_every_other_step() -> None:
    made = designs((96,), fixed({"data.size": 96}))
    assert made[0] == Design(96, 1, 4, 150) and made[-1] == Design(96, 5, 32, 2400)
    assert len(made) == 7
    assert around(LADDER[-1], (64, 160), fixed()).size == 160


def test_rates_follow_a_batch_that_is_given() -> None:
    by = Fixed({"training.batch_size": 128}, None, FitSettings(batch_size=128), None)
    values = chosen(PLAIN, MANY, by)
    assert values["tune.rates"] == [1e-3, 3e-3, 1e-2]
    assert "training.batch_size" not in values
