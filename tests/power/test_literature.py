"""Plans from a published AUROC."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pleura.errors import InputError
from pleura.evaluate.curve_areas import AUROC
from pleura.power.literature import plan_from_literature
from pleura.power.options import Options
from pleura.power.source import Published
from pleura.power.words import told

USUAL = Published(0.9, 0.3)


def test_the_standard_error_of_hanley_and_mcneil_leads_to_the_smallest_difference() -> None:
    """AUROC .9 of 120 ill and 280 healthy patients: a standard error of .0197; two of them that
    correlate by .5 differ with the same."""
    plan = plan_from_literature(USUAL, Options(patients=(400,)))
    low, high = plan.of("smallest")["smallest"]
    normal = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert high == pytest.approx(normal * 0.0197, rel=0.04)
    assert low == pytest.approx(high * np.sqrt(0.4), rel=0.03)
    text = told(plan)
    assert "With 400 test patients and two trained models you can expect to show" in text
    assert "correlation 0.8 and correlation 0.5 between the two recipes" in text


def test_trainings_count_where_it_is_said_how_far_they_differ() -> None:
    plan = plan_from_literature(USUAL, Options(patients=(400,), between_seeds=0.03))
    assert plan.seeds == (3, 5, 10)
    of = plan.of("smallest")
    shown = of[of["scenario"] == "correlation 0.8"].set_index("seeds")["smallest"]
    assert shown[3] > shown[5] > shown[10]


def test_the_smaller_of_two_numbers_stands_first_and_is_explained() -> None:
    """With 3 seeds and many patients the higher correlation shows less: its test rests on seeds."""
    options = Options(patients=(800, 1600), seeds=(3,), between_seeds=0.02, comparisons=20)
    plan = plan_from_literature(USUAL, options)
    high, low = (each.smallest(800, 3) for each in plan.scenarios.values())
    assert low < high
    text = told(plan)
    assert f"differences of {AUROC.decimal(low)} to {AUROC.decimal(high)} AUROC" in text
    assert "the smaller number first" in text
    assert "In some places the smaller one is that of correlation 0.5" in text
    assert "In some places" not in told(plan_from_literature(USUAL, Options()))


def test_a_smallest_difference_that_grows_is_told_in_any_scenario() -> None:
    options = Options(patients=(100, 800), seeds=(3,), between_seeds=0.02, comparisons=20)
    plan = plan_from_literature(Published(0.9, 0.3, correlations=(0.5, 0.9)), options)
    turned = replace(plan, scenarios=dict(reversed([*plan.scenarios.items()])))
    line = "Where the smallest difference grows with more patients"
    assert line in told(plan)
    assert line in told(turned)


@pytest.mark.parametrize(
    ("published", "options", "message"),
    [
        (Published(0.5, 0.3), Options(), "--auroc 0.5: .*guessing"),
        (Published(1.0, 0.3), Options(), "--auroc 1: .*at 1 nothing can vary"),
        (Published(0.9, 0.0), Options(), "--positives 0: .*both kinds"),
        (Published(0.9, 1.0), Options(), "--positives 1"),
        (Published(0.9, 0.3, images=0), Options(), "--images 0"),
        (Published(0.9, 0.3, images=np.inf), Options(), "--images inf: 1 or more"),
        (Published(0.9, np.inf), Options(), "--positives inf"),
        (Published(np.nan, 0.3), Options(), "--auroc nan"),
        (USUAL, Options(between_seeds=1e200), r"--between-seeds 1e\+200"),
        (USUAL, Options(patients=(10**9,)), "--patients: 10 or more, up to 1,000,000"),
        (Published(0.9, 0.3, within=2), Options(), "--within 2"),
        (Published(0.9, 0.3, correlations=(0.5, 1)), Options(), "--correlation 0.5 1"),
        (Published(0.9, 0.01), Options(), "the formula takes 5 or more, that is 500 patients"),
        (USUAL, Options(seeds=(3,)), "how far trainings differ is not known"),
        (USUAL, Options(seeds=(1,), between_seeds=0.02), "--seeds 1: .* give 2 seeds or more"),
    ],
)
def test_what_is_no_such_number_is_refused(
    published: Published, options: Options, message: str
) -> None:
    with pytest.raises(InputError, match=f"(?s){message}"):
        plan_from_literature(published, options)
