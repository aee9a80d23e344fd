"""Recipes against the best pixel baseline: the paired comparison, and the verdict in words."""

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pleura.evaluate.compare import compare
from pleura.report.findings import NOTHING, Estimate, Findings
from pleura.report.folder import Folder, of_draw
from pleura.report.numbers import at_labels, listing
from pleura.report.study import Judged, Study
from pleura.report.verdict import FRACTIONS_TOLD, size
from pleura.tables import MEMBERS


def with_pixels(
    findings: Findings, test: pd.DataFrame, compare: Callable[..., pd.DataFrame] = compare
) -> Findings:
    """`findings` with every recipe of the predictions `test` compared, at each fraction, with the
    baseline that is best there, by `compare`. Recipes that share no seed with it are left out."""
    every = [
        against(findings, test, fraction, best, findings.recipes, compare)
        for fraction in findings.fractions
        if (best := findings.best_baseline(fraction))
    ]
    tables = [table for table in every if table is not None]
    return replace(findings, against_pixels=pd.concat(tables)) if tables else findings


def against(
    findings: Findings,
    test: pd.DataFrame,
    fraction: float,
    reference: str,
    others: Collection[str],
    compare: Callable[..., pd.DataFrame],
) -> pd.DataFrame | None:
    """Those of the `others` that share a seed with a reference of their own, compared with it at a
    fraction as the study asks; None where none does."""
    here = test[test["fraction"] == fraction]
    seeds = set(here.loc[here["recipe"] == reference, "seed"])
    rivals = here.loc[here["recipe"].isin(others) & here["seed"].isin(seeds), "recipe"]
    if rivals.empty:
        return None
    both = here[here["recipe"].isin({reference, *rivals})]
    asked = {"metric": findings.metric, "margin": findings.margin, "level": findings.level}
    return compare(both, reference=reference, **asked)


def lead_of_model(its: Folder, test: pd.DataFrame, judged: Judged) -> tuple[Estimate, str]:
    """The paired difference of the model that is handed over, alone in the folder `its`, to the
    best pixel baseline of the predictions `test` with the same fold and seed, of an ensemble with
    the seed of each member; and the name of the baseline. nan and empty without any."""
    card, findings = its.best, judged.findings
    baseline = findings.best_baseline(float(card["fraction"])) or ""
    seeds = [each["seed"] for each in (card, *card.get(MEMBERS, ()))]
    of_seeds = [of_draw(test, {**card, "seed": seed}) for seed in seeds]
    pixels = test[(test["recipe"] == baseline) & np.logical_or.reduce(of_seeds)]
    if pixels.empty:
        return NOTHING, baseline
    both = pd.concat([*(its.test.assign(seed=seed) for seed in seeds), pixels])
    asked = {"metric": findings.metric, "level": findings.level}
    compared = judged.compare(both, reference=baseline, **asked)
    return Estimate(*compared[["difference", "low", "high"]].iloc[0].astype(float)), baseline


def behind_pixels(study: Study[Any]) -> bool:
    """Whether the model that is handed over is not shown to beat the best pixel baseline of the
    same patients; False where there is no such comparison."""
    model = study.model
    return bool(
        model and not math.isnan(model.lead.value) and not study.findings.shown_better(model.lead)
    )


def pixel_verdict(findings: Findings) -> str:
    """Where the best recipe is not shown to beat the best pixel baseline, that in a sentence for
    each claim, fewest labels first; a recipe that stands alone is told to beat it, too."""
    claims: dict[str, list[tuple[str, str]]] = {}
    for fraction in findings.fractions:
        baseline, best = findings.best_baseline(fraction), findings.best_recipe(fraction)
        if baseline is None or best is None:
            continue
        claim, amount = _claim(findings, best, baseline, fraction)
        if claim:
            claims.setdefault(claim, []).append((amount, at_labels(fraction)))
    return " ".join(
        f"{claim} {_amounts_and_places(amounts, everywhere=findings.fractions == (1,))}."
        for claim, amounts in claims.items()
    )


def _amounts_and_places(amounts: list[tuple[str, str]], *, everywhere: bool) -> str:
    if everywhere:
        return amounts[0][0]
    if len(amounts) > FRACTIONS_TOLD:
        return listing([where for _, where in amounts])
    return ", and ".join(f"{amount}, {where}" for amount, where in amounts)


def _claim(findings: Findings, best: str, baseline: str, fraction: float) -> tuple[str, str]:
    """A claim and its amount; two empty texts where the best recipe is shown to beat pixels."""
    leads = {
        recipe: findings.lead(recipe, fraction)
        for recipe in findings.recipes
        if findings.has(recipe, fraction)
    }
    pixels = f"the pixel baseline “{baseline}”"
    if findings.shown_better(leads[best]):
        alone = len(findings.recipes) == 1
        return (f"It beats {pixels}", f"by {size(findings, leads[best])}") if alone else ("", "")
    values = [findings.primary(name, fraction).value for name in (baseline, best)]
    bar, value = (findings.metric.decimal(each) for each in values)
    amount = f"({bar} for it and {best})" if bar == value else f"({bar} against {value} for {best})"
    if all(findings.shown_worse(lead) for lead in leads.values()):
        return f"The pixel baseline “{baseline}” beats every recipe", amount
    if any(findings.shown_better(lead) for lead in leads.values()):
        return f"The best recipe, {best}, is not shown to beat {pixels}", amount
    return f"No recipe is shown to beat {pixels}", amount
