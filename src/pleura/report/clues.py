"""What gives the class away: clues that are no disease, and sources that go with a class."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.clues import (
    CLASS,
    FILE,
    GRAY,
    OUTER,
    SOURCE,
    WHOLE,
    by_clue,
    cramers_v,
    of_one_source,
)
from pleura.report.findings import NOTHING, Estimate, Findings
from pleura.report.folder import StudyFolder
from pleura.report.numbers import at_labels, capital, count, decimal, interval, listing
from pleura.report.results import measured
from pleura.report.table import Cell, Column, Table

MACRO = "macro"
SAID = {  # in a sentence
    OUTER: "the outer 15 % of the image alone",
    FILE: "the file’s size and aspect with the image’s mean gray",
    GRAY: "mean gray alone",
    WHOLE: "32 × 32 pixels of the whole image",
    SOURCE: "the source alone",
}


@dataclass(frozen=True)
class Clues:
    """`found`: AUROC by (clue, target, class or "macro"); `sizes`: test patients and images by
    target; `sole`: classes that come from one source only, each with it; `together`: Cramer's V
    between source and class, nan for one source. `counts` are the patients by source and class."""

    found: Mapping[tuple[str, str, str], Estimate]
    sizes: Mapping[str, tuple[int, int]]
    counts: pd.DataFrame
    sole: Mapping[str, str]
    together: float

    def named(self, target: str) -> list[str]:
        """The clues for one target, in the order of their measuring."""
        return [clue for clue, of, name in self.found if of == target and name == MACRO]


def find_clues(contents: StudyFolder, findings: Findings) -> Clues | None:
    """Evaluate clues.csv and sources.csv of a study; None where there are none."""
    if contents.clues.empty:
        return None
    table = by_clue(contents.clues, level=findings.level)
    rows = table.itertuples(index=False, name=None)
    found = {(clue, target, name): Estimate(*ends) for clue, target, name, *ends, _, _ in rows}
    sizes = table.groupby("target")[["patients", "images"]].max()
    return Clues(
        found=found,
        sizes={str(target): (int(p), int(i)) for target, p, i in sizes.itertuples(name=None)},
        counts=contents.sources,
        sole=of_one_source(contents.sources, findings.classes),
        together=cramers_v(contents.sources),
    )


def frame_caution(clues: Clues | None, findings: Findings) -> str:
    """That the outer frame alone does as well as the best recipe; empty where it does not."""
    largest = findings.fractions[-1]
    best = findings.best_recipe(largest)
    if clues is None or best is None:
        return ""
    frame = clues.found.get((OUTER, CLASS, MACRO), NOTHING)
    reached = findings.estimate(best, largest, "auroc")
    if not frame.value >= reached.value:
        return ""
    return (
        f"A forest that sees the outer 15 % of the images alone reaches {decimal(frame.value)} "
        f"AUROC ({interval(frame.low, frame.high)}); the best recipe, “{best}”, reaches "
        f"{decimal(reached.value)} on whole images, {at_labels(largest)}."
    )


def source_caution(contents: StudyFolder) -> str:
    """That classes come from one source only, which, and what it means; empty where none does."""
    sole = of_one_source(contents.sources, contents.classes)
    if not sole:
        return ""
    patients = contents.sources.groupby("class")["patients"].sum()
    by_source: dict[str, list[str]] = {}
    for name, source in sole.items():
        told = f"“{name}” ({count(patients[name], 'patient')})"
        by_source.setdefault(source, []).append(told)
    held = [f"{listing(names)} from {source}" for source, names in by_source.items()]
    every = "Every class comes" if len(sole) == len(contents.classes) else "Classes come"
    every = every if len(sole) > 1 else "One class comes"
    return (
        f"{every} from one source only: {'; '.join(held)}. The score may be that of telling "
        "collections apart (their devices, ages, file formats) instead of disease, and "
        f"{_who_can_tell(contents.sources, sole)}."
    )


def _who_can_tell(counts: pd.DataFrame, sole: Mapping[str, str]) -> str:
    """Only other classes from the same source tell disease from source; say how many there are."""
    others = {}
    for name, source in sole.items():
        here = (counts["source"] == source) & (counts["class"] != name)
        others[name] = int(counts.loc[here, "patients"].sum())
    alone = [f"“{name}”" for name, number in others.items() if number == 0]
    if alone:
        return f"for {listing(alone)} nothing in these data can tell which"
    fewest = min(others, key=lambda name: others[name])
    return (
        f"only patients of other classes from the same source can tell which: for “{fewest}” "
        f"there are {others[fewest]:,}"
    )


def clue_sentences(clues: Clues, findings: Findings) -> list[str]:
    """What the clues show, as sentences for a reader who skips the table."""
    told = [_told(clues, CLASS, "the class with a macro AUROC of ")]
    best = findings.best_recipe(findings.fractions[-1])
    if best:
        value = findings.estimate(best, findings.fractions[-1], "auroc")
        told[0] += f" The best recipe, {best}, reaches {_ends(value)} on the whole image."
    if SOURCE in clues.sizes:
        told.append(_told(clues, SOURCE, "the source with an AUROC of "))
    if clues.together >= 0:
        known = clues.counts[clues.counts["source"] != ""]
        told.append(
            f"Between source and class, Cramér’s V is {decimal(clues.together)} over "
            f"{count(known['patients'].sum(), 'patient')}: at 0 the source tells nothing of the "
            "class, at 1 one follows from the other. (A patient of two classes counts twice.)"
        )
    for name, source in clues.sole.items():
        held = clues.counts[clues.counts["source"] == source].set_index("class")["patients"]
        text = (
            f"All patients with “{name}” ({held[name]:,.0f}) come from {source}; they are "
            f"{100 * held[name] / held.sum():.0f}\N{NO-BREAK SPACE}% of its patients."
        )
        areas = [
            f"{_ends(clues.found[clue, CLASS, name])} from {SAID[clue]}"
            for clue in (SOURCE, FILE, OUTER)
            if (clue, CLASS, name) in clues.found
        ]
        if areas:
            text += (
                f" A forest tells “{name}” from the rest with an AUROC of {listing(areas)}: what a "
                "recipe scores there may be that of telling collections apart."
            )
        told.append(text)
    return told


def _told(clues: Clues, target: str, what: str) -> str:
    """`A forest tells the class with a macro AUROC of .91 (.89 to .93) from ..., ...`."""
    values = [
        f"{_ends(clues.found[clue, target, MACRO])} from {SAID[clue]}"
        for clue in clues.named(target)
    ]
    patients, images = clues.sizes[target]
    return (
        f"A forest tells {what}{listing(values)} ({count(images, 'test image')} of "
        f"{count(patients, 'patient')})."
    )


def _ends(estimate: Estimate) -> str:
    return f"{decimal(estimate.value)} ({interval(estimate.low, estimate.high)})"


def clue_table(clues: Clues, findings: Findings) -> Table:
    """AUROC of the class, of each class against the rest, and of the source, a row a clue."""
    classes = (MACRO, *(findings.classes if len(findings.classes) > 2 else ()))
    keys = [(CLASS, name) for name in classes]
    keys += [(SOURCE, MACRO)] if SOURCE in clues.sizes else []
    rows = [
        [
            Cell(capital(clue)),
            *(measured(clues.found.get((clue, *key), NOTHING), "auroc") for key in keys),
        ]
        for clue in clues.named(CLASS)
    ]
    columns = [
        Column("What is known", number=False),
        *(Column("Class" if of == MACRO else of, MACRO if of == MACRO else "") for of in classes),
        *([Column("Source", MACRO)] if SOURCE in clues.sizes else []),
    ]
    return Table(
        f"AUROC of a forest that knows only this, {at_labels(findings.fractions[-1])}",
        columns,
        rows,
    )


def count_table(clues: Clues, findings: Findings) -> Table | None:
    """Patients by source and class; None for one source."""
    table = clues.counts.pivot_table(
        "patients", "source", "class", aggfunc="sum", fill_value=0
    ).reindex(columns=list(findings.classes), fill_value=0)
    if len(table) < 2:
        return None
    columns = [
        Column("Source", number=False),
        *(Column(name, "patients") for name in findings.classes),
    ]
    rows = [
        [Cell(source or "unknown"), *(Cell(f"{n:,.0f}", order=float(n)) for n in held)]
        for source, *held in table.itertuples(name=None)
    ]
    return Table("Patients by source and class", columns, rows)
