"""Logs a finished study to MLflow: a run of its own, and one below it for each recipe and fraction
of the labels. Nothing is computed that the study has not, and nothing is logged twice.
"""

import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pleura.deploy.masks import Say
from pleura.errors import PleuraError
from pleura.files import digest_file, digest_of, write_text
from pleura.report.findings import WHOLE
from pleura.report.numbers import at_labels
from pleura.report.verdict import headline
from pleura.tables import FINISH
from pleura.tasks.listed import page_of
from pleura.wording import ended

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIGEST = "pleura.digest"  # a tag: of what was logged
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
EXPERIMENT, VARIABLE = "pleura", "MLFLOW_EXPERIMENT_NAME"
TABLES = ("summary.csv", "comparisons.csv", "runs.csv", "study.yaml")
ARTEFACTS = ("report.html", "summary.csv", "comparisons.csv")
LONGEST = 500  # characters of a parameter
AT_ONCE = 500  # metrics in a batch; MLflow takes 1,000
OF_RECIPE = ("backbone", "weights", "strategy", "curriculum", "knob")
LIMITS = {"value": "", "low": "_low", "high": "_high"}
UNKNOWN_SIGN = re.compile(r"[^\w.\- ]")  # in names of metrics
SECRET = re.compile(r"//[^/\s]*@")  # a user and a password in an address
DATABASE = re.compile(r"(sqlite|postgresql|mysql|mssql)\b")  # as an address begins
# Of MLflow's client, while it is asked whether anybody is there: by itself it tries for five
# minutes and more, and as long again for each answer that does not come.
HASTE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "15"}
INSTALL = (
    "mlflow is not installed, and --mlflow needs it: pip install 'pleura[mlflow]' for a server, or "
    "pip install mlflow, which keeps a data base of its own (sqlite:///FILE) as well"
)


def check_tracking(uri: str) -> None:
    """Ask MLflow at an address for its experiments, before a study is run for hours. That takes a
    minute at most, unless the variables in `HASTE` say otherwise.

    Raises PleuraError where mlflow is missing, has no such store, or does not answer.
    """
    with _named(uri), _hasty():
        _client(uri).search_experiments(max_results=1)


def log_study(folder: str | Path, uri: str, *, say: Say = lambda line: None) -> str:
    """Log the finished study in a `folder` to MLflow at the tracking address `uri`, and return the
    id of its run; where the same was logged before, the id of that run, and `say` tells so.

    The run has what the study asks as parameters, the metrics of the model that it hands over with
    the limits of their intervals (`auroc`, `auroc_low`, `auroc_high`), the report, the tables,
    and the model as `pleura export --hub` writes it. Each recipe and baseline is a run below it, at
    each fraction of the labels. The experiment is that of the variable MLFLOW_EXPERIMENT_NAME, or
    `pleura`.

    Raises PleuraError where mlflow is missing or its store refuses, InputError for a folder without
    a finished study.
    """
    place = Path(folder)
    if missing := [name for name in (*TABLES, *ARTEFACTS) if not (place / name).is_file()]:
        raise PleuraError(f"{place}: nothing to log, {missing[0]} is missing; {FINISH}")
    digest = digest_of([digest_file(place / name) for name in TABLES])
    with _named(uri):
        client = _client(uri)
        experiment = _experiment(client)
        known = client.search_runs(
            [experiment], f"tags.`{DIGEST}` = '{digest}' and attributes.status = 'FINISHED'"
        )
        if known:
            name, run = known[0].info.run_name, str(known[0].info.run_id)
            say(f"{bare(uri)}: logged before, as {name} ({run}); nothing is logged again")
            return run
        say(f"{bare(uri)}: logging; report.html goes there as it is, with its pictures")
        run = _log(client, experiment, place, digest)
        say(f"{bare(uri)}: logged as {place.resolve().name} ({run})")
        return run


def bare(uri: str) -> str:
    """An address without the user and the password in it."""
    return SECRET.sub("//", uri)


def _log(client: "MlflowClient", experiment: str, place: Path, digest: str) -> str:
    study = page_of(place).study(place)
    contents, name = study.recipes.contents, place.resolve().name
    verdict = headline(study.recipes.findings)
    tags = {DIGEST: digest, "pleura.version": version("pleura"), NOTE: verdict}
    with _begun(client, experiment, tags, name) as run:
        asked = {key: contents.study.get(key) for key in ("question", "task", "reference", "seeds")}
        asked |= {"fractions": contents.study.get("fractions"), "size": contents.data.get("size")}
        summary = study.judged.findings.summary
        model = study.model.name if study.model else ""
        its = {"model": contents.best.get("recipe")} if model else {}
        _batch(client, run, asked | its, summary[summary["recipe"] == model])
        for (recipe, fraction), rows in summary.groupby(["recipe", "fraction"], sort=False):
            if recipe == model:
                continue
            its_runs = contents.runs[
                (contents.runs["recipe"] == recipe) & (contents.runs["fraction"] == fraction)
            ]
            told = {"recipe": recipe, "fraction": fraction, **_of_recipe(its_runs)}
            called = f"{recipe}, {at_labels(rows.iloc[0]['fraction'])}"
            with _begun(client, experiment, {PARENT: run}, called) as below:
                _batch(client, below, told, rows)
        _artefacts(client, run, place, contents.study_text)
    return run


@contextmanager
def _begun(
    client: "MlflowClient", experiment: str, tags: Mapping[str, str], name: str
) -> Iterator[str]:
    """The id of a run, which ends as finished, or as failed where something goes wrong."""
    run = str(client.create_run(experiment, tags=dict(tags), run_name=name).info.run_id)
    try:
        yield run
        client.set_terminated(run)
    except BaseException:
        with _hasty(), suppress(Exception):  # the store may be what has failed
            client.set_terminated(run, "FAILED")
        raise


def _artefacts(client: "MlflowClient", run: str, place: Path, study: str) -> None:
    """The report, the tables and the model."""
    for name in ARTEFACTS:
        client.log_artifact(run, str(place / name))
    with tempfile.TemporaryDirectory() as temporary:
        write_text(Path(temporary) / "study.yaml", study)
        client.log_artifact(run, str(Path(temporary) / "study.yaml"))
        if (place / "best").is_dir():
            from pleura.deploy.hub.export import export_hub

            model = export_hub(place / "best", Path(temporary) / "model")
            client.log_artifacts(run, str(model), "model")


def _of_recipe(runs: pd.DataFrame) -> dict[str, Any]:
    """What a recipe is made of, and the values that tuning chose, a seed each."""
    if runs.empty:
        return {}
    first = runs.iloc[0]
    told = {name: first[name] for name in OF_RECIPE if first.get(name)}
    rates = ", ".join(f"{rate:g}" for rate in runs["rate"].dropna().unique())
    return told | ({"chosen": rates} if rates else {})


def _batch(client: "MlflowClient", run: str, told: Mapping[str, Any], rows: pd.DataFrame) -> None:
    """Log parameters, and the metrics in rows of a summary."""
    from mlflow.entities import Metric, Param

    params = [
        Param(key, _plain(value)[:LONGEST]) for key, value in told.items() if value is not None
    ]
    metrics = [Metric(key, value, 0, 0) for key, value in metrics_of(rows).items()]
    client.log_batch(run, params=params)
    for start in range(0, len(metrics), AT_ONCE):
        client.log_batch(run, metrics=metrics[start : start + AT_ONCE])


def metrics_of(summary: pd.DataFrame) -> dict[str, float]:
    """`auroc`, `auroc_low`, `auroc_high`, and of a class `auroc.normal`: the numbers in rows of a
    summary that are known, by names that MLflow takes."""
    told: dict[str, float] = {}
    for row in summary.to_dict("records"):
        of = "" if row["class"] in WHOLE else f".{row['class']}"
        for column, end in LIMITS.items():
            value = float(row[column])
            name = UNKNOWN_SIGN.sub("_", f"{row['metric']}{end}{of}")
            while name in told:  # of another class, whose name differs in a sign
                name += "_"
            if math.isfinite(value):
                told[name] = value
    return told


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _client(uri: str) -> "MlflowClient":
    """MLflow at an address. It tells nobody that it is used, and writes no lines of its own."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise PleuraError(INSTALL) from error
    if DATABASE.match(uri) and find_spec("sqlalchemy") is None:
        raise PleuraError(
            f"--mlflow {bare(uri)}: a data base takes all of MLflow, and only its client is "
            "installed: pip install mlflow"
        )
    return MlflowClient(tracking_uri=uri)


def _experiment(client: "MlflowClient") -> str:
    """The id of the experiment, which is made where it is not there."""
    name = os.environ.get(VARIABLE) or EXPERIMENT
    known = client.get_experiment_by_name(name)
    return str(known.experiment_id if known else client.create_experiment(name))


@contextmanager
def _hasty() -> Iterator[None]:
    """Give up soon where nobody answers."""
    ours = {name: value for name, value in HASTE.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


@contextmanager
def _named(uri: str) -> Iterator[None]:
    """Name the address in what MLflow refuses. Raises PleuraError."""
    try:
        yield
    except PleuraError:
        raise
    except Exception as error:
        # Of several kinds, of MLflow and of the libraries by which it reaches its store.
        if not type(error).__module__.startswith(("mlflow", "requests", "urllib3", "sqlalchemy")):
            raise
        raise PleuraError(
            f"--mlflow {bare(uri)}: {ended(bare(_why(error)))} The study "
            "itself is not touched: the same command logs it once that is mended"
        ) from error


def _why(error: BaseException) -> str:
    """Why MLflow does not do what it is asked, in a line."""
    behind = [error]
    while (cause := behind[-1].__cause__ or behind[-1].__context__) is not None:
        behind.append(cause)
    if any(_unreached(each) for each in behind):
        last = behind[-1]
        text = (isinstance(last, OSError) and last.strerror) or str(last) or type(last).__name__
        return f"cannot be reached ({text}); see whether a server runs there"
    told = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"MLflow refuses: {told[0] if told else type(error).__name__}"  # some say nothing


def _unreached(error: BaseException) -> bool:
    """Whether it is of the library by which MLflow asks a server, and says that none is there."""
    return any(
        kind.__module__ == "requests.exceptions" and kind.__name__ in ("ConnectionError", "Timeout")
        for kind in type(error).__mro__
    )
