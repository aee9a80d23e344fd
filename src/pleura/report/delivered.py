"""The model that is handed over as a row of its own: what it reaches on test as it is delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.report.best import name_of, of_training, with_its_row
from pleura.report.calibration import Probabilities, find_probabilities
from pleura.report.findings import NOTHING, Estimate, Findings
from pleura.report.folder import StudyFolder
from pleura.report.lungs import LungFindings, find_lungs
from pleura.report.numbers import METRICS, count, decimal, listing
from pleura.report.shortcuts import Shortcuts, find_shortcuts
from pleura.report.verdict import estimate_in_words
from pleura.tables import LOGIT

FIGURES = ("auroc", "accuracy")


@dataclass(frozen=True)
class Delivered:
    """One training: its `name` on the page, and its predictions.

    `trained` are its rows of the predictions as they are, under `name`; `delivered` the same with
    calibrated logits, as the model gives them. `run` is its row of the runs, `attention` are its
    rows of that table, under `name`. `contents` are the tables of the study with `delivered` and
    its run, `findings` those of the study with the model among the looks and in the summary; `lead`
    is its paired difference to the best pixel `baseline` of the same seed and fold, nan without
    one.
    """

    name: str
    trained: pd.DataFrame
    delivered: pd.DataFrame
    run: pd.DataFrame
    attention: pd.DataFrame
    contents: StudyFolder
    findings: Findings
    baseline: str
    lead: Estimate

    @property
    def fraction(self) -> float:
        """The share of the labels it was trained with."""
        return float(self.delivered["fraction"].iloc[0])

    def looks_alone(self) -> Findings:
        """The findings with this model as the only recipe to look at."""
        look = replace(self.findings.looks[self.name], kind="recipe")
        return replace(self.findings, looks={self.name: look})


def find_delivered(contents: StudyFolder, findings: Findings) -> Delivered | None:
    """The model in `best`; None where there is none, or the tables do not hold its predictions."""
    card = contents.best
    if not card:
        return None
    trained = of_training(contents.predictions, card)
    if not (trained["part"] == "test").any():
        return None
    name = name_of(card)
    trained = trained.assign(recipe=name)
    delivered = _calibrated(trained, card, contents.classes)
    summary = summarise(delivered[delivered["part"] == "test"], level=findings.level)
    baseline = findings.best_baseline(float(card["fraction"])) or ""
    pixels = of_training(contents.predictions, {**card, "recipe": baseline})
    also = ", calibrated" if card.get("calibration") else ""
    run = of_training(contents.runs, card)
    its_run = run.assign(recipe=name, kind="delivered")
    its = replace(
        contents,
        predictions=pd.concat([contents.predictions, delivered], ignore_index=True),
        runs=pd.concat([contents.runs, its_run], ignore_index=True),
    )
    return Delivered(
        name,
        trained,
        delivered,
        run,
        of_training(contents.attention, card).assign(recipe=name),
        its,
        with_its_row(findings, contents, summary, also),
        baseline,
        _lead(delivered, pixels, findings),
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


def with_its_lungs(
    delivered: Delivered | None, contents: StudyFolder, lungs: LungFindings | None
) -> LungFindings | None:
    """`lungs` with what hiding them costs the model, and where its heat maps lie."""
    if delivered is None or lungs is None:
        return lungs
    own = replace(contents, predictions=delivered.delivered, attention=delivered.attention)
    mine = find_lungs(own, delivered.findings)
    if mine is None:
        return lungs
    hidden = dict(lungs.hidden)
    for masks in hidden.keys() & mine.hidden.keys():
        auroc = {**hidden[masks].auroc, **mine.hidden[masks].auroc}
        hidden[masks] = replace(hidden[masks], auroc=auroc)
    means = pd.concat([lungs.means, mine.means], ignore_index=True)
    return replace(lungs, hidden=hidden, means=means, grids={**lungs.grids, **mine.grids})


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
