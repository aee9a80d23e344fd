"""Whether recipes look at the lungs: what hiding them costs, and where heat maps lie."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.attention import (
    ATTENTION,
    attention_means,
    compare_attention,
    read_attention,
)
from pleura.evaluate.hidden_lungs import CAUSAL, LOST, by_lungs
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import (
    NOTHING,
    Comparison,
    Estimate,
    Estimates,
    Findings,
    estimates,
    in_words,
)
from pleura.report.folder import TableFile
from pleura.report.numbers import count, decimal, listing, percent
from pleura.report.section import Caution
from pleura.tables import NO_LUNGS

MAPS = TableFile("attention.csv", ATTENTION, read=read_attention)
MACRO = "macro"
ALL, SURE = "all", "sure"  # masks: whatever they are, or only those that are not doubtful
GUESSING = 0.5
HIGH = 0.7  # AUROC from which a recipe would pass for a diagnosis
MOSTLY = 0.5  # share of doubtful masks
TOLD = 3  # recipes in a caution with their numbers; the table has all


@dataclass(frozen=True)
class Hidden:
    """AUROC by (recipe, class or "macro", what is shown); `against`: the recipe's `CAUSAL` less
    that of the reference; `unclear`: why there is neither."""

    auroc: Estimates
    against: Mapping[str, Comparison]
    unclear: str

    def of(self, recipe: str, shown: str, name: str = MACRO) -> Estimate:
        """An AUROC or a difference of two, nan where there is none."""
        return self.auroc.get((recipe, name, shown), NOTHING)


@dataclass(frozen=True)
class LungFindings:
    """At the largest fraction. `hidden`: by masks, `SURE` only where some are doubtful. `means`,
    `compared`: tables of `pleura.evaluate.attention`, with `grids`, the positions along a side of
    the maps by (recipe, method). `known`, `doubtful`: test images with a mask, and with a doubtful
    one; `seeds`: of the recipes' trainings there; `overlap`: mean share of the lungs that the same
    shape elsewhere still covers."""

    hidden: Mapping[str, Hidden]
    means: pd.DataFrame
    compared: pd.DataFrame
    grids: Mapping[tuple[str, str], str]
    known: int
    doubtful: int
    seeds: int
    overlap: float

    @property
    def masks(self) -> tuple[str, ...]:
        """Which masks are told of, all first."""
        return tuple(self.hidden)


def find_lungs(contents: ClassifierFolder, findings: Findings) -> LungFindings | None:
    """Evaluate predictions with lungs hidden, and heat maps; None where no lungs are known."""
    predictions, attention = contents.predictions, contents.table(MAPS)
    known = set(predictions.loc[predictions["part"] == NO_LUNGS, "image"])
    known |= set(attention["image"])
    if not known:
        return None
    attention = attention[attention["recipe"].isin(list(findings.looks))]
    flagged = set(attention.loc[attention["doubtful"].astype(bool), "image"])
    hidden = {ALL: _hidden(predictions, findings, None)}
    if flagged:
        hidden[SURE] = _hidden(predictions, findings, known - flagged)
    maps = attention.groupby(["recipe", "method"])
    return LungFindings(
        hidden=hidden,
        means=attention_means(attention, level=findings.level),
        compared=compare_attention(attention, reference=findings.reference, level=findings.level),
        grids={
            (str(recipe), str(method)): listing([f"{g:.0f} × {g:.0f}" for g in sorted(set(grid))])
            for (recipe, method), grid in maps["grid"]
        },
        known=len(known),
        doubtful=len(flagged),
        seeds=predictions.loc[predictions["fraction"] == findings.fractions[-1], "seed"].nunique(),
        overlap=float(attention.drop_duplicates("image")["overlap"].mean()),
    )


def _hidden(
    predictions: pd.DataFrame, findings: Findings, images: Collection[str] | None
) -> Hidden:
    found = by_lungs(
        predictions,
        fraction=findings.fractions[-1],
        reference=findings.reference,
        level=findings.level,
        images=images,
    )
    columns = ["recipe", "difference", "low", "high", "p", "p_holm"]
    rows = found.compared[columns].itertuples(index=False, name=None)
    return Hidden(
        auroc=estimates(found.table, "recipe", "class", "shown"),
        against={
            recipe: Comparison(recipe, Estimate(*numbers), p, p_holm, "")
            for recipe, *numbers, p, p_holm in rows
        },
        unclear=found.unclear,
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


def lung_cautions(lungs: LungFindings, findings: Findings) -> list[Caution]:
    """Recipes whose answer hardly needs the lungs though it is right, and doubtful masks."""
    hidden, cheats, unclear = lungs.hidden[ALL], [], []
    for recipe in findings.recipes:
        found, tone = verdict(hidden, recipe)
        whole, cost = hidden.of(recipe, "whole").value, hidden.of(recipe, CAUSAL)
        if whole < HIGH:
            continue
        if tone == "bad":
            cheats.append(
                f"{in_words(cost)} of {decimal(whole - GUESSING)} above guessing for “{recipe}”"
            )
        elif found == "not shown to need the lungs":
            unclear.append(f"“{recipe}”")
    told = []
    if cheats:
        text = (
            "The answer hardly needs the lungs: with them hidden, most of what is known stays "
            "known. More than hiding as much elsewhere, hiding them costs an AUROC of "
            f"{listing(cheats, TOLD)}. It may go by markers, borders or what is visible around "
            "the lungs, and by the outline of what is hidden."
        )
        told.append(Caution(text))
    if unclear:
        text = (
            "It is not shown that hiding the lungs costs more than hiding the same shape "
            f"elsewhere, for {listing(unclear)}."
        )
        told.append(Caution(text, serious=False))
    if lungs.doubtful > MOSTLY * lungs.known:
        text = (
            f"Most lung masks are doubtful ({lungs.doubtful:,} of "
            f"{count(lungs.known, 'test image')}): what is told of the lungs may be of other "
            "parts of the image."
        )
        told.append(Caution(text, serious=False))
    return told


def lung_facts(
    lungs: LungFindings, contents: ClassifierFolder, findings: Findings
) -> tuple[str, ...]:
    """What the masks are, as sentences."""
    source = contents.data.get("lungs")
    facts = [f"The lungs are known of {lungs.known:,} of {count(findings.images, 'test image')}."]
    if isinstance(source, Mapping) and (source.get("masker") or source.get("study")):
        facts.append(
            "A network drew their masks. Such masks fail more often where disease is, since it "
            "hides the border of the lungs: there a lung that is left out counts as outside."
        )
    if lungs.doubtful:
        facts.append(
            f"{count(lungs.doubtful, 'mask')} of them look doubtful; further tables leave these "
            "images out."
        )
    if math.isfinite(lungs.overlap):
        facts.append(
            f"Moved to where it meets the lungs least, their shape still covers "
            f"{percent(round(lungs.overlap, 2))} of them on average: that share stays hidden."
        )
    if lungs.seeds == 1:
        facts.append(
            "One seed: training variation is not in the intervals below. Another training of the "
            "same recipe may land outside them."
        )
    if lungs.hidden[ALL].unclear:
        facts.append(f"There is no AUROC with the lungs hidden: {lungs.hidden[ALL].unclear}.")
    return tuple(facts)
