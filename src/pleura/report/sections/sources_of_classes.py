"""Classes and the sources they come from: what these data cannot tell apart, in words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from pleura.evaluate.clue_strength import of_one_source, without_common_source
from pleura.report.classification import ClassifierFolder
from pleura.report.folder import TableFile
from pleura.report.numbers import count, listing
from pleura.report.section import Caution, Section, doubt
from pleura.report.study import Study
from pleura.tables import require_columns

EVERY = 20  # classes: more than any study has
COLUMNS = ("source", "class", "patients", "images")


def _read(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype={"source": str, "class": str}, keep_default_na=False)
    require_columns(table, COLUMNS, path, "columns missing:")
    return table


SOURCES = TableFile("sources.csv", COLUMNS, read=_read)


def unanswerable(contents: ClassifierFolder) -> str:
    """That the data cannot tell disease from source, where every class comes from one source.

    Two classes of one source are not told apart by it: then it is said between which groups of
    classes. Empty where a class comes from several sources or from unknown ones.
    """
    classes, counts = contents.classes, contents.table(SOURCES)
    sole = of_one_source(counts, classes)
    if len(sole) < len(classes) or not without_common_source(counts, classes):
        return ""
    groups = [(source, names) for source, names in _by_source(sole).items()]
    told = listing([f"{_quoted(names)} from {source}" for source, names in groups], EVERY)
    if all(len(names) == 1 for _, names in groups):
        return (
            f"These data cannot answer the question: each class comes from a source of its own "
            f"({told}), and telling the sources apart would score as well as seeing disease."
        )
    return (
        f"These data cannot tell disease from source between {told}: telling these sources apart "
        "would score as well as seeing disease."
    )


def source_caution(contents: ClassifierFolder) -> str:
    """That classes come from one source only, which, and what it means; empty where none does."""
    counts = contents.table(SOURCES)
    sole = of_one_source(counts, contents.classes)
    if not sole:
        return ""
    patients = counts.groupby("class")["patients"].sum()
    held = []
    for source, names in _by_source(sole).items():
        told = [f"“{name}” ({count(patients[name], 'patient')})" for name in names]
        held.append(f"{listing(told, EVERY)} from {source}")
    every = "Every class comes" if len(sole) == len(contents.classes) else "Classes come"
    every = every if len(sole) > 1 else "One class comes"
    doubtful = _what_scores(sole, contents.classes)
    return (
        f"{every} from one source only: {'; '.join(held)}. {doubtful} may be that "
        "of telling collections apart (their devices, ages, file formats) instead of disease, and "
        f"{_who_can_tell(counts, sole)}.{_not_concerned(sole)}"
    )


def _what_scores(sole: Mapping[str, str], classes: Sequence[str]) -> str:
    """The score that is in doubt: that of all, or of classes against those of other sources."""
    groups = list(_by_source(sole).values())
    if len(groups) == len(classes):
        return "The score"
    between = [_quoted(names) for names in groups]
    return f"The score of telling {listing(between, EVERY)} from classes of other sources"


def _not_concerned(sole: Mapping[str, str]) -> str:
    """That classes of one source are not told apart by it."""
    shared = [names for names in _by_source(sole).values() if len(names) > 1]
    told = [f"{_quoted(names)} share a source, which does not tell them apart" for names in shared]
    return f" {'; '.join(told)}." if told else ""


def _by_source(sole: Mapping[str, str]) -> dict[str, list[str]]:
    by_source: dict[str, list[str]] = {}
    for name, source in sole.items():
        by_source.setdefault(source, []).append(name)
    return by_source


def _quoted(names: Sequence[str]) -> str:
    return listing([f"“{name}”" for name in names], EVERY)


def _who_can_tell(counts: pd.DataFrame, sole: Mapping[str, str]) -> str:
    """Only other classes from the same source tell disease from source; say how many there are.

    A class that shares its source with other classes of one source has those to be held against,
    but none of another source.
    """
    others = {}
    for name, source in sole.items():
        here = (counts["source"] == source) & (counts["class"] != name)
        others[name] = int(counts.loc[here, "patients"].sum())
    alone = [f"“{name}”" for name, number in others.items() if number == 0]
    if alone:
        return f"for {listing(alone, EVERY)} nothing in these data can tell which"
    fewest = min(others, key=lambda name: others[name])
    return (
        f"only patients of other classes from the same source can tell which: for “{fewest}” "
        f"there are {others[fewest]:,}"
    )


def _doubts(study: Study[ClassifierFolder]) -> list[Caution]:
    text = source_caution(study.recipes.contents)
    return [Caution(text)] if text else []


SECTION: Section[ClassifierFolder, bool] = doubt(_doubts, warns=15)
