"""What both studies tell of an image: the classes, findings or structures that both have, and their
test results in the same words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pleura.compare.studies import Finished, Pair
from pleura.data.names import word_key
from pleura.errors import InputError
from pleura.evaluate.case_metrics import DISTANCES
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import measures as number_measures
from pleura.report.classification import ClassifierFolder
from pleura.report.measures import measures as case_measures
from pleura.report.nouns import RANGE, Noun
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.segmentation import CasesFolder
from pleura.tables import CALLED, LABEL, LOGIT, NUMBER
from pleura.wording import in_a_row

STRUCTURE = Noun("structure", "structures", "by itself", single=False)
PIXELS = "px"


@dataclass(frozen=True)
class Outcomes:
    """`names` are the classes that both have, as the first calls them; `only` what the first and
    the second have alone; `tables` the test results of both, by these names; `metrics` the records
    of their metrics, the primary one first; `noun` is what classes are called."""

    names: tuple[str, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    tables: tuple[pd.DataFrame, pd.DataFrame]
    metrics: Mapping[str, Metric]
    noun: Noun
    notes: tuple[str, ...] = ()


def outcomes_of(pair: Pair) -> Outcomes:
    """What both studies tell. Raises InputError where that is nothing that can be compared."""
    contents = pair[0].contents
    if isinstance(contents, CasesFolder):
        found = _structures(pair)
    elif isinstance(contents, NumbersFolder):
        found = _numbers(pair)
    else:
        found = _classes(pair)
    return _primary_first(pair, found)


def _classes(pair: Pair) -> Outcomes:
    one, two = (_classifiers(each) for each in pair)
    called, only = _in_common(pair, one.classes, two.classes, one.noun)
    names = tuple(called)
    if one.noun.ordered and (any(only) or [*called.values()] != [*two.classes]):
        raise InputError(
            f"{pair[0].folder} has the grades {', '.join(one.classes)}, {pair[1].folder} "
            f"{', '.join(two.classes)}: a mistake by one grade is not the same in both"
        )
    if one.noun.single and len(names) < 2:
        raise InputError(
            f"{pair[0].folder} and {pair[1].folder} have one class in common, {names[0]}; it takes "
            "two to tell one from the other"
        )
    tables = (
        _of_classes(one.test, {name: name for name in names}, single=one.noun.single),
        _of_classes(two.test, {its: ours for ours, its in called.items()}, single=one.noun.single),
    )
    notes = []
    if any(only) and one.noun.single:
        notes.append(
            f"Of both studies only images of {in_a_row(names)} are compared, and probabilities are "
            "those among these classes"
        )
    return Outcomes(names, only, tables, one.metrics, one.noun, tuple(notes))


def _classifiers(study: Finished) -> ClassifierFolder:
    assert isinstance(study.contents, ClassifierFolder)
    return study.contents


def _in_common(
    pair: Pair, first: Sequence[str], second: Sequence[str], noun: Noun
) -> tuple[dict[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
    """What the second calls each name that both have, and what either has alone. Raises InputError
    for no name in common."""
    theirs = {word_key(name): name for name in second}
    called = {name: theirs[word_key(name)] for name in first if word_key(name) in theirs}
    if not called:
        raise InputError(
            f"{pair[0].folder} and {pair[1].folder} have no {noun.one} in common: "
            f"{', '.join(first)}; and {', '.join(second)}"
        )
    ours = tuple(name for name in first if name not in called)
    others = tuple(name for name in second if name not in called.values())
    return called, (ours, others)


def _of_classes(table: pd.DataFrame, called: Mapping[str, str], *, single: bool) -> pd.DataFrame:
    """Predictions of the classes that are `called` otherwise, and of no others."""
    lost = [
        str(column)
        for column in table
        for before in (LOGIT, LABEL, CALLED)
        if str(column).startswith(before) and str(column).removeprefix(before) not in called
    ]
    kept = table.drop(columns=lost)
    if single:
        kept = kept[kept["label"].isin([*called])]
        kept = kept.assign(label=kept["label"].map(dict(called)))
    names = {
        f"{before}{theirs}": f"{before}{ours}"
        for theirs, ours in called.items()
        for before in (LOGIT, LABEL, CALLED)
    }
    kept = kept.rename(columns=names)
    # Classes stand in the order of their columns.
    logits = [f"{LOGIT}{ours}" for ours in called.values()]
    return kept[[*(column for column in kept if column not in logits), *logits]]


def _numbers(pair: Pair) -> Outcomes:
    one, two = (study.contents for study in pair)
    assert isinstance(one, NumbersFolder)
    assert isinstance(two, NumbersFolder)
    if word_key(one.unit) != word_key(two.unit):
        units = [each.unit or "without a unit" for each in (one, two)]
        raise InputError(
            f"{pair[0].folder} tells {one.number} ({units[0]}), {pair[1].folder} {two.number} "
            f"({units[1]}): errors in two units cannot be compared"
        )
    both = pd.concat([one.test[NUMBER], two.test[NUMBER]]).astype(float)
    metrics = number_measures(one.unit, float(both.std()))
    return Outcomes((), ((), ()), (one.test, two.test), metrics, RANGE)


def number_names(pair: Pair) -> list[str]:
    """What each study calls its number; nothing of studies of classes or structures."""
    both = [study.contents for study in pair]
    return [each.number for each in both if isinstance(each, NumbersFolder)]


def _structures(pair: Pair) -> Outcomes:
    one, two = (study.contents for study in pair)
    assert isinstance(one, CasesFolder)
    assert isinstance(two, CasesFolder)
    called, only = _in_common(pair, one.structures, two.structures, STRUCTURE)
    back = {theirs: ours for ours, theirs in called.items()}
    rank = {name: at for at, name in enumerate(called)}
    tables = []
    for table, names in ((one.test, {name: name for name in called}), (two.test, back)):
        its = table[table["structure"].isin([*names])]
        its = its.assign(structure=its["structure"].map(names))
        tables.append(its.sort_values("structure", key=lambda of: of.map(rank), kind="stable"))
    metrics, notes = case_measures(one.unit), []
    sizes = [study.data.get("size") for study in pair]
    if one.unit != two.unit or (one.unit == PIXELS and sizes[0] != sizes[1]):
        metrics = {name: each for name, each in metrics.items() if name not in DISTANCES}
        notes.append(
            "Distances are left out: pixels of the two studies are of other sizes, or one knows "
            "millimetres and the other does not"
        )
    return Outcomes(tuple(called), only, (tables[0], tables[1]), metrics, STRUCTURE, tuple(notes))


def _primary_first(pair: Pair, found: Outcomes) -> Outcomes:
    """With the primary metric of both studies first, of two different ones that of the first."""
    usual = next(iter(found.metrics))
    asked = [str(study.settings.get("metric") or usual) for study in pair]
    name = asked[0] if asked[0] in found.metrics else usual
    notes = found.notes
    if asked[0] != asked[1]:
        notes += (
            f"The studies have two primary metrics, {asked[0]} and {asked[1]}; the verdict is by "
            f"{found.metrics[name].label}",
        )
    metrics = {name: found.metrics[name], **found.metrics}
    return replace(found, metrics=metrics, notes=notes)


def same_labels(one: pd.DataFrame, two: pd.DataFrame, noun: Noun) -> "pd.Series[bool]":
    """Whether what is known of each image is the same in both tables, whose rows are the same
    images; masks, which are drawn anew at each size, are not looked at."""
    if noun is STRUCTURE:
        return pd.Series(True, index=one.index)
    if NUMBER in one:
        apart = (one[NUMBER].astype(float) - two[NUMBER].astype(float)).abs()
        return apart <= 1e-9 * one[NUMBER].astype(float).abs().clip(lower=1)
    columns = [str(name) for name in one if str(name).startswith(LABEL)]
    if not columns:
        return one["label"] == two["label"]
    ours, theirs = (
        table[columns].apply(pd.to_numeric, errors="coerce").fillna(-1) for table in (one, two)
    )
    same: pd.Series[bool] = (ours == theirs).all(axis=1)
    return same
