"""How far recipes of two studies differ: worked by hand, held against a library, and with a planted
truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from pleura.compare.differences import PAIRED, SAME, SEPARATE, Strictness, differences
from pleura.compare.outcomes import Outcomes
from pleura.evaluate.compare import compare
from pleura.evaluate.metrics import METRICS
from pleura.report.nouns import CLASS
from tests.compare.made import CLASSES, patients, predictions

Tables = tuple[pd.DataFrame, pd.DataFrame]


def of(tables: Tables, how: str = PAIRED, *names: str, **asked: Any) -> pd.DataFrame:
    metrics = {name: METRICS[name] for name in names or ("auroc",)}
    outcomes = Outcomes(CLASSES, ((), ()), tables, metrics, CLASS)
    return differences(tables, how, outcomes, Strictness(**asked))


def overall(table: pd.DataFrame, recipe: str = "tuned", fraction: float = 1.0) -> dict[str, Any]:
    whole = table["class"].isin(["macro", "all"])
    of_recipe = (table["recipe"] == recipe) & (table["fraction"] == fraction)
    [row] = table[whole & of_recipe].to_dict("records")
    return {str(name): its for name, its in row.items()}


def hits(right: list[int], seeds: int = 1) -> pd.DataFrame:
    """A table in which the recipe is `right` (1) or wrong (0) of one image a patient."""
    ill = np.arange(len(right)) % 2 == 0
    sign = np.where(ill, 1, -1) * np.where(np.array(right) == 1, 1, -1)
    table = pd.DataFrame(
        {
            "recipe": "tuned",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": "test",
            "image": [f"{at}" for at in range(len(right))],
            "patient": [f"{at}" for at in range(len(right))],
            "label": np.where(ill, *CLASSES),
            "logit_ill": sign,
            "logit_well": 0.0,
        }
    )
    return pd.concat([table.assign(seed=seed) for seed in range(seeds)])


def test_a_paired_difference_by_hand() -> None:
    # Of ten patients the first is right of 6, the second of these and of two more, less one.
    one, two = [1] * 6 + [0] * 4, [0] + [1] * 7 + [0] * 2
    row = overall(of((hits(one), hits(two)), PAIRED, "accuracy"))
    assert (row["first"], row["second"]) == (0.6, 0.7)
    assert row["difference"] == pytest.approx(0.1)
    assert (row["patients_first"], row["patients_second"]) == (10, 10)
    assert row["low"] < 0.1 < row["high"]
    # Of the discordant patients two are for and one is against: far from any proof.
    assert row["p"] > 0.5
    assert row["verdict"] == "no difference shown"


def test_a_separate_difference_by_hand() -> None:
    one, two = hits([1] * 30 + [0] * 10), hits([1] * 10 + [0] * 30)
    two = two.assign(patient="other " + two["patient"], image="other " + two["image"])
    row = overall(of((one, two), SEPARATE, "accuracy"))
    assert row["difference"] == pytest.approx(-0.5)
    # Two shares of 40 patients each: the arcsine of their roots varies by 1 / (4 n).
    apart = np.arcsin(np.sqrt(0.25)) - np.arcsin(np.sqrt(0.75))
    error = np.sqrt(2 / (4 * 40))
    assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(apart) / error), abs=2e-5)
    assert row["verdict"] == "worse"


def test_a_paired_difference_is_that_of_one_study() -> None:
    """As if both were recipes of one study, of which the first is the reference."""
    tables = predictions(patients(0, 40)), predictions(patients(0, 40), draw=1)
    found = of(tables)
    for recipe in ("frozen", "tuned"):
        both = [
            table[table["recipe"] == recipe].assign(recipe=name)
            for table, name in zip(tables, ("one", "two"), strict=True)
        ]
        [row] = compare(pd.concat(both), reference="one").to_dict("records")
        mine = overall(found, recipe)
        assert [mine[name] for name in ("difference", "low", "high", "p")] == pytest.approx(
            [row[name] for name in ("difference", "low", "high", "p")]
        )


def test_values_are_means_over_seeds_and_folds_of_a_library() -> None:
    tables = predictions(patients(0, 40), folds=2), predictions(patients(0, 40), folds=2, draw=1)
    row = overall(of(tables))
    for name, table in zip(("first", "second"), tables, strict=True):
        runs = table[table["recipe"] == "tuned"].groupby(["seed", "fold"])
        areas = [roc_auc_score(its["label"] == "ill", its["logit_ill"]) for _, its in runs]
        assert len(areas) == 4
        assert row[name] == pytest.approx(np.mean(areas))


@pytest.mark.parametrize("how", [PAIRED, SEPARATE])
def test_the_other_way_round_all_signs_change(how: str) -> None:
    one = predictions(patients(0, 30))
    two = predictions(patients(0 if how == PAIRED else 15, 30 if how == PAIRED else 50), draw=1)
    names = "auroc", "accuracy", "log_loss"
    ours, theirs = of((one, two), how, *names), of((two, one), how, *names)
    key = ["recipe", "metric", "class"]
    both = ours.merge(theirs, on=key, suffixes=("", "_back"))
    for name, back, sign in (
        ("difference", "difference_back", -1),
        ("low", "high_back", -1),
        ("high", "low_back", -1),
        ("p", "p_back", 1),
        ("first", "second_back", 1),
        ("patients_first", "patients_second_back", 1),
    ):
        np.testing.assert_allclose(both[name], sign * both[back], rtol=1e-9, atol=1e-12)


def test_the_same_predictions_differ_by_nothing_at_all() -> None:
    table = predictions(patients(0, 20))
    found = of((table, table.sample(frac=1, random_state=1)), PAIRED, "auroc", "log_loss")
    assert (found[["difference", "low", "high"]] == 0).all(axis=None)
    assert (found["p"] == 1).all()
    assert overall(found[found["metric"] == "auroc"])["verdict"] == SAME


def test_seeds_of_both_are_paired_and_without_any_trainings_are_separate() -> None:
    ours = predictions(patients(0, 30), seeds=(0, 1, 2))
    theirs = predictions(patients(0, 30), seeds=(1, 2, 3), draw=1)
    row = overall(of((ours, theirs)))
    assert (row["seeds_first"], row["seeds_second"]) == (2, 2)
    without = of((ours, predictions(patients(0, 30), seeds=(7, 8), draw=1)))
    row = overall(without)
    assert (row["seeds_first"], row["seeds_second"]) == (3, 2)
    assert np.isfinite([row["low"], row["high"], row["p"]]).all()


def test_holm_runs_over_recipes_and_fractions() -> None:
    tables = (
        predictions(patients(0, 30), fractions=(0.5, 1.0)),
        predictions(patients(0, 30), fractions=(1.0, 0.5 + 1e-12), draw=1),
    )
    table = of(tables)
    p = table.loc[table["class"] == "macro", "p"].sort_values().to_numpy()
    assert len(p) == 4
    adjusted = table.loc[table["class"] == "macro", "p_holm"].min()
    assert adjusted == pytest.approx(min(1, 4 * p[0]))


def test_a_recipe_that_one_has_alone_is_not_compared() -> None:
    one = predictions(patients(0, 10))
    two = predictions(patients(0, 10), {"tuned": 2.0, "new": 1.0})
    assert set(of((one, two))["recipe"]) == {"tuned"}


@pytest.mark.parametrize(("how", "shared"), [(PAIRED, 60), (SEPARATE, 0), (SEPARATE, 30)])
def test_intervals_hold_a_planted_difference_as_often_as_they_say(how: str, shared: int) -> None:
    """AUROCs of normal scores are known: Phi(d / sqrt 2) for images d standard deviations apart."""
    generator, times = np.random.default_rng(3), 60
    truth = float(stats.norm.cdf(2.0 / np.sqrt(2)) - stats.norm.cdf(1.2 / np.sqrt(2)))
    ill = np.arange(120) % 2 == 0
    tables: list[list[pd.DataFrame]] = [[], []]
    for number in range(times):  # each a recipe of its own, so that tables are read once
        patient = generator.normal(size=120)
        for at, strength in enumerate((1.2, 2.0)):
            first = at * (60 - shared)
            rows = slice(first, first + 60)
            for seed in (0, 1):
                noise = np.sqrt(0.5) * (patient[rows] + generator.normal(size=60))
                table = hits([1] * 60).assign(recipe=f"{number}", seed=seed)
                names = [f"P{number}" for number in range(120)][rows]
                tables[at].append(
                    table.assign(
                        image=names,
                        patient=names,
                        label=np.where(ill[rows], *CLASSES),
                        logit_ill=strength * ill[rows] + noise,
                    )
                )
    found = of((pd.concat(tables[0]), pd.concat(tables[1])), how)
    whole = found[found["class"] == "macro"]
    held = ((whole["low"] <= truth) & (truth <= whole["high"])).sum()
    assert len(whole) == times
    # Of 60 intervals at 95 % so many hold it in 99 of 100 such tests.
    assert held >= 53
