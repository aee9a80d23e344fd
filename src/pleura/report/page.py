"""The report of a finished study: one HTML file that needs nothing else, and its two tables."""

from pathlib import Path

import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.files import write_atomically, write_text
from pleura.report import account, results
from pleura.report.areas import area_table, judged_areas, judged_frames, told_of_heads
from pleura.report.best import row_told
from pleura.report.calibration import Probabilities, find_probabilities, use_section
from pleura.report.cautions import cautions
from pleura.report.clip_differences import difference_table
from pleura.report.clips import MEASURES, attention_table, clip_table, find_clips
from pleura.report.clues import clue_sentences, clue_table, count_table, find_clues
from pleura.report.cost import Costs, cost_sentences, cost_table, find_costs
from pleura.report.delivered import (
    Delivered,
    find_delivered,
    reached,
    with_its_lungs,
    with_its_probabilities,
    with_its_shortcuts,
)
from pleura.report.delivered_cautions import delivered_cautions
from pleura.report.depth import depth_table, judged_on
from pleura.report.figures.canvas import save_pictures
from pleura.report.figures.draw import Pictures, draw
from pleura.report.findings import Findings, order_looks
from pleura.report.folder import StudyFolder, read_folder
from pleura.report.gallery import read_gallery
from pleura.report.heatmaps import heatmap_table, heatmap_verdict, read_heatmaps
from pleura.report.lung_section import lung_section
from pleura.report.lungs import LungFindings, find_lungs
from pleura.report.numbers import METRICS, capital, of_labels
from pleura.report.pixels import pixel_verdict, with_pixels
from pleura.report.pretraining import (
    curriculum_table,
    orders,
    pretraining_table,
    transductive,
    watched,
)
from pleura.report.segmentation.folder import CASES
from pleura.report.segmentation.page import write_cases_report
from pleura.report.shell import PAGE, shared, template
from pleura.report.shortcuts import (
    Shortcuts,
    find_shortcuts,
    pairs_told,
    region_table,
    source_table,
    within_only,
)
from pleura.report.similarity import similarity_table
from pleura.report.sources import unanswerable
from pleura.report.unranked import unranked_table

COMPARISON_COLUMNS = (
    *("recipe", "reference", "fraction", "metric", "difference", "low", "high", "p", "p_holm"),
    *("verdict", "patients", "images", "seeds"),
)


def write_report(folder: Path) -> Path:
    """Write summary.csv, comparisons.csv, report.html and `figures` into a finished study's folder.

    Everything is computed from the tables there; the page's path is returned. A folder with
    cases.csv is a study of segmentations (see `write_cases_report`). Raises InputError naming what
    is missing or wrong (see `read_folder`).
    """
    if (folder / CASES).is_file():
        return write_cases_report(folder)
    contents = read_folder(folder)
    findings = find(contents)
    for name, table in (("summary", findings.summary), ("comparisons", findings.comparisons)):
        with write_atomically(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    page = folder / PAGE
    delivered = find_delivered(contents, findings)
    # Wherever recipes have rows, the model that is handed over has its own.
    its, shown = (delivered.contents, delivered.findings) if delivered else (contents, findings)
    evaluated = (
        with_its_shortcuts(delivered, find_shortcuts(contents.predictions, findings)),
        find_costs(contents.predictions, its.runs, shown),
        with_its_probabilities(delivered, find_probabilities(contents.predictions, findings)),
        with_its_lungs(delivered, contents, find_lungs(contents, findings)),
    )
    pictures = draw(its, findings, *evaluated, shown)
    save_pictures(folder / "figures", vars(pictures))
    text = render(contents, findings, *evaluated, pictures, delivered)
    write_text(page, text)
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
    lungs: LungFindings | None,
    pictures: Pictures,
    delivered: Delivered | None = None,
) -> str:
    """The page as HTML; equal inputs give equal bytes. What is evaluated holds the model that is
    handed over, too; `findings` do not."""
    runs, fractions = contents.runs, findings.fractions
    compared = [results.comparison_table(findings, fraction) for fraction in fractions]
    cheaper = [cost_table(costs, findings, fraction) for fraction in fractions]
    clues = find_clues(contents, findings)
    its, shown = (delivered.contents, delivered.findings) if delivered else (contents, findings)
    clips, areas = find_clips(its, shown), judged_areas(contents)
    return template("page.html.j2").render(
        shared(contents, findings, METRICS["auroc"]),
        transductive=transductive(contents.pretraining, contents.every_run),
        watched=watched(contents.pretraining),
        pixel_verdict=pixel_verdict(findings),
        cautions=cautions(contents, findings, shortcuts, probabilities, clues, lungs),
        delivered_cautions=delivered_cautions(delivered, probabilities, lungs),
        reached=reached(delivered),
        facts=_facts(findings),
        row_told=row_told(shown, contents),
        recipe_tables=[results.recipe_table(shown, its.runs, fraction) for fraction in fractions],
        unranked_table=unranked_table(contents, findings),
        comparison_tables=[table for table in compared if table],
        pictures=pictures,
        clips=clips,
        clip_table=clip_table(clips, shown) if clips else None,
        clip_differences=difference_table(clips.against, MEASURES, findings) if clips else None,
        attention_table=attention_table(clips, findings) if clips else None,
        confusions=[
            (
                capital(of_labels(fraction)),
                results.confusions(its.predictions, shown.looks, findings.classes, fraction),
            )
            for fraction in fractions
        ],
        region_table=region_table(shortcuts, shown),
        source_table=source_table(shortcuts, shown),
        pairs_told=pairs_told(shortcuts),
        within_only=within_only(shortcuts),
        unanswerable=unanswerable(contents),
        use=use_section(probabilities, shown) if probabilities else None,
        cost_sentences=cost_sentences(costs, shown),
        cost_tables=[table for table in cheaper if table],
        clues=clues,
        clue_sentences=clue_sentences(clues, findings) if clues else (),
        clue_table=clue_table(clues, findings) if clues else None,
        source_counts=count_table(clues, findings) if clues else None,
        largest=of_labels(fractions[-1]),
        class_tables=[results.class_table(shown, fraction) for fraction in fractions],
        depth_table=depth_table(contents.depths),
        depth_judged=judged_on(contents.depths),
        lungs=lung_section(lungs, contents, shown) if lungs else None,
        pretraining_table=pretraining_table(contents.pretraining),
        curriculum_table=curriculum_table(contents.curriculum),
        orders=orders(runs, contents.curriculum),
        similarity_table=similarity_table(contents.similarity, findings),
        area_table=area_table(areas, findings),
        judged_frames=judged_frames(areas),
        area_heads=told_of_heads(contents),
        heatmaps=read_heatmaps(contents, findings),
        heatmap_table=heatmap_table(contents, findings),
        heatmap_verdict=heatmap_verdict(contents, findings),
        mistakes=read_gallery(contents.path, contents.mistakes, hide_names=contents.hides_names),
        data_table=account.data_table(contents.counts, findings.classes),
        origin_table=account.origin_table(its.runs, shown.looks, findings.reference),
        tuning_table=account.tuning_table(its.runs, shown.looks, findings.reference),
    )


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
