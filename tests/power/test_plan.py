"""Plans from pilots: sizes, seeds, labels, what is not known, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.cases import compare_cases
from pleura.evaluate.compare import compare
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.number_metrics import METRICS
from pleura.evaluate.numbers import compare_numbers
from pleura.evaluate.power import Components
from pleura.evaluate.proper_scores import LOG_LOSS
from pleura.evaluate.rates import F1
from pleura.power.options import Options
from pleura.power.pilot import Pilot, of_table
from pleura.power.plan import VARIED, plan_of_pilot
from pleura.power.prospects import varied
from pleura.power.resampling import excess, has_formula
from pleura.power.rows import COLUMNS
from pleura.power.words import told
from tests.evaluate.tables import predictions
from tests.evaluate.test_cases import cases
from tests.evaluate.test_numbers import table as numbers
from tests.evaluate.test_power import VARIES, prospect

TABLE = predictions({"a": 1.0, "b": 1.2, "c": 1.4}, patients=45, fractions=(0.25, 1.0))


@pytest.fixture(scope="module")
def pilot() -> Pilot:
    return of_table("pilot", TABLE, AUROC, "a", labels={0.25: 50.0, 1.0: 200.0})


def of_one_seed(seeds: int = 1) -> Pilot:
    return of_table("one", TABLE[TABLE["seed"] < seeds], AUROC, "a")


def test_at_its_own_size_a_comparison_shows_what_the_report_says(pilot: Pilot) -> None:
    rows = plan_of_pilot(pilot, Options()).of("comparison")
    expected = compare(TABLE, reference="a")
    both = rows.merge(expected, on=["recipe", "fraction"])
    assert len(both) == len(expected) == 4
    assert both["smallest"].to_numpy() == pytest.approx(both["detectable"].to_numpy(), rel=0.01)
    assert (both["correlation"] < 1).all()


@pytest.mark.parametrize("metric", ["dice", "hd95", "false_positive_area"])
def test_a_pilot_of_masks_shows_what_its_report_says(metric: str) -> None:
    table = cases({"a": 0.8, "b": 0.82})
    plan = plan_of_pilot(of_table("masks", table, CASE_METRICS[metric], "a"), Options())
    compared = compare_cases(table, reference="a", metric=metric)
    expected = compared[compared["structure"] == "all"]["detectable"]
    assert plan.of("comparison")["smallest"].to_numpy() == pytest.approx(expected.to_numpy())
    times = CASE_METRICS[metric].shown_times  # areas are written in per cent
    assert CASE_METRICS[metric].decimal(times * expected.iloc[0]) in told(plan)


@pytest.mark.parametrize("metric", ["mae", "r2"])
def test_a_pilot_of_numbers_shows_what_its_report_says(metric: str) -> None:
    table = numbers({"a": 8.0, "b": 9.0})
    plan = plan_of_pilot(of_table("ages", table, METRICS[metric], "a"), Options())
    expected = compare_numbers(table, reference="a", metric=metric)["detectable"].to_numpy()
    assert plan.of("comparison")["smallest"].to_numpy() == pytest.approx(expected, rel=0.02)


def test_larger_studies_show_less_and_have_shorter_intervals(pilot: Pilot) -> None:
    plan = plan_of_pilot(pilot, Options(patients=(50, 200), seeds=(5,)))
    of = plan.of("smallest")
    usual = of[of["scenario"] == ""].set_index("patients")
    for column in ("smallest", "width_of_difference", "width_of_recipe"):
        assert usual[column][200] < usual[column][50]
    parts = usual[["by_patients", "by_both", "by_seeds"]]
    assert parts.sum(axis=1).to_list() == pytest.approx([1, 1])
    varied = of[of["scenario"] == VARIED].set_index("patients")
    assert (varied["smallest"] >= usual["smallest"]).all()


def test_it_is_said_what_helps_more_by_what_it_brings(pilot: Pilot) -> None:
    """Half of the variance falls with patients and with seeds, the rest with patients alone."""
    plan = plan_of_pilot(pilot, Options(patients=(45,), seeds=(10,)))
    its = Components(0.3, 3.0, 0.00001, seeds=3)
    text = told(replace(plan, scenarios={"": replace(plan.first, difference=its)}))
    assert "Of the variance 50 % comes from which patients are tested, 0 % from how" in text
    assert "and 50 % from both" in text
    now, more = (
        AUROC.decimal(replace(plan.first, difference=its).smallest(m, 10)) for m in (45, 90)
    )
    assert f"Twice as many patients would bring {now} to {more}, twice as many seeds to" in text


def test_so_many_patients_and_seeds_as_it_takes_show_the_difference(pilot: Pilot) -> None:
    plan = plan_of_pilot(pilot, Options(differences=(0.1,), patients=(100,), seeds=(10,)))
    patients = plan.of("patients needed").iloc[0]["patients"]
    assert plan.first.smallest(int(patients), 10) <= 0.1
    seeds = plan.of("seeds needed").iloc[0]
    assert seeds["patients"] == 100


def test_holm_is_counted_for_all_comparisons_unless_it_is_said_otherwise(pilot: Pilot) -> None:
    every = plan_of_pilot(pilot, Options())
    assert every.question.comparisons == 4
    alone = plan_of_pilot(pilot, Options(comparisons=1))
    assert alone.first.smallest(100, 5) < every.first.smallest(100, 5)
    assert "Holm's correction for 4 comparisons" in told(every)
    assert "Holm" not in told(alone)


def test_of_one_seed_it_is_said_that_the_trainings_are_not_known() -> None:
    plan = plan_of_pilot(of_one_seed(), Options())
    assert plan.seeds == (1,)
    text = told(plan)
    assert "With 45 test patients and two trained models you can expect to show" in text
    assert "How far trainings differ is not known and not in these numbers" in text
    with pytest.raises(InputError, match="--seeds: how far trainings differ is not known"):
        plan_of_pilot(of_one_seed(), Options(seeds=(5,)))
    given = plan_of_pilot(of_one_seed(), Options(between_seeds=0.02))
    assert given.trained
    assert given.seeds == (3, 5, 10)
    # The training's part alone, on endless patients.
    difference = given.first.difference
    slope = AUROC.transformation.slope(given.first.value)
    assert np.sqrt(difference.training) / slope == pytest.approx(0.02)


def test_one_seed_is_not_planned_where_it_is_known_how_far_trainings_differ(pilot: Pilot) -> None:
    """Its numbers would be those of two trained models, and far too small for the recipes."""
    for its, options in (
        (pilot, Options(seeds=(1, 3))),
        (of_one_seed(), Options(seeds=(1,), between_seeds=0.05)),
    ):
        with pytest.raises(InputError, match=r"--seeds 1: .* give 2 seeds or more"):
            plan_of_pilot(its, options)
    text = told(plan_of_pilot(of_one_seed(), Options(between_seeds=0.05)))
    assert "Where the pilot has one training each, its smallest difference" in text
    assert "Where the pilot has one training each" not in told(plan_of_pilot(pilot, Options()))


def test_two_seeds_are_warned_of() -> None:
    text = told(plan_of_pilot(of_one_seed(2), Options()))
    assert "Two seeds find too many differences where there are none" in text
    assert "is known from 2 seeds only" in text


def test_words_and_file_have_the_same_numbers(pilot: Pilot, tmp_path: Path) -> None:
    plan = plan_of_pilot(pilot, Options(patients=(400,), seeds=(3,)))
    text = told(plan)
    plan.write(tmp_path / "plan.csv")
    rows = pd.read_csv(tmp_path / "plan.csv", keep_default_na=False)
    assert list(rows) == COLUMNS
    first = rows[rows["what"] == "smallest"].iloc[0]
    smallest = AUROC.decimal(float(first["smallest"]))
    assert (
        f"With 400 test patients and 3 seeds you can expect to show differences of {smallest} "
        in text
    )
    needed = rows[(rows["what"] == "patients needed") & (rows["difference"] == "0.05")].iloc[0]
    assert not needed["patients"] or f"{float(needed['patients']):,.0f}" in text


def test_labels_change_the_difference_and_a_planted_change_is_found() -> None:
    """The recipe gains on the reference with the labels, and another does not."""
    few = predictions({"a": 1.0, "grows": 1.0, "stays": 1.3}, patients=150, fractions=(0.25,))
    many = predictions({"a": 1.0, "grows": 2.2, "stays": 1.3}, patients=150, fractions=(1.0,))
    pilot = of_table("labels", pd.concat([few, many]), AUROC, "a", labels={0.25: 50.0, 1.0: 200.0})
    plan = plan_of_pilot(pilot, Options())
    grows, stays = plan.trends
    assert grows.told
    assert grows.grows
    assert not stays.told
    first, last = grows.differences.values()
    assert grows.slope == pytest.approx((last - first) / 2)
    assert grows.low < grows.slope < grows.high
    halfway = grows.reached_at((first + last) / 2)
    assert halfway == pytest.approx((0.5, 0.5, 0.5))  # the middle of the line
    at, low, high = grows.reached_at(last)
    assert at == pytest.approx(1.0)
    assert low < at < high
    assert np.isnan(grows.reached_at(last + 1.1 * grows.slope)).all()
    assert np.isnan(stays.reached_at(0.01)).all()
    text = told(plan)
    assert "No change with the labels is shown." in text
    assert "It grows with labels" in text


def test_a_metric_without_a_formula_is_drawn_anew() -> None:
    assert has_formula(AUROC)
    assert not has_formula(F1)
    pilot = of_table("pilot", TABLE, F1, "a")
    pairs = pilot.at(1.0)
    found = excess(pilot, pairs)
    assert found == excess(pilot, pairs)
    assert found != 0
    assert abs(found) <= 45 / 4
    assert excess(replace(pilot, metric=AUROC), pairs) == 0


def test_beyond_what_was_drawn_fewer_patients_never_show_more() -> None:
    pilot = of_table("pilot", TABLE, F1, "a")
    plan = plan_of_pilot(pilot, Options(patients=(10, 12, 15, 22, 45), seeds=(3,)))
    of = plan.of("smallest")
    shown = of[of["scenario"] == ""].sort_values("patients")["smallest"]
    assert (np.diff(shown) < 0).all()
    line = "was tried from 22 to 180 of them; below and above it is taken to fall as 1 / patients"
    assert line in told(plan)
    there = plan.first.smallest(60, 10)
    within = Options(patients=(30, 90), seeds=(10,), differences=(there,))
    assert "was tried from" not in told(plan_of_pilot(pilot, within))


def test_how_much_more_trainings_may_differ_follows_from_how_far_they_did() -> None:
    """Under any law of patients, at the pilot's own number of them."""
    ends = [varied(prospect(VARIES.with_excess(of, 100, (50, 400))), 100) for of in (0.0, 25.0)]
    assert ends[0].difference.training == pytest.approx(ends[1].difference.training)


def test_an_error_in_a_unit_has_its_own_usual_differences(pilot: Pilot) -> None:
    assert plan_of_pilot(pilot, Options()).differences == (0.02, 0.05)
    losses = plan_of_pilot(of_table("loss", TABLE, LOG_LOSS, "a"), Options())
    value = losses.first.value
    assert losses.differences == pytest.approx((0.02 * value, 0.05 * value))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(power=1.0), "--power"),
        (Options(level=1.0), "--level"),
        (Options(comparisons=0), "--comparisons"),
        (Options(patients=(5,)), "--patients: 10 or more"),
        (Options(seeds=(0,)), "--seeds"),
        (Options(differences=(0.0,)), "--difference: above 0"),
        (Options(differences=(1.5,)), "no difference in AUROC is as large"),
        (Options(differences=(np.inf,)), "--difference: above 0 and finite"),
        (Options(comparisons=10**9), "--comparisons: 1 to 1,000,000"),
        (Options(level=0.99999999999999), "a p below .*, which cannot be planned; give a lower"),
        (Options(patients=(99_999_999_999,)), "--patients: 10 or more, up to 1,000,000"),
        (Options(seeds=(3, 99_999_999)), "--seeds: 1 or more, up to 1,000"),
        (Options(between_seeds=-0.1), "--between-seeds"),
        (Options(between_seeds=np.nan), "--between-seeds: 0 or more, and finite"),
        (Options(between_seeds=np.inf), "--between-seeds: 0 or more, and finite"),
        (Options(between_seeds=1e9), r"--between-seeds 1e\+09: differences in AUROC do not vary"),
        (Options(fraction=0.5), "no results at the fraction 0.5; there are 0.25, 1"),
        (Options(recipe="z"), "no recipe 'z'"),
    ],
)
def test_what_cannot_be_planned_is_refused(options: Options, message: str, pilot: Pilot) -> None:
    with pytest.raises(InputError, match=message):
        plan_of_pilot(pilot, options)


def test_recipes_that_do_not_differ_are_no_pilot() -> None:
    same = TABLE[TABLE["recipe"] == "a"]
    pilot = of_table("same", pd.concat([same, same.assign(recipe="b")]), AUROC, "a")
    with pytest.raises(InputError, match="recipes have the same AUROC, whichever patient"):
        plan_of_pilot(pilot, Options())


def test_recipes_without_an_error_are_no_pilot() -> None:
    perfect = predictions({"a": 90.0, "b": 95.0}, patients=45)
    with pytest.raises(InputError, match=r"all recipes reach AUROC 1\.000, .* a harder task"):
        plan_of_pilot(of_table("perfect", perfect, AUROC, "a"), Options())


def test_recipes_whose_differences_do_not_vary_are_no_pilot() -> None:
    """Each number of one recipe is wrong by the same amount more."""
    table = numbers({"a": 8.0})
    more = table.assign(recipe="b", predicted=table["number"] + 100)
    less = table.assign(predicted=table["number"] + 99)
    pilot = of_table("ages", pd.concat([less, more]), METRICS["mae"], "a")
    with pytest.raises(InputError, match="no patient and no seed is found to change the diff"):
        plan_of_pilot(pilot, Options())


def test_among_others_a_recipe_that_does_not_differ_is_not_said_to_show_everything() -> None:
    same = TABLE[TABLE["recipe"] == "a"].assign(recipe="twin")
    plan = plan_of_pilot(of_table("pilot", pd.concat([TABLE, same]), AUROC, "a"), Options())
    of = plan.of("comparison").set_index("recipe")["smallest"]
    assert of["twin"].isna().all()
    assert of["b"].notna().all()
