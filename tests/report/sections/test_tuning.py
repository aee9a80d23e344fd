"""Tuning and test evaluations."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.looks import Look, assign_looks
from pleura.report.numbers import METRICS
from pleura.report.prose import say
from pleura.report.section import Words
from pleura.report.sections import tuning
from tests.report.conftest import study_of


def looking(findings: Findings, looks: dict[str, Look]) -> Findings:
    """The findings with other looks."""
    return replace(findings, looks=looks, reference="scratch")


def test_tuning_table(contents: ClassifierFolder, findings: Findings) -> None:
    shown = looking(
        findings,
        assign_looks(["feature extraction", "scratch"], ["pixels: random forest"], "scratch"),
    )
    rows = tuning.tuning_table(contents.runs, shown).rows
    frozen, scratch, forest = rows[0], rows[2], rows[1]
    assert frozen[0].text == "feature extraction"
    assert [cell.text for cell in frozen[1:5]] == [
        "3",
        "0.0001, 0.001, 0.01",
        "0.001 (4), 0.01 (2)",
        "2 of 6",
    ]
    assert frozen[4].tone == "bad"
    assert forest[2].detail == "L2 penalty"
    assert forest[5].text == "–"
    assert scratch[6].text == "3 of 6"
    assert scratch[6].tone == "bad"
    assert tuning.budget_sentence(contents.runs).startswith("Every recipe had the same budget: 3")


def test_tuning_goes_by_auroc_whatever_the_primary_metric_is(contents: ClassifierFolder) -> None:
    chosen = "Values were chosen by macro AUROC on the validation part"
    runs = contents.runs
    assert tuning.tuned_on(runs, METRICS["auroc"]) == f"{chosen}."
    assert tuning.tuned_on(runs, METRICS["f1"]) == f"{chosen}, although the primary metric is F1."


def test_one_trial_tunes_nothing(contents: ClassifierFolder, findings: Findings) -> None:
    shown = looking(findings, assign_looks(["scratch"], ["pixels: random forest"], "scratch"))
    once = contents.runs["trials"].map(lambda trials: trials[:1])
    runs = contents.runs.assign(trials=once)
    (row, _) = tuning.tuning_table(runs, shown).rows
    assert [cell.text for cell in row[1:5]] == ["1", "0.0001", "–", "–"]
    assert tuning.tuned_on(runs, METRICS["auroc"]) == "Nothing was tuned: one value was tried."
    runs = contents.runs.assign(
        trials=contents.runs["trials"].where(contents.runs["kind"] == "baseline", once)
    )
    assert tuning.tuned_on(runs, METRICS["auroc"]) == (
        "No recipe was tuned: one value was tried. Values of the baselines were chosen by macro "
        "AUROC on the validation part."
    )


def test_iterations_of_a_solver_are_no_epochs(
    contents: ClassifierFolder, findings: Findings
) -> None:
    shown = looking(findings, assign_looks(["feature extraction", "scratch"], [], "scratch"))
    frozen = contents.runs["recipe"] == "feature extraction"
    history = contents.runs["history"].map(lambda records: records)
    history[frozen] = pd.Series([[] for _ in range(int(frozen.sum()))], history.index[frozen])
    rows = tuning.tuning_table(contents.runs.assign(history=history), shown).rows
    assert [(row[5].text, row[5].detail) for row in rows] == [
        ("20", "iterations of a solver"),
        ("20", ""),
    ]


@pytest.mark.parametrize(
    ("ever", "words"),
    [
        (42, "evaluated 42 times in this folder: 30 for the results shown, 12 for earlier"),
        (30, "evaluated 30 times in this folder: 30 for the results shown, none for earlier"),
        (29, "was evaluated 30 times: once for each run"),
        (None, "was evaluated 30 times: once for each run"),
    ],
)
def test_evaluations_for_earlier_settings(
    contents: ClassifierFolder, ever: int | None, words: str
) -> None:
    (sentence,) = tuning.evaluation_sentences(contents.runs, ever)
    assert words in sentence


def test_evaluations_are_counted_in_good_english(contents: ClassifierFolder) -> None:
    runs = contents.runs.query("fraction == 1 and seed == 0")
    (sentence,) = tuning.evaluation_sentences(runs)
    assert sentence.endswith("5 recipes and baselines, over 1 fraction and 1 seed.")
    (sentence,) = tuning.evaluation_sentences(runs[:1])
    assert sentence == "The test part was evaluated once, by the only run."
    (sentence,) = tuning.evaluation_sentences(runs[:1], 1)
    assert "evaluated once in this folder" in sentence


def test_evaluations_are_counted_for_each_fold(contents: ClassifierFolder) -> None:
    (sentence,) = tuning.evaluation_sentences(contents.runs)
    assert sentence.startswith("The test part was evaluated 30 times")
    runs = contents.runs.assign(fold=contents.runs["seed"] % 2)
    first, second = tuning.evaluation_sentences(runs)
    assert "of fold 0 was evaluated 20 times" in first
    assert "of fold 1 was evaluated 10 times" in second


def halved(contents: ClassifierFolder, epochs: dict[str, int], **search: object) -> pd.DataFrame:
    """Runs of one recipe that tried two depths by halving; a trial has `epochs` where it was given
    up."""
    runs = contents.runs.query("recipe == 'scratch'")
    at = [json.dumps({"truncation": {"at": cut}}) for cut in ("stem", "head")]
    trials = [{"rate": 0.1, "strategy": at[0]}, {"rate": 0.1, "strategy": at[1], **epochs}]
    columns = {"trials": trials, "search": {"by": "halving", **search}}
    of_each = {name: pd.Series([value] * len(runs), runs.index) for name, value in columns.items()}
    return runs.assign(strategy=at[0], **of_each)


def test_of_halving_it_is_told_whether_trainings_were_given_up(contents: ClassifierFolder) -> None:
    budget = "Every recipe had the same budget: 2 trials a run."
    said = tuning.budget_sentence(halved(contents, {"epochs": 1}))
    assert said.replace("\u00a0", " ") == (
        f"{budget} “scratch”: every value at every depth for a few epochs, of which the best went "
        "on."
    )
    said = tuning.budget_sentence(halved(contents, {}))
    assert said.replace("\u00a0", " ") == (
        f"{budget} “scratch”: every value at every depth, each to its end."
    )
    said = tuning.budget_sentence(halved(contents, {"epochs": 1}, near=1))
    assert "Searches of “scratch” after the first" in said
    runs = halved(contents, {})
    said = tuning.budget_sentence(runs.assign(search=runs["search"].map(lambda _: {})))
    assert "the depth whose probe was best" in said


def test_what_trainings_used_for_few_labels_is_told(contents: ClassifierFolder) -> None:
    def words(steps: object = None, recipes: object = None, **training: object) -> str:
        settings = {**contents.study, "training": training, "steps": steps, "recipes": recipes}
        (said, *_) = tuning.SECTION.blocks(study_of(replace(contents, study=settings)), True)
        assert isinstance(said, Words)
        return say("tuning", said.name, **said.values)

    told = words(stochastic_depth=0.1, ema=0.99)
    assert "Trainings also used weights averaged over the steps (EMA 0.99) and stochastic" in told
    assert "also used" not in words()
    mixed = {"a": {"strategy": "feature_extraction"}, "b": {"strategy": "fine_tuning"}}
    assert "Trainings also used weights averaged over the steps (EMA 0.9) (not for “a”)." in words(
        recipes=mixed, ema=0.9
    )
    of_step = words(steps={"lungs": {"training": {"ema": 0.9}}})
    assert "The step “lungs” used weights averaged over the steps (EMA 0.9)." in of_step
