"""A whole study on small images: tables, resuming, honesty."""

import multiprocessing
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import pleura
from pleura.errors import InputError
from pleura.evaluate.calibration import fit_map
from pleura.study.context import Context, Progress
from pleura.study.estimate import describe
from pleura.study.folder import SPLIT, STEPS, WRITTEN
from pleura.study.run import Result, Study
from pleura.study.step import Step
from pleura.study.steps import fit as fit_kind
from pleura.study.steps.evaluation import outcomes_of
from pleura.tables import CENTRE, FRAME, KEYS
from pleura.tasks import pixels
from tests.conftest import SMALL_FOREST, MakeImages, with_figures
from tests.study.studies import TIMED, content, run_alone

pytestmark = pytest.mark.usefixtures("small_forests")

FOREST, LOGISTIC = pixels.FOREST.name, pixels.LOGISTIC.name
LATER = ["pleura._fabric", "matplotlib.figure", "scipy.stats", "sklearn.ensemble"]


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.fixture(scope="module")
def finished(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    with with_figures():
        return Study.from_objects(content(manifest)).run(tmp_path_factory.mktemp("study"))


def test_tables_have_a_row_for_everything(finished: Result) -> None:
    runs, predictions = finished.runs, finished.predictions
    assert len(runs) == (2 + 2) * 2 * 2
    assert set(runs["recipe"]) == {"full", "frozen", FOREST, LOGISTIC}
    # 12 test patients of two images each, for each run.
    assert (predictions["part"] == "test").sum() == 24 * len(runs)
    logits = predictions[["logit_a", "logit_b"]].to_numpy(float)
    assert np.isfinite(logits).all()
    assert (finished.folder / "report.html").stat().st_size > 10_000


def test_what_is_written_is_guarded_in_the_folders_of_others(finished: Result) -> None:
    made = {path.name for path in finished.folder.iterdir()}
    later = {SPLIT, STEPS, "bank", "engine", "figures", "panels", "tensorboard"}
    assert made - later - {"measured.json", "environment.json"} <= {*WRITTEN}
    assert later <= made


def test_the_planted_spot_is_found_by_the_baselines(finished: Result) -> None:
    summary = finished.summary
    forest = summary[
        (summary["recipe"] == FOREST)
        & (summary["metric"] == "auroc")
        & (summary["class"] == "macro")
        & (summary["fraction"] == 1.0)
    ]
    assert forest["value"].item() > 0.9


def test_no_patient_stands_in_two_parts(finished: Result, manifest: Path) -> None:
    truth = pd.read_csv(manifest).set_index("image")["split"]
    for _, one in finished.predictions.groupby(["recipe", "seed", "fraction"]):
        is_test = one["part"].str.startswith("test")
        assert set(one.loc[is_test, "patient"]).isdisjoint(one.loc[~is_test, "patient"])
        assert ((one["image"].map(truth) == "test") == is_test).all()


def test_test_images_are_predicted_whole_and_in_two_halves(finished: Result) -> None:
    """The spot that tells the classes apart lies inside; the frame alone knows nothing."""
    forest = finished.predictions[
        (finished.predictions["recipe"] == FOREST) & (finished.predictions["fraction"] == 1.0)
    ]
    parts = {part: rows.set_index(["seed", "image"]) for part, rows in forest.groupby("part")}
    whole, centre, frame = (parts[part].sort_index() for part in ("test", CENTRE, FRAME))
    assert whole.index.equals(centre.index)
    assert whole.index.equals(frame.index)
    aurocs = [
        roc_auc_score(rows["label"] == "b", rows["logit_b"] - rows["logit_a"])
        for rows in (whole, centre, frame)
    ]
    assert min(aurocs[:2]) > 0.9
    assert abs(aurocs[2] - 0.5) < 0.2


def test_selection_is_the_best_on_validation(finished: Result) -> None:
    for _, run in finished.runs.iterrows():
        trials = run["trials"]
        best = max(trials, key=lambda trial: trial["validation_auroc"])
        assert float(run["rate"]) == best["rate"]
        assert len(trials) == 2


def test_tables_hold_what_was_chosen_on_validation(finished: Result) -> None:
    # The model is saved, loaded and applied anew between the choice and the table.
    predictions = finished.predictions[finished.predictions["part"] == "validation"]
    for _, run in finished.runs.iterrows():
        mine = predictions
        for name in ("recipe", "seed", "fraction"):
            mine = mine[mine[name] == run[name]]
        margin = mine["logit_b"] - mine["logit_a"]
        chosen = max(trial["validation_auroc"] for trial in run["trials"])
        assert roc_auc_score(mine["label"] == "b", margin) == pytest.approx(chosen, abs=1e-9)


def test_a_plan_of_more_seeds_changes_nothing(finished: Result, manifest: Path) -> None:
    def files() -> dict[str, bytes]:
        paths = (path for path in sorted(finished.folder.rglob("*")) if path.is_file())
        return {str(path): path.read_bytes() for path in paths if path.name != ".lock"}

    before = files()
    planned = Study.from_objects({**content(manifest), "seeds": [0, 1, 2, 3]})
    prepared = planned.prepare(finished.folder)
    assert {step.spec["seed"] for step in outcomes_of(prepared.plan)} == {0, 1, 2, 3}
    assert files() == before
    # What was asked for at first is still all done.
    again = Study.from_objects(content(manifest)).prepare(finished.folder)
    assert not again.plan.missing(finished.folder / "steps")


@pytest.mark.usefixtures("no_page")
def test_a_second_run_trains_nothing(
    finished: Result, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("a finished step was run again")

    monkeypatch.setattr(fit_kind.KIND, "perform", fail)
    before = finished.predictions
    again = Study.from_objects(content(manifest)).run(finished.folder)
    pd.testing.assert_frame_equal(again.predictions, before)


def test_one_more_recipe_reuses_the_rest(finished: Result, manifest: Path) -> None:
    more = content(manifest)
    more["recipes"]["frozen too"] = dict(more["recipes"]["frozen"])
    study = Study.from_objects(more)
    missing = study.prepare(finished.folder).plan.missing(finished.folder / "steps")
    # Its trials are those of "frozen"; only what carries its name is to do.
    assert {step.kind for step in missing} == {"outcome", "heatmaps", "latency"}


@pytest.mark.usefixtures("no_page")
def test_one_more_seed_reuses_the_rest(
    finished: Result, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(finished.folder, tmp_path / "out"))
    trained: list[int] = []
    perform = fit_kind.KIND.perform

    def watched(step: Step, context: Context, progress: Progress) -> None:
        trained.append(step.spec["seed"])
        perform(step, context, progress)

    monkeypatch.setattr(fit_kind.KIND, "perform", watched)
    result = Study.from_objects(content(manifest) | {"seeds": [0, 1, 2]}).run(out)
    assert len(set(trained)) == 1
    before = result.predictions[result.predictions["seed"].isin([0, 1])]
    pd.testing.assert_frame_equal(
        before.reset_index(drop=True).sort_values([*KEYS, "part", "image"], ignore_index=True),
        finished.predictions.sort_values([*KEYS, "part", "image"], ignore_index=True),
    )


def test_the_plan_tells_steps_and_time(finished: Result, manifest: Path, tmp_path: Path) -> None:
    study = Study.from_objects(content(manifest))
    fresh = describe(study.file, study.prepare(tmp_path))
    assert "[3 of 3 to do]" in fresh
    assert "at most" in fresh
    assert "may shorten it; not counted: pixel baselines, evaluation" in fresh
    done = describe(study.file, study.prepare(finished.folder))
    assert "0 to do" in done
    assert "nothing is left to do but the report" in done
    assert "at most" in fresh and "at most" not in done


def test_the_model_handed_over_predicts_files(finished: Result, manifest: Path) -> None:
    model = pleura.load(finished.folder / "best")
    listed = pd.read_csv(manifest)
    files = [manifest.parent / name for name in listed["image"][listed["split"] == "test"]]
    scores = model.predict(files)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    table = finished.predictions
    for name in ("recipe", "seed", "fraction"):
        table = table[table[name] == model.card[name]]
    expected = calibrated(table).loc[[file.name for file in files]]
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    calibration, validation = model.card["calibration"], table[table["part"] == "validation"]
    assert calibration["images"] == len(validation)
    assert calibration["prevalence"]["a"] == (validation["label"] == "a").mean()
    likeness = model.card["likeness"]
    assert likeness["validation_images"] == len(validation)
    found = model.assess(files)
    assert found.unlike is not None
    np.testing.assert_array_equal(found.probabilities, scores)
    known = [manifest.parent / name for name in validation["image"]]
    assert not model.assess(known).unlike.any()  # type: ignore[union-attr]
    noise = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8) // 2 * 2
    assert model.assess(noise).unlike.all()  # type: ignore[union-attr]


def calibrated(table: pd.DataFrame) -> pd.DataFrame:
    """Probabilities by test image of one training, by the map of its validation part."""
    logits = {part: rows[["logit_a", "logit_b"]] for part, rows in table.groupby("part")}
    validation = table[table["part"] == "validation"]
    fitted = fit_map(
        logits["validation"], validation["label"] == "b", patients=validation["patient"].nunique()
    )
    probabilities = fitted.probabilities(logits["test"])
    return pd.DataFrame(probabilities, index=table.loc[table["part"] == "test", "image"])


def test_a_changed_manifest_is_refused(finished: Result, manifest: Path, tmp_path: Path) -> None:
    table = pd.read_csv(manifest)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    changed = tmp_path / "images.csv"
    table[2:].to_csv(changed, index=False)
    with pytest.raises(InputError, match=r"split\.json"):
        Study.from_objects(content(changed)).run(finished.folder)


@pytest.mark.usefixtures("no_page")
def test_corrected_patients_reach_the_tables(
    finished: Result, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished.folder, out)
    table = pd.read_csv(manifest)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    # Two test patients of one class turn out to be one.
    table.loc[table["patient"] == "p35", "patient"] = "p33"
    corrected = tmp_path / "images.csv"
    table.to_csv(corrected, index=False)
    (out / "split.json").unlink()
    monkeypatch.setattr(fit_kind.KIND, "perform", None)  # the trainings themselves stay valid
    result = Study.from_objects(content(corrected)).run(out)
    assert "p35" not in set(result.predictions["patient"])
    assert result.summary["patients"].max() == finished.summary["patients"].max() - 1


def test_a_refused_run_leaves_the_finished_study_as_it_was(
    finished: Result, manifest: Path
) -> None:
    before = (finished.folder / "study.yaml").read_bytes()
    refused = content(manifest) | {"metric": "accuracy", "split": {"test": 0.3}}
    with pytest.raises(InputError, match=r"split\.json"):
        Study.from_objects(refused).run(finished.folder)
    assert (finished.folder / "study.yaml").read_bytes() == before


def test_killed_at_any_moment_it_ends_with_the_same_tables(
    finished: Result, manifest: Path, tmp_path: Path
) -> None:
    out, study = tmp_path / "killed", content(manifest) | {"seeds": [0]}
    # One process imports the libraries, and those that run the study are its copies.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["pleura.study.run", "pleura.report.page", *LATER])
    kills = 0
    for _ in range(40):
        before = set(out.glob("steps/*/done.json"))
        process = processes.Process(target=run_alone, args=(study, out, SMALL_FOREST))
        process.start()
        # Killed once it has finished some more steps, wherever it then is.
        while process.is_alive() and len(set(out.glob("steps/*/done.json")) - before) < 9:
            time.sleep(0.02)
        if process.is_alive():
            process.kill()
            kills += 1
        process.join()
        if process.exitcode == 0:
            break
    assert kills >= 2
    result = Result(out)
    before_it, runs = (
        table[table["seed"] == 0].reset_index(drop=True)
        for table in (finished.predictions, finished.runs)
    )
    pd.testing.assert_frame_equal(result.predictions, before_it)
    pd.testing.assert_frame_equal(result.runs.drop(columns=TIMED), runs.drop(columns=TIMED))
