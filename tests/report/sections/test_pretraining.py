"""What was learned without labels, and in which order, in the report."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.number_metrics import R2
from pleura.report.classification import read_classifiers
from pleura.report.doubts import random_starts
from pleura.report.figures.canvas import house_style
from pleura.report.figures.pretraining import pretraining_curves
from pleura.report.section import Caution
from pleura.report.sections.pretraining import (
    PRETRAINING,
    curriculum,
    curriculum_table,
    orders,
    pretraining_cautions,
    pretraining_table,
    transductive,
    watched,
)
from pleura.tables import (
    CURRICULUM_NUMBERS,
    CURRICULUM_TEXT,
    PRETRAINING_NUMBERS,
    PRETRAINING_TEXT,
)
from tests.report.conftest import study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
SKILLS = {"scratch": 1.0, "curricular": 2.0, "auto": 1.8}
CHAINS = {
    "scratch": "",
    "curricular": "imagenet > rotation > simclr",
    "auto": "random > simclr",
}
EPOCHS = 20


def step(name: str, start: str, seed: int, **changed: object) -> dict[str, object]:
    """A training whose loss flattens, whose probe gains and whose rank stays at 20."""
    x = np.arange(EPOCHS)
    loss = 0.4 + np.exp(-0.4 * x) + 0.01 * seed
    history = [
        {
            "epoch": int(i),
            "train_loss": float(loss[i]),
            "loss": float(loss[i]) + 0.05,
            "effective_rank": 20.0 + seed,
            "knn_auroc": 0.7,
            "probe_auroc": 0.8 - 0.2 * float(np.exp(-i)),
        }
        for i in x
    ]
    last = {key: history[-1][key] for key in ("loss", "effective_rank", "knn_auroc")}
    row: dict[str, object] = {"name": name, "start": start, "seed": seed, "fold": 0, **last}
    row |= {"backbone": "tf_efficientnet_lite0", "method": name}
    row |= {"images": 800, "patients": 400, "epochs": EPOCHS, "probe_auroc": 0.8}
    row |= {
        "watched": "mild, severe of images.csv",
        "transductive": False,
        "seconds": 90.0,
        "history": json.dumps(history),
    }
    return row | changed


def write_pretraining(folder: Path, rows: list[dict[str, object]]) -> None:
    columns = [*PRETRAINING_TEXT, *PRETRAINING_NUMBERS]
    pd.DataFrame(rows)[columns].to_csv(folder / "pretraining.csv", index=False)


@pytest.fixture
def study(make_study: MakeStudy) -> Path:
    """Two steps in a chain and one from random weights, two seeds each; an order was searched."""
    folder = make_study(SKILLS, fractions=(1.0,), seeds=(0, 1), patients=40)
    runs = pd.read_csv(folder / "runs.csv")
    runs["curriculum"] = runs["recipe"].map(CHAINS)
    runs.to_csv(folder / "runs.csv", index=False)
    chain = (("rotation", "imagenet"), ("simclr", "imagenet > rotation"), ("simclr", "random"))
    write_pretraining(folder, [step(*link, seed) for link in chain for seed in (0, 1)])
    run = {"recipe": "auto", "fold": 0, "seed": 0, "fraction": 1.0}
    tried = [
        *(("simclr", 1, "short", 0.75, 0.6, ""), ("rotation", 0, "short", 0.65, 0.6, "")),
        *(("rotation", 0, "full", 0.58, 0.6, False), ("simclr", 1, "full", 0.81, 0.6, True)),
    ]
    columns = ["step", "position", "tried", "auroc", "before", "kept"]
    table = pd.DataFrame([run | dict(zip(columns, each, strict=True)) for each in tried])
    table[[*CURRICULUM_TEXT, *CURRICULUM_NUMBERS, "auroc"]].to_csv(
        folder / "curriculum.csv", index=False
    )
    return folder


def told(folder: Path, *rows: dict[str, object]) -> list[Caution]:
    """The cautions where `rows` are the steps."""
    write_pretraining(folder, list(rows))
    contents = read_classifiers(folder)
    return list(pretraining_cautions(study_of(contents), contents.table(PRETRAINING)))


def test_each_step_has_a_row_with_the_mean_over_its_runs(study: Path) -> None:
    table = pretraining_table(read_classifiers(study).table(PRETRAINING))
    assert table
    assert [(row[0].text, row[0].detail) for row in table.rows] == [
        ("rotation", "rotation, after imagenet"),
        ("simclr", "simclr, after imagenet > rotation"),
        ("simclr", "simclr, after random"),
    ]
    assert [cell.text for cell in table.rows[0][1:]] == [
        *("800", "20", "0.456", "20.5", ".700", ".800", "90.0\u00a0s")
    ]
    assert table.rows[0][4].detail.replace("\u00a0", " ") == "20.0 to 21.0"
    assert {cell.tone for row in table.rows for cell in row} == {""}
    assert len(table.rows[0]) == len(table.columns)


def test_without_labels_there_is_no_auroc(study: Path) -> None:
    write_pretraining(study, [step("byol", "random", 0, knn_auroc=None, probe_auroc=None)])
    table = pretraining_table(read_classifiers(study).table(PRETRAINING))
    assert table
    assert [cell.text for cell in table.rows[0][5:7]] == ["–", "–"]
    with house_style():
        figure = pretraining_curves(read_classifiers(study).table(PRETRAINING))
    assert figure
    _, aurocs, _ = figure.axes
    assert aurocs.get_ylim() == (0.45, 1.01)


def test_a_sound_pretraining_is_no_caution(study: Path) -> None:
    contents = read_classifiers(study)
    assert list(pretraining_cautions(study_of(contents), contents.table(PRETRAINING))) == []
    assert transductive(contents.table(PRETRAINING), contents.runs) == ""


def test_seen_test_images_are_told_in_red_at_the_top(study: Path) -> None:
    rows = [
        step("rotation", "imagenet", 0, transductive=True),
        step("simclr", "imagenet > rotation", 0),
    ]
    write_pretraining(study, rows)
    contents = read_classifiers(study)
    told = transductive(contents.table(PRETRAINING), contents.runs)
    assert told.startswith(
        "Transductive: test images were seen, without labels, by “rotation”, before the "
        "recipe “curricular”."
    )
    page = write_report(study).read_text(encoding="utf-8")
    assert 'class="verdict pixels bad">Transductive' in page[: page.index("</header>")]
    table = pretraining_table(contents.table(PRETRAINING))
    assert table
    images = table.rows[0][1]
    assert (images.detail, images.tone) == ("400 patients, with test", "bad")


@pytest.mark.parametrize(
    ("first", "last", "collapsed"), [(60, 1.9, True), (235, 13, False), (60, 2.1, False)]
)
def test_features_collapse_below_two_however_high_they_began(
    study: Path, first: float, last: float, *, collapsed: bool
) -> None:
    row = step("simclr", "random", 0)
    history = json.loads(str(row["history"]))
    for i, epoch in enumerate(history):
        epoch["effective_rank"] = first if i == 0 else last
    cautioned = told(study, row | {"history": json.dumps(history), "effective_rank": last})
    assert [caution.serious for caution in cautioned] == [True] * collapsed
    if collapsed:
        assert "“simclr” after random (1 of 1 run, effective rank" in cautioned[0].text
        assert "the recipe “auto”" in cautioned[0].text


@pytest.mark.parametrize(("fall", "falling"), [(0.0039, False), (0.0041, True)])
def test_a_loss_that_still_falls_is_told(study: Path, fall: float, *, falling: bool) -> None:
    # Down by `fall` a step from -1: a quarter of 20 epochs takes five steps.
    history = [{"epoch": i, "loss": -1.0 - fall * max(0, i - 14)} for i in range(EPOCHS)]
    cautioned = told(study, step("simsiam", "random", 0, history=json.dumps(history)))
    assert [caution.serious for caution in cautioned] == [False] * falling
    if falling:
        assert "in “simsiam” (1 of 1 run)" in cautioned[0].text


def test_histories_too_short_to_judge_are_not(study: Path) -> None:
    for history in ("", "[]", '[{"epoch": 0, "loss": 1.0}]', '[{"loss": 2.0}, {"loss": null}]'):
        assert told(study, step("byol", "random", 0, history=history)) == []


def test_a_panel_a_step_on_common_axes(study: Path) -> None:
    pretraining = read_classifiers(study).table(PRETRAINING)
    with house_style():
        figure = pretraining_curves(pretraining)
        assert pretraining_curves(pretraining.head(0)) is None
    assert figure
    assert len(figure.axes) == 3 * 3
    losses, aurocs, ranks = (figure.axes[i::3] for i in range(3))
    assert [axes.get_title(loc="left") for axes in losses] == ["rotation", "simclr", "simclr"]
    assert [len(axes.lines) for axes in losses] == [4, 4, 4]
    probe = [line for line in aurocs[0].lines if line.get_color() == "#B4480C"]
    assert np.asarray(probe[0].get_ydata())[0] == pytest.approx(0.6)
    for panels in (aurocs, ranks):
        assert len({axes.get_ylim() for axes in panels}) == 1


def test_how_an_order_was_chosen(study: Path) -> None:
    contents = read_classifiers(study)
    tried = contents.table(curriculum(AUROC))
    table = curriculum_table(tried)
    assert table
    assert [[cell.text for cell in row[1:]] for row in table.rows] == [
        ["1", "rotation", ".650", ".600", ".580", "−.020", "no"],
        ["2", "simclr", ".750", ".600", ".810", "+.210", "yes"],
    ]
    assert table.rows[0][0].detail == "seed 0, fold 0, 100 % of labels"
    assert orders(contents.runs, tried) == ["auto: random > simclr (2 of 2 runs)"]


def test_probes_of_another_score_are_called_by_it(study: Path) -> None:
    tried = read_classifiers(study).table(curriculum(AUROC))
    table = curriculum_table(tried.rename(columns={"auroc": "r2"}), R2)
    assert table
    assert [column.detail for column in table.columns[3:6]] == ["probe’s R²"] * 3
    assert [cell.text for cell in table.rows[1][3:7]] == [".750", ".600", ".810", "+.210"]


def test_a_recipe_that_learned_before_is_no_random_start(study: Path) -> None:
    runs = pd.read_csv(study / "runs.csv").assign(weights="random")
    runs.to_csv(study / "runs.csv", index=False)
    assert list(random_starts(read_classifiers(study).runs, "scratch")) == []
    runs["curriculum"] = runs["curriculum"].replace("random > simclr", "random")
    runs.to_csv(study / "runs.csv", index=False)
    (caution,) = random_starts(read_classifiers(study).runs, "scratch")
    assert caution.text.startswith("“auto” starts from random weights")


@pytest.mark.usefixtures("drawn_figures")
def test_on_the_page(study: Path) -> None:
    page = write_report(study).read_text(encoding="utf-8")
    assert 'href="#pretraining"' in page
    assert "auto: random &gt; simclr (2 of 2 runs)" in page
    assert (study / "figures" / "pretraining_0.svg").is_file()


def test_tables_that_do_not_fit_are_named(study: Path) -> None:
    table = pd.read_csv(study / "pretraining.csv")
    table.assign(history="{").to_csv(study / "pretraining.csv", index=False)
    with pytest.raises(InputError, match=r"pretraining.csv: column history is not JSON"):
        read_classifiers(study).table(PRETRAINING)
    table.drop(columns=["start"]).to_csv(study / "pretraining.csv", index=False)
    with pytest.raises(InputError, match=r"pretraining.csv: columns missing: start"):
        read_classifiers(study).table(PRETRAINING)


def test_steps_of_other_networks_are_others(study: Path) -> None:
    other = {"backbone": "cbr_tiny", "transductive": True}
    rows = [step("simclr", "random", 0), step("simclr", "random", 0, **other)]
    write_pretraining(study, rows)
    contents = read_classifiers(study)
    table = pretraining_table(contents.table(PRETRAINING))
    assert table
    assert [row[0].detail for row in table.rows] == [
        "simclr of tf_efficientnet_lite0, after random",
        "simclr of cbr_tiny, after random",
    ]
    assert "before no recipe" in transductive(contents.table(PRETRAINING), contents.runs)


def test_the_page_says_what_the_labels_that_watch_tell_apart(study: Path) -> None:
    told = watched(read_classifiers(study).table(PRETRAINING))
    assert told == ["mild, severe of images.csv (rotation and simclr)"]
    page = write_report(study).read_text(encoding="utf-8")
    assert f"What AUROC tells apart here: {told[0]}." in page
