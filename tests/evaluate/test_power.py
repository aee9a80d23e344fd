"""Power: components of variance, the noncentral t distribution, and sizes of studies."""

import numpy as np
import pytest
from scipy import stats

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.jackknife import spread, variance
from pleura.evaluate.number_metrics import MAE
from pleura.evaluate.power import (
    Components,
    Prospect,
    Question,
    ends_of,
    off_axis,
    on_axis,
)
from pleura.evaluate.proper_scores import LOG_LOSS
from pleura.evaluate.ranking import Floats
from tests.evaluate.tables import means

VARIES = Components(0.3, 0.2, 0.0004, seeds=3)


def prospect(components: Components = VARIES, question: Question | None = None) -> Prospect:
    return Prospect(AUROC, 0.85, components, components, question or Question())


def values(patients: int, seeds: int, seed: int = 0) -> Floats:
    """Planted: a variance of 1 that patients share, .5 of their own with each seed, .01 between
    trainings."""
    rng = np.random.default_rng(seed)
    shared, own = rng.normal(size=patients), np.sqrt(0.5) * rng.normal(size=(seeds, patients))
    return np.asarray(shared + own + 0.1 * rng.normal(size=(seeds, 1)))


def test_planted_components_are_found() -> None:
    found = Components.of(means(values(3000, 60)), 3000)
    assert found.shared == pytest.approx(1.0, rel=0.1)
    assert found.single == pytest.approx(0.5, rel=0.1)
    assert found.training == pytest.approx(0.01, rel=0.5)
    assert found.seeds == 60


def test_at_its_own_size_a_pilot_has_the_variance_and_freedom_of_the_report() -> None:
    sample = means(values(200, 4))
    its = Components.of(sample, 200)
    error, _, freedom = spread(sample, 0.95)
    assert its.error(200, 4) == pytest.approx(error)
    assert its.freedom(200, 4) == pytest.approx(freedom)


def test_of_one_seed_it_is_not_known_how_far_trainings_differ() -> None:
    sample = means(values(200, 1))
    its = Components.of(sample, 200)
    assert np.isnan(its.training)
    assert its.error(200, 1) ** 2 == pytest.approx(variance(sample, 199)[0])
    assert its.error(200, 1) == its.error(200, 9)


def test_components_below_0_are_averaged_before_they_count_as_none() -> None:
    below, above = Components(1.0, 0.1, -0.02, seeds=3), Components(1.0, 0.1, 0.06, seeds=5)
    both = Components.averaged([below, above])
    assert both.training == pytest.approx(0.02)
    assert both.seeds == 3
    assert below.parts(100, 4)[1] == pytest.approx(0.1 / 100 / 4)


def test_what_single_trainings_make_of_patients_falls_with_both() -> None:
    shared, both, training = VARIES.three(100, 3)
    assert VARIES.three(200, 3) == pytest.approx((shared / 2, both / 2, training))
    assert VARIES.three(100, 6) == pytest.approx((shared, both / 2, training / 2))
    assert VARIES.parts(100, 3) == pytest.approx((shared, both + training))
    assert VARIES.three(100, 1)[2] == 0


def test_power_is_that_of_the_noncentral_t_distribution() -> None:
    for freedom in (4.0, 30.0, 400.0):
        t = stats.t.ppf(1 - 0.05 / 12, freedom)
        question = Question(0.95, 6, 0.9)
        assert question.found(3.0, freedom) == pytest.approx(stats.nct.sf(t, freedom, 3.0))
        assert question.found(question.errors(freedom), freedom) == pytest.approx(0.9)
    assert Question().errors(1e6) == pytest.approx(
        stats.norm.ppf(0.975) + stats.norm.ppf(0.8), rel=1e-4
    )
    assert Question().found(1e6, 1e6) == 1


@pytest.mark.parametrize("metric", [AUROC, MAE, LOG_LOSS])
def test_a_difference_and_its_amount_on_the_axis_are_each_others_inverse(metric: object) -> None:
    amount = on_axis(metric, 0.8, 0.07)  # type: ignore[arg-type]
    assert off_axis(metric, 0.8, amount) == pytest.approx(0.07)  # type: ignore[arg-type]


def test_near_the_end_of_the_range_two_values_stay_in_it() -> None:
    assert ends_of(AUROC, 0.99, 0.05) == pytest.approx((0.95, 1.0))
    assert ends_of(AUROC, 0.9, 0.05) == pytest.approx((0.875, 0.925))
    assert ends_of(MAE, 0.01, 0.5) == pytest.approx((0.0, 0.5))
    assert np.isnan(off_axis(AUROC, 0.9, 2.0))


def test_more_patients_and_more_seeds_show_less_and_trainings_set_a_limit() -> None:
    its = prospect()
    shown = [[its.smallest(m, s) for s in (3, 5, 10)] for m in (100, 400, 10**6)]
    assert (np.diff(shown, axis=0) < 0).all()
    assert (np.diff(shown, axis=1) < 0).all()
    # Endless patients leave what trainings differ by.
    only_seeds = Components(0.0, 0.0, VARIES.training, seeds=3)
    assert shown[2][1] == pytest.approx(prospect(only_seeds).smallest(10**6, 5), rel=0.01)
    assert its.patients_for(shown[2][1] / 2, 5) is None


def test_with_two_seeds_more_patients_can_show_less_and_the_fewest_are_found_all_the_same() -> None:
    """The test then rests on a variance with one degree of freedom."""
    its = prospect()
    assert its.smallest(400, 2) < its.smallest(10**6, 2)
    patients = its.patients_for(its.smallest(400, 2), 2)
    assert patients is not None
    assert patients <= 401  # to rounding


def test_the_patients_and_seeds_that_it_takes_are_the_fewest() -> None:
    its = prospect()
    patients = its.patients_for(0.05, 5)
    assert patients is not None
    assert its.smallest(patients, 5) <= 0.05 < its.smallest(patients - 1, 5)
    assert its.power(0.05, patients, 5) == pytest.approx(0.8, abs=0.005)
    seeds = its.seeds_for(0.08, 300)
    assert seeds is not None
    assert its.smallest(300, seeds) <= 0.08 < its.smallest(300, seeds - 1)
    assert its.seeds_for(0.001, 300) is None


def test_the_strictest_of_several_comparisons_is_counted() -> None:
    alone, among = (prospect(question=Question(0.95, k)).smallest(200, 5) for k in (1, 12))
    assert among > 1.2 * alone


def test_a_variance_that_falls_faster_than_patients_grow() -> None:
    its = Components(1.0, excess=20.0)
    assert its.parts(20, 1)[0] == pytest.approx(2 / 20)
    assert its.parts(2000, 1)[0] == pytest.approx(1.01 / 2000)


def test_another_law_of_patients_leaves_the_pilots_own_variance_as_it_is() -> None:
    its = VARIES.with_excess(20.0, 100, (0, 1e9))
    assert its.error(100, 3) == pytest.approx(VARIES.error(100, 3))
    assert its.parts(25, 3)[0] > VARIES.parts(25, 3)[0]
    assert its.parts(400, 3)[0] < VARIES.parts(400, 3)[0]


@pytest.mark.parametrize("excess", [-25.0, 25.0])
def test_a_law_of_patients_holds_where_it_was_tried_and_1_by_m_beyond(excess: float) -> None:
    """Without an end the variance of few patients would be 0 or below, and show everything."""
    its = VARIES.with_excess(excess, 100, (50, 400))
    assert its.parts(10, 3)[0] == pytest.approx(5 * its.parts(50, 3)[0])
    assert its.parts(4000, 3)[0] == pytest.approx(its.parts(400, 3)[0] / 10)
    shown = [prospect(its).smallest(m, 3) for m in (10, 12, 15, 20, 25, 26, 50, 100, 200, 400, 800)]
    assert np.isfinite(shown).all()
    assert (np.diff(shown) < 0).all()
    fewest = prospect(its).patients_for(0.2, 3)
    assert fewest is not None
    assert prospect(its).smallest(fewest, 3) <= 0.2 < prospect(its).smallest(fewest - 1, 3)


def test_promised_power_and_width_are_reached_on_planted_differences() -> None:
    """Means of patients, 4 seeds; three standard errors of 600 studies are .05."""
    patients, seeds = 80, 4
    planted = Components(1.0, 0.5, 0.01, seeds=seeds)
    question = Question()
    difference = question.errors(planted.freedom(patients, seeds)) * planted.error(patients, seeds)
    shown = []
    for seed in range(600):
        sample = means(values(patients, seeds, seed) + difference)
        error, t, _ = spread(sample, 0.95)
        shown.append(sample.value > t * error)
    assert np.mean(shown) == pytest.approx(0.8, abs=0.05)
