"""The model that is handed over as a row of its own: what it reaches on test as it is delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.report.calibration import Probabilities, find_probabilities
from pleura.report.findings import NOTHING, Estimate, Findings
from pleura.report.folder import StudyFolder
from pleura.report.looks import DELIVERED
from pleura.report.numbers import METRICS, count, decimal, listing
from pleura.report.shortcuts import Shortcuts, find_shortcuts
from pleura.report.verdict import estimate_in_words
from pleura.tables import LOGIT

KEYS = ("fold", "seed", "fraction")
EVERY = 50  # classes: all that a study has
FIGURES = ("auroc", "accuracy")


@dataclass(frozen=True)
class Delivered:
    """One training: its `name` on the page, the `recipe` it is of, and its predictions.

    `trained` are its rows of the predictions as they are, under `name`; `delivered` the same with
    calibrated logits, as the model gives them. `run` is its row of the runs. `findings` are those
    of the study with the model among the looks and in the summary; `lead` is its paired difference
    to the best pixel `baseline` of the same seed and fold, nan without one.
    """

    name: str
    recipe: str
    trained: pd.DataFrame
    delivered: pd.DataFrame
    run: pd.DataFrame
    findings: Findings
    baseline: str
    lead: Estimate

    @property
    def fraction(self) -> float:
        """The share of the labels it was trained with."""
        return float(self.delivered["fraction"].iloc[0])

    def looks_alone(self) -> Findings:
        """The findings with this model as the only thing to look at."""
        return replace(self.findings, looks={self.name: self.findings.looks[self.name]})


def find_delivered(contents: StudyFolder, findings: Findings) -> Delivered | None:
    """The model in `best`; None where there is none, or the tables do not hold its predictions."""
    card = contents.best
    if not card:
        return None
    mine = contents.predictions[contents.predictions["recipe"] == card["recipe"]]
    trained = _of_training(mine, card)
    test = trained[trained["part"] == "test"]
    if test.empty:
        return None
    name = f"best/ ({card['recipe']})"
    trained = trained.assign(recipe=name)
    delivered = _calibrated(trained, card, contents.classes)
    summary = summarise(delivered[delivered["part"] == "test"], level=findings.level)
    looks = {n: look for n, look in findings.looks.items() if look.kind != "baseline"}
    looks |= {name: DELIVERED}
    shown = replace(
        findings,
        summary=pd.concat([findings.summary, summary], ignore_index=True),
        looks=looks | {n: findings.looks[n] for n in findings.baselines},
    )
    baseline = findings.best_baseline(float(card["fraction"])) or ""
    pixels = contents.predictions[contents.predictions["recipe"] == baseline]
    return Delivered(
        name,
        str(card["recipe"]),
        trained,
        delivered,
        _of_training(contents.runs[contents.runs["recipe"] == card["recipe"]], card),
        shown,
        baseline,
        _lead(delivered, _of_training(pixels, card), findings),
    )


def with_its_shortcuts(delivered: Delivered | None, shortcuts: Shortcuts) -> Shortcuts:
    """`shortcuts` with those of the model, where they are of the same pairs of classes."""
    if delivered is None:
        return shortcuts
    mine = its_shortcuts(delivered)
    sources = mine.sources if dict(mine.pairs) == dict(shortcuts.pairs) else {}
    return replace(
        shortcuts,
        regions={**shortcuts.regions, **mine.regions},
        sources={**shortcuts.sources, **sources},
    )


def its_shortcuts(delivered: Delivered) -> Shortcuts:
    """What its own predictions tell of shortcuts."""
    return find_shortcuts(delivered.delivered, delivered.findings)


def with_its_probabilities(
    delivered: Delivered | None, probabilities: Probabilities | None
) -> Probabilities | None:
    """`probabilities` with those of the model, which is drawn, too."""
    if delivered is None or probabilities is None:
        return probabilities
    mine = find_probabilities(delivered.trained, delivered.findings)
    if mine is None:
        return probabilities
    every = probabilities.calibrations
    recipes = {**every.recipes, **mine.calibrations.recipes}
    return replace(
        probabilities,
        calibrations=replace(
            every, recipes={n: recipes[n] for n in delivered.findings.looks if n in recipes}
        ),
        scores={**probabilities.scores, **mine.scores},
        rates={**probabilities.rates, **mine.rates},
        drawn=(*probabilities.drawn, delivered.name),
    )


def reached(delivered: Delivered | None) -> str:
    """`On test (177 images of 140 patients) it reaches, calibrated, AUROC .946 (...), ...`: its
    figures, and sensitivity and specificity of each class; empty without predictions of it."""
    if delivered is None:
        return ""
    findings, name, fraction = delivered.findings, delivered.name, delivered.fraction
    test = delivered.delivered[delivered.delivered["part"] == "test"]
    size = f"{count(len(test), 'image')} of {count(test['patient'].nunique(), 'patient')}"
    names = dict.fromkeys((*FIGURES, findings.metric.name))
    figures = [
        f"{'macro ' * METRICS[m].macro}{METRICS[m].label} "
        f"{estimate_in_words(findings.estimate(name, fraction, m), METRICS[m])}"
        for m in names
    ]
    rates = [
        f"“{of}” {decimal(findings.estimate(name, fraction, 'sensitivity', of).value)} and "
        f"{decimal(findings.estimate(name, fraction, 'specificity', of).value)}"
        for of in findings.classes
    ]
    return (
        f"On test ({size}), as delivered and calibrated, this one training reaches "
        f"{listing(figures)}; sensitivity and specificity at the likeliest class are "
        f"{'; '.join(rates)}."
    )


def _of_training(table: pd.DataFrame, card: Mapping[str, Any]) -> pd.DataFrame:
    kept = np.ones(len(table), dtype=bool)
    for key in KEYS:
        kept &= np.isclose(table[key].to_numpy(dtype=float), float(card[key]))
    return table[kept]


def _calibrated(
    table: pd.DataFrame, card: Mapping[str, Any], classes: tuple[str, ...]
) -> pd.DataFrame:
    """The predictions with logits as the map of the card makes them; as they are without one."""
    known = card.get("calibration")
    if not known:
        return table
    biases = dict(zip(card.get("classes", classes), known["biases"], strict=True))
    changed = {
        f"{LOGIT}{name}": table[f"{LOGIT}{name}"] / known["temperature"] + biases[name]
        for name in classes
    }
    return table.assign(**changed)


def _lead(delivered: pd.DataFrame, pixels: pd.DataFrame, findings: Findings) -> Estimate:
    both = pd.concat([delivered, pixels])
    both = both[both["part"] == "test"]
    if both["recipe"].nunique() < 2:
        return NOTHING
    reference = str(pixels["recipe"].iloc[0])
    found = compare(both, reference=reference, metric=findings.metric.name, level=findings.level)
    return Estimate(*found[["difference", "low", "high"]].iloc[0].astype(float))
