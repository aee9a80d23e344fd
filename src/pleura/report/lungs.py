"""Whether recipes look at the lungs: what hiding them costs, and where heat maps lie."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.attention import attention_means, compare_attention
from pleura.evaluate.lungs import CAUSAL, PARTS, by_lungs
from pleura.report.doubts import Caution
from pleura.report.findings import NOTHING, Comparison, Estimate, Findings
from pleura.report.folder import StudyFolder
from pleura.report.numbers import count, decimal, listing, percent
from pleura.tables import NO_LUNGS

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

    auroc: Mapping[tuple[str, str, str], Estimate]
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
    one; `overlap`: mean share of the lungs that the same shape elsewhere still covers."""

    hidden: Mapping[str, Hidden]
    means: pd.DataFrame
    compared: pd.DataFrame
    grids: Mapping[tuple[str, str], str]
    known: int
    doubtful: int
    overlap: float

    @property
    def masks(self) -> tuple[str, ...]:
        """Which masks are told of, all first."""
        return tuple(self.hidden)


def find_lungs(contents: StudyFolder, findings: Findings) -> LungFindings | None:
    """Evaluate predictions with lungs hidden, and heat maps; None where no lungs are known."""
    predictions, attention = contents.predictions, contents.attention
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
    return Hidden(
        auroc={
            (recipe, name, shown): Estimate(*numbers)
            for recipe, name, shown, *numbers in found.table.itertuples(index=False, name=None)
        },
        against={
            recipe: Comparison(recipe, Estimate(*numbers), p, p_holm, "")
            for recipe, *numbers, p, p_holm in found.compared[columns].itertuples(
                index=False, name=None
            )
        },
        unclear=found.unclear,
    )


def verdict(hidden: Hidden, recipe: str, margin: float) -> tuple[str, str]:
    """What hiding the lungs shows of a recipe, in words, and their tone ("good", "bad" or "").

    A recipe whose AUROC on whole images is not above guessing has no answer to come from anywhere.
    Others need the lungs where hiding them is shown to cost more than hiding the same shape
    elsewhere. They do not where it costs no more, or is shown to cost at most `margin` more.
    """
    cost = hidden.of(recipe, CAUSAL)
    if not hidden.of(recipe, "whole").low > GUESSING:
        return "no better than guessing", ""
    if cost.value <= 0 or cost.high <= margin:
        return "does not need the lungs", "bad"
    if cost.low > 0:
        return "needs the lungs", "good"
    return "not shown to need the lungs", ""


def lung_cautions(lungs: LungFindings | None, findings: Findings) -> list[Caution]:
    """Recipes whose answer does not come from the lungs though it is right, and doubtful masks."""
    if lungs is None:
        return []
    hidden, cheats, unclear = lungs.hidden[ALL], [], []
    for recipe in findings.recipes:
        found, tone = verdict(hidden, recipe, findings.margin)
        if hidden.of(recipe, "whole").value < HIGH:
            continue
        if tone == "bad":
            whole, without, elsewhere, _ = (
                decimal(hidden.of(recipe, shown).value) for shown in PARTS
            )
            cheats.append(
                f"“{recipe}” ({whole} whole, {without} without the lungs, {elsewhere} without the "
                "same shape elsewhere)"
            )
        elif found.startswith("not shown"):
            unclear.append(f"“{recipe}”")
    told = []
    if cheats:
        text = (
            "The answer does not come from the lungs: hiding them costs no more AUROC than hiding "
            f"the same shape elsewhere, for {listing(cheats, TOLD)}."
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


def lung_facts(lungs: LungFindings, contents: StudyFolder, findings: Findings) -> tuple[str, ...]:
    """What the masks are, as sentences."""
    source = contents.data.get("lungs")
    facts = [f"The lungs are known of {lungs.known:,} of {count(findings.images, 'test image')}."]
    if isinstance(source, Mapping):
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
    if lungs.hidden[ALL].unclear:
        facts.append(f"There is no AUROC with the lungs hidden: {lungs.hidden[ALL].unclear}.")
    return tuple(facts)
