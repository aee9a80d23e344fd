"""What gives the class away: clues that are no disease, and sources that go with a class."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.evaluate.clue_strength import (
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
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import NOTHING, Estimates, Findings, estimates, in_words
from pleura.report.folder import TableFile
from pleura.report.numbers import at_labels, capital, count, decimal, interval, listing
from pleura.report.section import Block, Caution, Section, Words
from pleura.report.sections.sources_of_classes import SOURCES
from pleura.report.study import Study
from pleura.report.table import Cell, Column, Table, measured
from pleura.tables import LOGIT, read_predictions, require_columns

MACRO = "macro"
GUESSING, SURELY = 0.5, 0.95  # AUROC
CLEARLY = 0.05  # above another AUROC
SAID = {  # in a sentence
    OUTER: "the outer 15 % of the image alone",
    FILE: "the file’s size and aspect with the image’s mean gray",
    GRAY: "mean gray alone",
    WHOLE: "32 × 32 pixels of the whole image",
    SOURCE: "the source alone",
}


def _read(path: Path) -> pd.DataFrame:
    table = read_predictions(path)
    require_columns(table, ("target",), path, "columns missing:")
    for column in (name for name in table.columns if str(name).startswith(LOGIT)):
        table[column] = pd.to_numeric(table[column], errors="coerce")  # of one target only
    return table


CLUES = TableFile("clues.csv", read=_read)


@dataclass(frozen=True)
class Clues:
    """`found`: AUROC by (clue, target, class or "macro"); `sizes`: test patients and images by
    target; `sole`: classes that come from one source only, each with it; `together`: Cramer's V
    between source and class, nan for one source. `counts` are the patients by source and class."""

    found: Estimates
    sizes: Mapping[str, tuple[int, int]]
    counts: pd.DataFrame
    sole: Mapping[str, str]
    together: float

    def named(self, target: str) -> list[str]:
        """The clues for one target, in the order of their measuring."""
        return [clue for clue, of, name in self.found if of == target and name == MACRO]


def find_clues(contents: ClassifierFolder, findings: Findings) -> Clues | None:
    """Evaluate clues.csv and sources.csv of a study; None where there are none."""
    predictions, counts = contents.table(CLUES), contents.table(SOURCES)
    if predictions.empty:
        return None
    table = by_clue(predictions, level=findings.level)
    sizes = table.groupby("target")[["patients", "images"]].max()
    return Clues(
        found=estimates(table, "clue", "target", "class"),
        sizes={str(target): (int(p), int(i)) for target, p, i in sizes.itertuples(name=None)},
        counts=counts,
        sole=of_one_source(counts, findings.classes),
        together=cramers_v(counts),
    )


def frame_caution(clues: Clues, findings: Findings) -> str:
    """That the outer frame alone does as well as the best recipe; empty where it does not."""
    largest = findings.fractions[-1]
    best = findings.best_recipe(largest)
    if best is None:
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


def file_caution(clues: Clues, findings: Findings) -> tuple[str, bool]:
    """Where no source is known: that size and aspect of the files tell classes apart, and whether
    that touches the verdict; an empty text where they do not, or where sources are known.

    They count where they tell a class, with the whole interval above guessing and clearly better
    than the mean gray that goes with them. It touches the verdict where they do as well as the
    best recipe, or tell a class nearly always.
    """
    if any(clues.counts["source"] != ""):
        return "", False
    told = {
        name: found
        for (clue, target, name), found in clues.found.items()
        if (clue, target) == (FILE, CLASS)
        and found.low > GUESSING
        # Where mean gray was not measured by itself, its nan lets the file count.
        and not found.value <= clues.found.get((GRAY, CLASS, name), NOTHING).value + CLEARLY
    }
    if not told:
        return "", False
    classes = [f"“{name}” ({in_words(found)})" for name, found in told.items() if name != MACRO]
    macro = clues.found[FILE, CLASS, MACRO]
    largest = findings.fractions[-1]
    best = findings.best_recipe(largest)
    reached = findings.estimate(best, largest, "auroc").value if best else float("nan")
    serious = macro.value >= reached or max(found.value for found in told.values()) >= SURELY
    of_class = f", and {listing(classes)} from the rest" if classes else ""
    return (
        "The size and aspect of the files, with their mean gray, tell the classes apart with a "
        f"macro AUROC of {in_words(macro)}{of_class}: the images were not made or stored in one "
        "way, and a network may have learned which way instead of disease. No source is given; a "
        "column “source” (hospital, device or collection) would tell more."
    ), serious


def clue_sentences(clues: Clues, findings: Findings) -> list[str]:
    """What the clues show, as sentences for a reader who skips the table."""
    told = [_told(clues, CLASS, "the class with a macro AUROC of ")]
    best = findings.best_recipe(findings.fractions[-1])
    if best:
        value = findings.estimate(best, findings.fractions[-1], "auroc")
        told[0] += f" The best recipe, {best}, reaches {in_words(value)} on the whole image."
    if SOURCE in clues.sizes:
        told.append(_told(clues, SOURCE, "the source with an AUROC of "))
    if not any(clues.counts["source"] != ""):
        told.append(
            "No source is given for the images: with a column “source” (hospital, device or "
            "collection) this section would tell how far the class follows from it, and the one "
            "before how recipes do within a source."
        )
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
            f"{in_words(clues.found[clue, CLASS, name])} from {SAID[clue]}"
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
        f"{in_words(clues.found[clue, target, MACRO])} from {SAID[clue]}"
        for clue in clues.named(target)
    ]
    patients, images = clues.sizes[target]
    return (
        f"A forest tells {what}{listing(values)} ({count(images, 'test image')} of "
        f"{count(patients, 'patient')})."
    )


def clue_table(clues: Clues, findings: Findings) -> Table:
    """AUROC of the class, of each class against the rest, and of the source, a row a clue."""
    classes = (MACRO, *(findings.classes if len(findings.classes) > 2 else ()))
    keys = [(CLASS, name) for name in classes]
    keys += [(SOURCE, MACRO)] if SOURCE in clues.sizes else []
    rows = [
        [
            Cell(capital(clue)),
            *(measured(clues.found.get((clue, *key), NOTHING)) for key in keys),
        ]
        for clue in clues.named(CLASS)
    ]
    columns = [
        Column("What is known"),
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
        Column("Source"),
        *(Column(name, "patients") for name in findings.classes),
    ]
    rows = [
        [Cell(source or "unknown"), *(Cell(f"{n:,.0f}", order=float(n)) for n in held)]
        for source, *held in table.itertuples(name=None)
    ]
    return Table("Patients by source and class", columns, rows)


def _find(study: Study[ClassifierFolder]) -> Clues | None:
    return find_clues(study.recipes.contents, study.recipes.findings)


def _blocks(study: Study[ClassifierFolder], clues: Clues) -> Iterator[Block]:
    findings = study.recipes.findings
    yield Words(sentences=clue_sentences(clues, findings))
    yield clue_table(clues, findings)
    if counts := count_table(clues, findings):
        yield counts


def _doubts(study: Study[ClassifierFolder], clues: Clues) -> Iterator[Caution]:
    findings = study.recipes.findings
    for text, serious in ((frame_caution(clues, findings), True), file_caution(clues, findings)):
        if text:
            yield Caution(text, serious)


SECTION = Section("clues", _find, _blocks, _doubts, warns=20)
