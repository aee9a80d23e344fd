"""The report of a finished study: one HTML file that needs nothing else, and its two tables."""

import base64
import hashlib
import shlex
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.files import write_atomically, write_text
from pleura.report import account, results, verdict
from pleura.report.best import handed_over
from pleura.report.calibration import Probabilities, find_probabilities, use_section
from pleura.report.cautions import cautions
from pleura.report.clues import clue_sentences, clue_table, count_table, find_clues
from pleura.report.cost import Costs, cost_sentences, cost_table, find_costs
from pleura.report.depth import depth_table, judged_on
from pleura.report.figures.canvas import on_white
from pleura.report.figures.draw import Pictures, draw
from pleura.report.findings import Findings, order_looks
from pleura.report.folder import StudyFolder, read_folder
from pleura.report.gallery import read_gallery
from pleura.report.heatmaps import heatmap_table, heatmap_verdict, read_heatmaps
from pleura.report.notes import data_facts
from pleura.report.numbers import METRICS, capital, decimal, digits_for, of_labels
from pleura.report.pixels import pixel_verdict, with_pixels
from pleura.report.shortcuts import (
    Shortcuts,
    find_shortcuts,
    pairs_told,
    region_table,
    source_table,
)
from pleura.report.similarity import similarity_table
from pleura.report.unranked import unranked_table

PAGE = "report.html"
COMPARISON_COLUMNS = (
    *("recipe", "reference", "fraction", "metric", "difference", "low", "high", "p", "p_holm"),
    *("verdict", "patients", "images", "seeds"),
)


def write_report(folder: Path) -> Path:
    """Write summary.csv, comparisons.csv, report.html and `figures` into a finished study's folder.

    Everything is computed from the tables there; the page's path is returned. Raises InputError
    naming what is missing or wrong (see `read_folder`).
    """
    contents = read_folder(folder)
    findings = find(contents)
    for name, table in (("summary", findings.summary), ("comparisons", findings.comparisons)):
        with write_atomically(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    page = folder / PAGE
    shortcuts = find_shortcuts(contents.predictions, findings)
    costs = find_costs(contents.predictions, contents.runs, findings)
    probabilities = find_probabilities(contents.predictions, findings)
    pictures = draw(contents, findings, shortcuts, costs, probabilities)
    for kind, drawn in asdict(pictures).items():
        for number, picture in enumerate(drawn):
            write_text(folder / "figures" / f"{kind}_{number}.svg", on_white(picture["svg"]))
    write_text(page, render(contents, findings, shortcuts, costs, probabilities, pictures))
    return page


def find(contents: StudyFolder) -> Findings:
    """Evaluate the predictions of a study as its study file asks. Raises InputError."""
    study, runs, predictions = contents.study, contents.runs, contents.predictions
    reference = str(study["reference"])
    name = str(study.get("metric") or "auroc")
    if name not in METRICS:
        raise InputError(f"study.yaml: no metric {name!r}; choose one of {', '.join(METRICS)}")
    recipes = set(predictions["recipe"])
    if reference not in recipes:
        raise InputError(
            f"predictions.csv has no rows of the reference {reference!r} named in study.yaml; "
            f"it has {', '.join(sorted(recipes))}"
        )
    margin, level = float(study.get("margin", 0.01)), float(study.get("level", 0.95))
    test = predictions[predictions["part"] == "test"]
    summary = summarise(test, level=level)
    comparisons = (
        compare(test, reference=reference, metric=name, margin=margin, level=level)
        if len(recipes) > 1
        else pd.DataFrame(columns=COMPARISON_COLUMNS)
    )
    baselines = set(runs.loc[runs["kind"] == "baseline", "recipe"])
    findings = Findings(
        summary=summary,
        comparisons=comparisons,
        looks=order_looks(summary, METRICS[name], baselines, reference),
        reference=reference,
        metric=METRICS[name],
        margin=margin,
        level=level,
        fractions=tuple(sorted(float(value) for value in set(summary["fraction"]))),
        classes=contents.classes,
    )
    return with_pixels(findings, test)


def render(
    contents: StudyFolder,
    findings: Findings,
    shortcuts: Shortcuts,
    costs: Costs,
    probabilities: Probabilities | None,
    pictures: Pictures,
) -> str:
    """The page as HTML; equal inputs give equal bytes."""
    environment = Environment(
        loader=PackageLoader("pleura.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _packaged(environment, "sort.js")
    runs, looks, fractions = contents.runs, findings.looks, findings.fractions
    compared = [results.comparison_table(findings, fraction) for fraction in fractions]
    cheaper = [cost_table(costs, findings, fraction) for fraction in fractions]
    clues = find_clues(contents, findings)
    return environment.get_template("page.html.j2").render(
        style=_packaged(environment, "page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        question=str(contents.study.get("question") or "Which recipe works best on these images?"),
        verdict=verdict.headline(findings),
        pixel_verdict=pixel_verdict(findings),
        choice=verdict.choice(findings),
        handed_over=handed_over(contents, findings),
        lines=verdict.lines(findings),
        cautions=cautions(contents, findings, shortcuts, probabilities, clues),
        facts=_facts(findings),
        findings=findings,
        level=f"{100 * findings.level:.4g}",
        margin=decimal(findings.margin, digits_for(findings.margin)),
        recipe_tables=[results.recipe_table(findings, runs, fraction) for fraction in fractions],
        unranked_table=unranked_table(contents, findings),
        comparison_tables=[table for table in compared if table],
        pictures=pictures,
        confusions=[
            (
                capital(of_labels(fraction)),
                results.confusions(contents.predictions, looks, findings.classes, fraction),
            )
            for fraction in fractions
        ],
        region_table=region_table(shortcuts, findings),
        source_table=source_table(shortcuts, findings),
        pairs_told=pairs_told(shortcuts),
        use=use_section(probabilities, findings) if probabilities else None,
        cost_sentences=cost_sentences(costs, findings),
        cost_tables=[table for table in cheaper if table],
        clues=clues,
        clue_sentences=clue_sentences(clues, findings) if clues else (),
        clue_table=clue_table(clues, findings) if clues else None,
        source_counts=count_table(clues, findings) if clues else None,
        largest=of_labels(fractions[-1]),
        class_tables=[results.class_table(findings, fraction) for fraction in fractions],
        depth_table=depth_table(contents.depths),
        depth_judged=judged_on(contents.depths),
        similarity_table=similarity_table(contents.similarity, findings),
        heatmaps=read_heatmaps(contents, findings),
        heatmap_table=heatmap_table(contents, findings),
        heatmap_verdict=heatmap_verdict(contents, findings),
        mistakes=read_gallery(contents.path, contents.mistakes),
        data_facts=data_facts(contents),
        data_table=account.data_table(contents.counts, findings.classes),
        settings_table=account.settings_table(contents.data),
        origin_table=account.origin_table(runs, looks, findings.reference),
        tuning_table=account.tuning_table(runs, looks, findings.reference),
        budget=account.budget_sentence(runs),
        tuned_on=account.tuned_on(runs, findings.metric),
        evaluations=account.evaluation_sentences(runs, contents.evaluations),
        machine_table=account.machine_table(contents),
        split_hash=str(contents.split.get("hash", "")),
        study_text=contents.study_text,
        command=_command(contents.path.resolve().name),
    )


def _command(name: str) -> str:
    """The command that runs the study again, from the folder above the one called `name`."""
    return f"pleura study run {shlex.quote(f'{name}/study.yaml')} --out {shlex.quote(name)}"


def _packaged(environment: Environment, name: str) -> Markup:
    """A style sheet or script of the package, as it is."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])


def _facts(findings: Findings) -> list[tuple[str, str]]:
    return [
        ("Test patients", f"{findings.patients:,}"),
        ("Test images", f"{findings.images:,}"),
        ("Classes", str(len(findings.classes))),
        ("Recipes", str(len(findings.recipes))),
        ("Seeds", str(findings.seeds)),
        ("Primary metric", findings.metric.label),
        ("Reference", findings.reference),
    ]
