"""The model that a study hands over: in words, and as a row of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.report.findings import Findings
from pleura.report.finished import Finished
from pleura.report.looks import DELIVERED
from pleura.report.numbers import METRICS, Metric, at_labels, count, decimal

KEYS = ("fold", "seed", "fraction")


def handed_over(contents: Finished, findings: Findings, by: Metric = METRICS["auroc"]) -> str:
    """Which recipe lies in `best`, that validation chose it `by` a metric, and where it is not
    shown to beat the best pixel baseline on test; goes on from "The model handed over in best/"."""
    card = contents.best
    if not card:
        return "was chosen on validation."
    recipe, fraction = card["recipe"], float(card["fraction"])
    return (
        f"is “{recipe}” ({at_labels(fraction)}, {_which(contents)}), chosen on validation "
        f"({by.label} {decimal(card[f'validation_{by.name}'])}{_validated(contents)})"
        f"{_against_pixels(findings, recipe, fraction)}."
    )


def name_of(card: Mapping[str, Any]) -> str:
    """What the model is called among recipes."""
    return f"best/ ({card['recipe']})"


def of_training(table: pd.DataFrame, card: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of the one training that is handed over."""
    keys = [np.isclose(table[key].to_numpy(dtype=float), float(card[key])) for key in KEYS]
    kept: NDArray[np.bool_] = np.all([table["recipe"] == card["recipe"], *keys], axis=0)
    return table[kept]


def with_its_row(
    findings: Findings, contents: Finished, summary: pd.DataFrame, also: str = ""
) -> Findings:
    """The findings with the model as the last of the looks, and with its part of the `summary`.

    It is no recipe: nothing ranks it or compares it. `also` is said of it wherever it stands.
    """
    look = replace(DELIVERED, told=f"{_which(contents)}{also}")
    return replace(
        findings,
        summary=pd.concat([findings.summary, summary], ignore_index=True),
        looks={**findings.looks, name_of(contents.best): look},
    )


def row_told(findings: Findings, contents: Finished) -> str:
    """What the row of the model is, in sentences that go on from "The last row is the model in
    best/:"; empty where `findings` hold none."""
    card = contents.best
    look = findings.looks.get(name_of(card)) if card else None
    if look is None:
        return ""
    recipe, fraction = card["recipe"], float(card["fraction"])
    runs = contents.runs[contents.runs["recipe"] == recipe]
    alone = (runs["fraction"] == fraction).sum() == 1
    same = f" It is the only training behind the row of “{recipe}”." if alone else ""
    return (
        f"one training of “{recipe}” {at_labels(fraction)} ({look.told}), on its own test images, "
        f"with intervals over patients alone.{same} Nothing ranks it or compares it with recipes."
    )


def _which(contents: Finished) -> str:
    """`seed 1`, with the fold where there are several."""
    card = contents.best
    several = contents.counts["fold"].nunique() > 1
    return f"seed {card['seed']}" + (f", fold {card['fold']}" if several else "")


def _validated(contents: Finished) -> str:
    """` on 500 images of 120 patients`, of the draw that the model was trained in."""
    counts = contents.counts[
        (contents.counts["part"] == "validation") & (contents.counts["class"] == "all")
    ]
    for key in KEYS:
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
        return f"; on test, the pixel baseline “{baseline}” is shown to be better than this recipe"
    return f"; on test, this recipe is not shown to beat the pixel baseline “{baseline}”"
