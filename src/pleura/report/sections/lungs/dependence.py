"""Whether recipes look at the lungs: what hiding them costs, and where heat maps lie."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pleura.evaluate.attention import ATTENTION, attention_means, compare_attention, read_attention
from pleura.evaluate.heatmap_sizes import LEAST
from pleura.evaluate.hidden_lungs import CAUSAL, LOST, by_lungs
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import (
    GUESSING,
    MACRO,
    NOTHING,
    Comparison,
    Estimate,
    Estimates,
    Findings,
    comparisons,
    estimates,
    in_words,
)
from pleura.report.folder import TableFile
from pleura.report.numbers import decimal, listing
from pleura.report.prose import sentences
from pleura.report.section import Cautions, warn
from pleura.tables import NO_LUNGS

MAPS = TableFile("attention.csv", ATTENTION, read=read_attention)
ALL, SURE = "all", "sure"  # masks: whatever they are, or only those that are not doubtful
HIGH = 0.7  # AUROC from which a recipe would pass for a diagnosis
MOSTLY = 0.5  # share of doubtful masks
TOLD = 3  # recipes in a caution with their numbers; the table has all
OF_MAPS = ("masks", "recipe", "method", "measure")


@dataclass(frozen=True)
class Hidden:
    """AUROC by (recipe, class or "macro", what is shown); `against`: by (recipe,) its `CAUSAL` less
    that of the reference; `unclear`: why there is neither."""

    auroc: Estimates
    against: Mapping[tuple[str], Comparison]
    unclear: str

    def of(self, recipe: str, shown: str, name: str = MACRO) -> Estimate:
        """An AUROC or a difference of two, nan where there is none."""
        return self.auroc.get((recipe, name, shown), NOTHING)


@dataclass(frozen=True)
class LungFindings:
    """At the largest fraction. `hidden`: by masks, `SURE` only where some are doubtful. Of heat
    maps by `OF_MAPS`, see `pleura.evaluate.attention`: `means`, their `empty` maps without mass,
    and what is `compared` with the reference; by (recipe, method) `grids`, the positions along a
    side, and in none of the former those that are too `coarse` to tell a place in a lung. `images`,
    `doubtful`: test images with a mask, and with a doubtful one; `seeds`: of the recipes' trainings
    there; `overlap`: mean share of the lungs that the same shape elsewhere still covers."""

    hidden: Mapping[str, Hidden]
    means: Estimates
    empty: Mapping[Any, int]
    compared: Mapping[Any, Comparison]
    grids: Mapping[tuple[str, str], str]
    coarse: tuple[tuple[str, str], ...]
    images: int
    doubtful: int
    seeds: int
    overlap: float


def find_lungs(contents: ClassifierFolder, findings: Findings) -> LungFindings | None:
    """Evaluate predictions with lungs hidden, and heat maps; None where no lungs are known."""
    predictions, attention = contents.predictions, contents.table(MAPS)
    with_mask = set(predictions.loc[predictions["part"] == NO_LUNGS, "image"])
    with_mask |= set(attention["image"])
    if not with_mask:
        return None
    attention = attention[attention["recipe"].isin(list(findings.looks))]
    doubtful = set(attention.loc[attention["doubtful"].astype(bool), "image"])
    hidden = {ALL: _hidden(predictions, findings, None)}
    if doubtful:
        hidden[SURE] = _hidden(predictions, findings, with_mask - doubtful)
    grids = attention.groupby(["recipe", "method"])["grid"]
    # One coarse run leaves out the whole recipe: the others alone would be of fewer seeds.
    fine = attention[grids.transform("min") >= LEAST]
    sides = {(str(recipe), str(method)): sorted(set(grid)) for (recipe, method), grid in grids}
    means = attention_means(fine, level=findings.level)
    compared = compare_attention(fine, reference=findings.reference, level=findings.level)
    at_largest = predictions["fraction"] == findings.fractions[-1]
    return LungFindings(
        hidden=hidden,
        means=estimates(means, *OF_MAPS),
        empty=means.set_index([*OF_MAPS])["empty"].to_dict(),
        compared=comparisons(compared, *OF_MAPS),
        grids={
            key: listing([f"{side:.0f} × {side:.0f}" for side in every])
            for key, every in sides.items()
        },
        coarse=tuple(key for key, every in sides.items() if every[0] < LEAST),
        images=len(with_mask),
        doubtful=len(doubtful),
        seeds=predictions.loc[at_largest, "seed"].nunique(),
        overlap=float(attention.drop_duplicates("image")["overlap"].mean()),
    )


def _hidden(
    predictions: pd.DataFrame, findings: Findings, images: Collection[str] | None
) -> Hidden:
    by_part = by_lungs(
        predictions,
        fraction=findings.fractions[-1],
        reference=findings.reference,
        level=findings.level,
        images=images,
    )
    return Hidden(
        estimates(by_part.table, "recipe", "class", "shown"),
        comparisons(by_part.compared, "recipe"),
        by_part.unclear,
    )


def verdict(hidden: Hidden, recipe: str) -> tuple[str, str]:
    """What hiding the lungs shows of a recipe, in words, and their tone ("good", "bad" or "").

    A recipe whose AUROC on whole images is not above guessing has no answer to come from anywhere.
    Others need the lungs where hiding them is shown to cost more than hiding the same shape
    elsewhere; in part where it is shown, too, to cost less than half the skill, AUROC - .5 on whole
    images. They hardly need them where that cost is shown to be below half the skill but not above
    0, and all that is lost without the lungs is shown to be below half the skill, too: that keeps a
    network which any hole upsets, wherever it is, from passing for one that looks elsewhere.

    Half the skill is that of the estimate, whose own error no interval here carries. With the cost
    alone that would say too often that it is below; both conditions of "hardly" together make up
    for it (measured: docs/concepts/lung-attention.md).
    """
    whole, cost = hidden.of(recipe, "whole"), hidden.of(recipe, CAUSAL)
    half = (whole.value - GUESSING) / 2
    if not whole.low > GUESSING:
        return "not shown to beat guessing", ""
    if cost.low > 0:
        return ("needs the lungs in part", "") if cost.high < half else ("needs the lungs", "good")
    if cost.high < half and hidden.of(recipe, LOST).high < half:
        return "hardly needs the lungs", "bad"
    return "not shown to need the lungs", ""


def lung_cautions(lungs: LungFindings, findings: Findings) -> Cautions:
    """Recipes whose answer hardly needs the lungs though it is right, and doubtful masks."""
    hidden = lungs.hidden[ALL]
    high = [name for name in findings.recipes if not hidden.of(name, "whole").value < HIGH]
    verdicts = {name: verdict(hidden, name) for name in high}
    if cheats := [name for name, (_, tone) in verdicts.items() if tone == "bad"]:
        costs = [
            f"{in_words(hidden.of(name, CAUSAL))} of "
            f"{decimal(hidden.of(name, 'whole').value - GUESSING)} above guessing for “{name}”"
            for name in cheats
        ]
        yield warn("lungs", "hardly_needed", costs=listing(costs, TOLD))
    unclear = [n for n, (text, _) in verdicts.items() if text == "not shown to need the lungs"]
    if unclear:
        yield warn("lungs", "not_shown", unclear=unclear, serious=False)
    if lungs.doubtful > MOSTLY * lungs.images:
        yield warn("lungs", "doubtful", lungs=lungs, serious=False)


def lung_facts(lungs: LungFindings, contents: ClassifierFolder, findings: Findings) -> list[str]:
    """What the masks are, as sentences."""
    source = contents.data.get("lungs")
    a_network = isinstance(source, Mapping) and (source.get("masker") or source.get("study"))
    return sentences(
        "lungs",
        "about_masks",
        lungs=lungs,
        images=findings.images,
        a_network=a_network,
        moved=math.isfinite(lungs.overlap),
        unclear=lungs.hidden[ALL].unclear,
    )
