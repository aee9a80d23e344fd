"""A finished study is logged to MLflow once, with what it found and what it hands over."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from pleura.cli import app
from pleura.deploy.package import load_model
from pleura.deploy.tracking import (
    DIGEST,
    HASTE,
    PARENT,
    VARIABLE,
    bare,
    check_tracking,
    log_study,
    metrics_of,
)
from pleura.errors import PleuraError
from pleura.report.folder import name_of
from pleura.tasks.listed import page_of
from tests.deploy.hub import made

FILES = ["comparisons.csv", "model", "report.html", "study.yaml", "summary.csv"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a store in a folder, which MLflow takes where it is told to."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.delenv(VARIABLE, raising=False)
    return str(tmp_path / "mlruns")


@pytest.fixture
def without_artefacts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but parameters and metrics is logged: an export takes longer than all else."""
    monkeypatch.setattr("pleura.deploy.tracking._artefacts", lambda *_: None)


def runs_in(store: str, experiment: str = "pleura") -> tuple[Any, list[Any]]:
    """The client, and all runs of an experiment, the first last."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=store)
    known = client.get_experiment_by_name(experiment)
    return client, list(client.search_runs([known.experiment_id])) if known else []


def test_metrics_parameters_report_and_model(finished: Path, store: str, tmp_path: Path) -> None:
    told: list[str] = []
    run_id = log_study(finished, store, say=told.append)
    client, runs = runs_in(store)
    study = page_of(finished).study(finished)
    summary: pd.DataFrame = study.judged.findings.summary
    recipes = set(summary["recipe"]) - {name_of(study.contents.best)}
    below = [run for run in runs if run.data.tags.get(PARENT) == run_id]
    assert {run.data.params["recipe"] for run in below} == recipes
    assert len(runs) == 1 + len(below)
    [frozen] = [run for run in below if run.data.params["recipe"] == "frozen"]
    expected = summary[(summary["recipe"] == "frozen") & (summary["metric"] == "auroc")]
    row = expected.set_index("class").loc["macro"]
    for column, end in (("value", ""), ("low", "_low"), ("high", "_high")):
        assert frozen.data.metrics[f"auroc{end}"] == pytest.approx(row[column])
    assert "auroc.b" in frozen.data.metrics
    assert frozen.data.params["strategy"] == "feature_extraction"
    assert frozen.info.run_name == "frozen, with all labels"
    [run] = [run for run in runs if run.info.run_id == run_id]
    assert run.info.status == "FINISHED"
    assert run.data.params["question"] == made.CONTENT["question"]
    assert "accuracy_low" in run.data.metrics  # of the model that is handed over
    assert sorted(each.path for each in client.list_artifacts(run_id)) == FILES
    model = client.download_artifacts(run_id, "model", str(tmp_path))
    assert load_model(model).classes == ("a", "b")
    assert "with its pictures" in told[0]


@pytest.mark.usefixtures("without_artefacts")
def test_the_same_is_logged_once_and_that_is_told(finished: Path, store: str) -> None:
    first = log_study(finished, store)
    _, before = runs_in(store)
    told: list[str] = []
    assert log_study(finished, store, say=told.append) == first
    assert told == [
        f"{store}: logged before, as spots ({first}); nothing is logged again",
    ]
    assert len(runs_in(store)[1]) == len(before)


@pytest.mark.usefixtures("without_artefacts")
def test_a_study_that_has_changed_is_logged_anew(
    finished: Path, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished, tmp_path / "spots", ignore=shutil.ignore_patterns("steps", "bank"))
    first = log_study(tmp_path / "spots", store)
    text = (tmp_path / "spots" / "study.yaml").read_text().replace("bright", "yellow")
    (tmp_path / "spots" / "study.yaml").write_text(text)
    second = log_study(tmp_path / "spots", store)
    assert second != first
    tags = {run.data.tags.get(DIGEST) for run in runs_in(store)[1]} - {None}
    assert len(tags) == 2
    monkeypatch.setenv(VARIABLE, "of mine")
    assert log_study(tmp_path / "spots", store) not in (first, second)
    assert runs_in(store, "of mine")[1]


@pytest.mark.usefixtures("without_artefacts")
def test_what_failed_is_logged_again(
    finished: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pleura.deploy.tracking._artefacts", fail)
        with pytest.raises(KeyboardInterrupt):
            log_study(finished, store)
    again = log_study(finished, store)
    status = {run.info.run_id: run.info.status for run in runs_in(store)[1]}
    assert status[again] == "FINISHED"
    assert "FAILED" in status.values()


def test_a_recipe_that_cannot_be_logged_leaves_no_run_unfinished(
    finished: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[object] = []

    def fail(_: object, run: object, *__: object) -> None:
        batches.append(run)
        if len(batches) > 1:  # that of a recipe, below the study's own
            raise KeyboardInterrupt

    monkeypatch.setattr("pleura.deploy.tracking._batch", fail)
    with pytest.raises(KeyboardInterrupt):
        log_study(finished, store)
    ended = {run.info.run_id: run.info.status for run in runs_in(store)[1]}
    assert [ended[run] for run in batches] == ["FAILED", "FAILED"]


def test_a_store_that_is_gone_hides_no_interrupt_and_is_not_waited_for(
    finished: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: list[str | None] = []

    def fail(*_: object) -> None:
        monkeypatch.setattr("mlflow.MlflowClient.set_terminated", gone)
        raise KeyboardInterrupt

    def gone(*_: object) -> None:
        patience.append(os.environ.get("MLFLOW_HTTP_REQUEST_MAX_RETRIES"))
        raise OSError("gone")

    monkeypatch.setattr("pleura.deploy.tracking._artefacts", fail)
    with pytest.raises(KeyboardInterrupt):
        log_study(finished, store)
    assert patience == [HASTE["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]]


@pytest.mark.usefixtures("no_page", "without_artefacts")
def test_a_finished_study_is_logged_without_being_run_again(finished: Path, store: str) -> None:
    done = {path: path.stat().st_mtime_ns for path in finished.glob("steps/*/done.json")}
    arguments = ["study", "run", finished / "study.yaml", "--out", finished, "--mlflow", store]
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    assert "logged as spots" in " ".join(result.output.split())
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert runs_in(store)[1]


def test_without_mlflow_it_says_what_to_install(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(PleuraError, match=r"pip install 'pleura\[mlflow\]'"):
        log_study(finished, str(tmp_path / "mlruns"))


def test_a_store_that_refuses_is_named_before_a_study_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    with pytest.raises(PleuraError, match=r"--mlflow nowhere://x: MLflow refuses: \S"):
        check_tracking("nowhere://me:secret@x")
    with pytest.raises(PleuraError, match="MLflow refuses: "):
        check_tracking(str(tmp_path / "mlruns"))  # a folder, unless the user allows it
    assert bare("https://me:secret@host/a@b") == "https://host/a@b"
    assert bare("https://me:sec@ret@host/a@b") == "https://host/a@b"


def test_a_server_that_is_not_there_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[dict[str, str]] = []

    def absent(uri: str) -> None:
        tried.append({name: os.environ[name] for name in HASTE})
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as error:
            kind = type("ConnectionError", (OSError,), {"__module__": "requests.exceptions"})
            raise type("Told", (kind,), {"__module__": "mlflow.exceptions"})("long") from error

    monkeypatch.setattr("pleura.deploy.tracking._client", absent)
    for name in HASTE:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PleuraError) as caught:
        check_tracking("http://127.0.0.1:1")
    assert str(caught.value).startswith(
        "--mlflow http://127.0.0.1:1: cannot be reached (Connection refused); see whether a "
        "server runs there. The study itself is not touched"
    )
    assert tried == [HASTE]
    assert not {*HASTE} & {*os.environ}
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "7")
    with pytest.raises(PleuraError):
        check_tracking("http://127.0.0.1:1")
    assert (
        tried[-1]["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]
        == os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]
        == "7"
    )


def test_a_data_base_takes_all_of_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pleura.deploy.tracking.find_spec", lambda name: None)
    with pytest.raises(PleuraError, match=r"sqlite:///x\.db: a data base .*pip install mlflow$"):
        check_tracking("sqlite:///x.db")


def test_a_folder_without_a_study(tmp_path: Path) -> None:
    with pytest.raises(PleuraError, match=r"nothing to log, summary\.csv is missing"):
        log_study(tmp_path, str(tmp_path / "mlruns"))


def test_a_refusal_without_a_word_is_told_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(uri: str) -> None:
        raise type("ReadTimeout", (Exception,), {"__module__": "requests.exceptions"})

    monkeypatch.setattr("pleura.deploy.tracking._client", silent)
    with pytest.raises(PleuraError, match="MLflow refuses: ReadTimeout"):
        check_tracking("http://127.0.0.1:1")


def test_names_that_mlflow_does_not_take() -> None:
    rows = [("auroc", "macro", 0.5), ("auroc", "a+", 0.6), ("auroc", "a(", 0.7)]
    table = pd.DataFrame(rows, columns=["metric", "class", "value"]).assign(
        low=0.1, high=float("nan")
    )
    assert metrics_of(table) == {
        "auroc": 0.5,
        "auroc_low": 0.1,
        "auroc.a_": 0.6,
        "auroc_low.a_": 0.1,
        "auroc.a__": 0.7,
        "auroc_low.a__": 0.1,
    }
