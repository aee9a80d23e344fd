"""The variance of an AUROC without scores."""

import numpy as np
import pytest

from pleura.evaluate.auroc_variance import Design, of_difference, of_one


def test_it_is_that_of_hanley_and_mcneil_for_any_numbers() -> None:
    """Their formula, written as in the paper of 1982."""
    area, ill, healthy = 0.9, 120, 280
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    expected = area * (1 - area) + (ill - 1) * (q1 - area**2) + (healthy - 1) * (q2 - area**2)
    found = of_one(area, Design(0.3)).error(400, 1) ** 2
    assert found == pytest.approx(expected / (ill * healthy))


def test_it_is_near_what_exponential_scores_give() -> None:
    """The scores that it supposes: with area a, exponential with means 1 and a / (1 - a)."""
    rng, area, ill, healthy = np.random.default_rng(0), 0.8, 60, 140
    scores = rng.exponential(size=(2000, healthy)), rng.exponential(area / (1 - area), (2000, ill))
    areas = [(sick[:, None] > well).mean() for well, sick in zip(*scores, strict=True)]
    assert np.mean(areas) == pytest.approx(area, abs=0.003)
    assert of_one(area, Design(0.3)).error(200, 1) == pytest.approx(np.std(areas), rel=0.06)


def test_images_of_a_patient_are_worth_less_than_patients() -> None:
    alone, same, apart = (
        of_one(0.9, Design(0.3, images, within)).error(200, 1)
        for images, within in ((1, 0.5), (4, 1.0), (4, 0.0))
    )
    assert same == alone
    assert apart == pytest.approx(of_one(0.9, Design(0.3)).error(800, 1))
    assert apart < of_one(0.9, Design(0.3, 4, 0.3)).error(200, 1) < alone


def test_the_more_two_recipes_go_along_the_less_their_difference_varies() -> None:
    alone = of_one(0.9, Design(0.3))
    assert of_difference(alone, 0.5).error(200, 1) == pytest.approx(alone.error(200, 1))
    assert of_difference(alone, 0.875).error(200, 1) == pytest.approx(alone.error(200, 1) / 2)


def test_few_ill_patients_have_few_degrees_of_freedom() -> None:
    assert of_one(0.8, Design(0.02)).freedom(1000, 1, difference=False) < 40
