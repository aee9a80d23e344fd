"""What gives the class away: clues that are no disease, and sources that go with a class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.data.hidden import FRAME
from pleura.evaluate.clue_strength import (
    BACKGROUND,
    CLASS,
    FILE,
    GRAY,
    OUTER,
    SIZE,
    SOURCE,
    SPREAD,
    WHOLE,
    by_clue,
    cramers_v,
    of_one_source,
)
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import (
    GUESSING,
    MACRO,
    NOTHING,
    Estimate,
    Estimates,
    Findings,
    estimates,
    in_words,
)
from pleura.report.folder import TableFile
from pleura.report.lung_crops import cropping_of
from pleura.report.numbers import at_labels, capital, listing
from pleura.report.prose import sentences
from pleura.report.section import Blocks, Cautions, Section, Words, tables, warn
from pleura.report.sections.sources_of_classes import SOURCES
from pleura.report.table import Cell, Column, Table
from pleura.tables import LOGIT, read_predictions
from pleura.wording import absence

SURELY = 0.95  # AUROC
CLEARLY = 0.05  # above another AUROC
SAID = {  # in a sentence
    OUTER: "the outer 15 % of the image alone",
    SIZE: "the file’s size and aspect",
    GRAY: "mean gray alone",
    SPREAD: "the spread of gray alone",
    FILE: "the file’s size and aspect with the image’s mean gray",
    WHOLE: "32 × 32 pixels of the whole image",
    BACKGROUND: "32 × 32 pixels of the image without its lungs",
    SOURCE: "the source alone",
}


def _read(path: Path) -> pd.DataFrame:
    table = read_predictions(path, also=("target",))
    for column in (name for name in table.columns if str(name).startswith(LOGIT)):
        table[column] = pd.to_numeric(table[column], errors="coerce")  # of one target only
    return table


CLUES = TableFile("clues.csv", read=_read)


@dataclass(frozen=True)
class Clues:
    """`auroc` by (clue, target, class or "macro"); `sizes`: test patients and images by target;
    `sole`: classes that come from one source only, each with it; `together`: Cramer's V between
    source and class, nan for one source, and of findings, since a patient can have several.
    `counts` are the patients by source and class."""

    auroc: Estimates
    sizes: Mapping[str, tuple[int, int]]
    counts: pd.DataFrame
    sole: Mapping[str, str]
    together: float

    def named(self, target: str) -> list[str]:
        """The clues for one target, in the order of their measuring."""
        return [clue for clue, of, name in self.auroc if of == target and name == MACRO]

    def areas(self, target: str, name: str, clues: Sequence[str] = ()) -> str:
        """`.910 (.890 to .930) from the source alone and ...`: AUROC of those of the `clues` that
        were measured, by default of all of `SAID` and of others that tell more than guessing."""
        areas = [
            f"{in_words(self.auroc[clue, target, name])} from {SAID.get(clue, f'{clue} alone')}"
            for clue in clues or self._telling(target, name)
            if (clue, target, name) in self.auroc
        ]
        return listing(areas)

    def _telling(self, target: str, name: str) -> list[str]:
        return [
            clue
            for clue in self.named(target)
            if clue in SAID or self.auroc[clue, target, name].low > GUESSING
        ]

    @property
    def source_is_class(self) -> bool:
        """Whether each class comes from a source of its own, which holds no other: telling one is
        telling the other."""
        held = self.counts[self.counts["patients"] > 0]
        of_each = held["source"].nunique(), held["class"].nunique(), len(held)
        return len(set(of_each)) == 1 and len(held) > 1 and not (held["source"] == "").any()

    @property
    def of_files(self) -> str:
        """The clue that tells most of size and aspect: these alone, or with mean gray in a table in
        which they have no row of their own."""
        return SIZE if (SIZE, CLASS, MACRO) in self.auroc else FILE

    @property
    def with_source(self) -> pd.DataFrame:
        """The counts of patients whose source is known."""
        return self.counts[self.counts["source"] != ""]


def find_clues(study: ClassifierStudy) -> Clues | None:
    """Evaluate clues.csv and sources.csv of a study; None where there are none."""
    contents, findings = study.recipes.contents, study.recipes.findings
    predictions, counts = contents.table(CLUES), contents.table(SOURCES)
    if predictions.empty:
        return None
    table = by_clue(predictions, level=findings.level)
    sizes = table.groupby("target")[["patients", "images"]].max()
    return Clues(
        auroc=estimates(table, "clue", "target", "class"),
        sizes={str(target): (int(p), int(i)) for target, p, i in sizes.itertuples(name=None)},
        counts=counts,
        sole=of_one_source(counts, findings.classes),
        together=cramers_v(counts) if findings.noun.single else math.nan,
    )


def _best(findings: Findings) -> tuple[str | None, Estimate]:
    """The best recipe at the largest fraction, and its AUROC; nan where there is none."""
    largest = findings.fractions[-1]
    best = findings.best_recipe(largest)
    return best, findings.estimate(best, largest, "auroc") if best else NOTHING


def clue_cautions(study: ClassifierStudy, clues: Clues) -> Cautions:
    """That the outer frame alone does as well as the best recipe; that what is recorded beside the
    images tells classes apart; and, where no source is known, that size and aspect of the files do.

    Files count where they tell a class clearly better than guessing does, with the whole interval
    above it; in a table that has them with mean gray only, clearly better than mean gray. It
    touches the verdict where they do as well as the best recipe, or tell a class nearly always. The
    frame touches it where no lung lies there because images are cropped.
    """
    findings = study.recipes.findings
    best, reached = _best(findings)
    frame = clues.auroc.get((OUTER, CLASS, MACRO), NOTHING)
    if frame.value >= reached.value:
        largest = findings.fractions[-1]
        crop = cropping_of(study.recipes.contents.data)
        lung = crop is not None and crop.shows_lung_within(FRAME)
        scores = {"frame": frame, "best": best, "reached": reached, "largest": largest}
        yield warn("clues", "frame", serious=not lung, cropped=crop is not None, **scores)
    recorded = {
        clue: auroc
        for clue in clues.named(CLASS)
        for auroc in [clues.auroc[clue, CLASS, MACRO]]
        if clue not in SAID and auroc.low > GUESSING and auroc.value > GUESSING + CLEARLY
    }
    if recorded:
        most = max(auroc.value for auroc in recorded.values())
        serious = most >= reached.value or most >= SURELY
        named = [f"“{clue}” ({in_words(auroc)})" for clue, auroc in recorded.items()]
        yield warn("clues", "recorded", serious=serious, noun=findings.noun, named=named)
    tells = {
        name: auroc
        for (clue, target, name), auroc in clues.auroc.items()
        if (clue, target) == (clues.of_files, CLASS)
        and auroc.low > GUESSING
        and auroc.value > _without_files(clues, name) + CLEARLY
    }
    if tells and clues.with_source.empty:
        macro = clues.auroc[clues.of_files, CLASS, MACRO]
        surely = max(auroc.value for auroc in tells.values()) >= SURELY
        classes = [  # of two, each is told from the rest as the other is
            f"“{name}” ({in_words(auroc)})"
            for name, auroc in tells.items()
            if name != MACRO and (len(findings.classes) > 2 or not findings.noun.single)
        ]
        serious = macro.value >= reached.value or surely
        gray = clues.of_files == FILE
        words = {"noun": findings.noun, "macro": macro, "classes": classes, "gray": gray}
        yield warn("clues", "file", serious=serious, **words)


def _without_files(clues: Clues, name: str) -> float:
    """The AUROC of a class that is reached without size and aspect: by guessing, or by the mean
    gray that goes with them."""
    if clues.of_files == SIZE:
        return GUESSING
    gray = clues.auroc.get((GRAY, CLASS, name), NOTHING).value
    return GUESSING if math.isnan(gray) else gray


def clue_sentences(clues: Clues, findings: Findings) -> list[str]:
    """What the clues show, as sentences for a reader who skips the table."""
    best, reached = _best(findings)
    held = clues.counts.set_index(["source", "class"])["patients"]
    alone = []
    for name, source in clues.sole.items():
        here = held[source] if findings.noun.single else held[source].reindex([name, absence(name)])
        alone.append((name, source, here))
    return sentences(
        "clues",
        "sentences",
        noun=findings.noun,
        clues=clues,
        best=best,
        reached=reached,
        with_source=clues.with_source["patients"].sum(),
        alone=alone,
        of_a_class=[SOURCE, clues.of_files, OUTER],
    )


def clue_table(clues: Clues, findings: Findings) -> Table:
    """AUROC of the class, of each class against the rest, and of the source, a row a clue."""
    columns = {(CLASS, MACRO): Column(capital(findings.noun.one), MACRO)}
    if len(findings.classes) > 2:
        columns |= {(CLASS, name): Column(name) for name in findings.classes}
    if SOURCE in clues.sizes and not clues.source_is_class:
        columns |= {(SOURCE, MACRO): Column("Source", MACRO)}
    rows = [
        [
            Cell(capital(clue)),
            *(cells.estimate(clues.auroc.get((clue, *key), NOTHING)) for key in columns),
        ]
        for clue in clues.named(CLASS)
    ]
    title = f"AUROC of a forest that knows only this, {at_labels(findings.fractions[-1])}"
    return Table.of(title, rows, "What is known", *columns.values())


def count_table(clues: Clues, findings: Findings) -> Table | None:
    """Patients by source and class; None for one source."""
    table = clues.counts.pivot_table(
        "patients", "source", "class", aggfunc="sum", fill_value=0
    ).reindex(columns=list(findings.classes), fill_value=0)
    rows = [
        [Cell(source or "unknown"), *(Cell(f"{n:,.0f}", order=float(n)) for n in held)]
        for source, *held in table.itertuples(name=None)
    ]
    columns = [Column(name, "patients") for name in findings.classes]
    title = f"Patients by source and {findings.noun.one}"
    return Table.of(title, rows, "Source", *columns) if len(rows) > 1 else None


def _blocks(study: ClassifierStudy, clues: Clues) -> Blocks:
    findings = study.recipes.findings
    yield Words(sentences=clue_sentences(clues, findings))
    yield from tables([clue_table(clues, findings), count_table(clues, findings)])


SECTION = Section("clues", find_clues, _blocks, clue_cautions, warns=20)
