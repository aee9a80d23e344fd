"""The model that a study hands over, in words."""

from pleura.report.findings import Findings
from pleura.report.finished import Finished
from pleura.report.numbers import METRICS, Metric, at_labels, count, decimal


def handed_over(contents: Finished, findings: Findings, by: Metric = METRICS["auroc"]) -> str:
    """Which recipe lies in `best`, that validation chose it `by` a metric, and where it is not
    shown to beat the best pixel baseline on test; goes on from "The model handed over in best/"."""
    card = contents.best
    if not card:
        return "was chosen on validation."
    recipe, fraction = card["recipe"], float(card["fraction"])
    fold = f", fold {card['fold']}" if contents.counts["fold"].nunique() > 1 else ""
    return (
        f"is “{recipe}” ({at_labels(fraction)}, seed {card['seed']}{fold}), chosen on validation "
        f"({by.label} {decimal(card[f'validation_{by.name}'])}{_validated(contents)})"
        f"{_against_pixels(findings, recipe, fraction)}."
    )


def _validated(contents: Finished) -> str:
    """` on 500 images of 120 patients`, of the draw that the model was trained in."""
    counts = contents.counts[
        (contents.counts["part"] == "validation") & (contents.counts["class"] == "all")
    ]
    for key in ("fold", "seed", "fraction"):
        counts = counts[counts[key] == contents.best[key]]
    if counts.empty:
        return ""
    images, patients = counts[["images", "patients"]].iloc[0]
    return f" on {count(images, 'image')} of {count(patients, 'patient')}"


def _against_pixels(findings: Findings, recipe: str, fraction: float) -> str:
    baseline, lead = findings.best_baseline(fraction), findings.lead(recipe, fraction)
    if baseline is None or findings.shown_better(lead):
        return ""
    if findings.shown_worse(lead):
        return f"; on test, the pixel baseline “{baseline}” is shown to be better"
    return f"; on test, it is not shown to beat the pixel baseline “{baseline}”"
