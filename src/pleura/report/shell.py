"""What the page of every study has, whatever its task: its templates, its frame, its account."""

import base64
import hashlib
import shlex
from collections.abc import Mapping

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pleura.report import account, verdict
from pleura.report.best import handed_over
from pleura.report.earlier import earlier_table
from pleura.report.findings import Findings
from pleura.report.finished import Finished
from pleura.report.notes import data_facts
from pleura.report.numbers import Metric, setting

PAGE = "report.html"


def template(name: str, package: str = "pleura.report") -> Template:
    """The template `name` of `package`; all may use those of the report."""
    return _environment(package).get_template(name)


def shared(contents: Finished, findings: Findings, by: Metric) -> Mapping[str, object]:
    """What the templates head, top and account need but the table of origins; `by` is the metric on
    validation that chose among trials and models."""
    runs = contents.runs
    environment = _environment("pleura.report")
    script = _packaged(environment, "sort.js")
    return {
        "style": _packaged(environment, "page.css"),
        "script": script,
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "question": str(
            contents.study.get("question") or "Which recipe works best on these images?"
        ),
        "chosen_by": by.label,
        "verdict": verdict.headline(findings),
        "choice": verdict.choice(findings),
        "handed_over": handed_over(contents, findings, by),
        "lines": verdict.lines(findings),
        "findings": findings,
        "level": f"{100 * findings.level:.4g}",
        "margin": setting(findings.margin),
        "data_facts": data_facts(contents),
        "settings_table": account.settings_table(contents.data),
        "earlier_table": earlier_table(contents.earlier),
        "budget": account.budget_sentence(runs),
        "tuned_on": account.tuned_on(runs, findings.metric, by),
        "evaluations": account.evaluation_sentences(contents.every_run, contents.evaluations),
        "machine_table": account.machine_table(contents),
        "split_hash": str(contents.split.get("hash", "")),
        "study_text": contents.study_text,
        "command": _command(contents.path.resolve().name),
    }


def _environment(package: str) -> Environment:
    return Environment(
        loader=ChoiceLoader(
            [PackageLoader(name) for name in dict.fromkeys((package, "pleura.report"))]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _packaged(environment: Environment, name: str) -> Markup:
    """A style sheet or script of the package, as it is."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])


def _command(name: str) -> str:
    """The command that runs the study again, from the folder above the one called `name`."""
    return f"pleura study run {shlex.quote(f'{name}/study.yaml')} --out {shlex.quote(name)}"
