"""How well clues tell class and source of a table's images, patient against patient."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.check.judged import FEWEST, FOLDS
from pleura.data.audit.finding import Finding
from pleura.data.bank import Bank
from pleura.data.lung_regions import Lungs
from pleura.data.manifest import Manifest
from pleura.evaluate.clue_strength import (
    CLASS,
    WHOLE,
    by_clue,
    count_sources,
    of_one_source,
)
from pleura.study.context import Progress
from pleura.tasks.clue_judging import ClueImages, Target, judged, sources_apart
from pleura.tasks.findings.learned import label_columns as finding_columns
from pleura.tasks.learned import class_names
from pleura.wording import count, decimal, first_few

TREES = 100  # of a forest: a check shall take minutes, and three folds steady its figures
GUESSING, MACRO = 0.5, "macro"
LEARNED = 5000  # images that a forest learns from, at most, so that time grows with their number
TELLING = 0.75  # AUROC of a clue that is told of
Rows = NDArray[np.int64]
KIND, ONE_SOURCE = "clue", "class of one source"


def clue_areas(
    manifest: Manifest, bank: Bank, lungs: Lungs | None, *, threads: int, progress: Progress
) -> pd.DataFrame:
    """AUROC of every clue for class and source, as `by_clue` has it, by forests that are trained on
    two thirds of the patients, 5,000 images at most, and judged on the others, in turn.

    manifest: with the labels that are judged (see `judged_labels`). Sources of too few patients are
    not asked for. Empty where nothing is left to be told.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # a second, as all of sklearn

    listed_before = manifest.table["image"].duplicated()  # an image that is listed twice
    readable = np.flatnonzero(((bank.info["error"] == "") & ~listed_before).to_numpy())
    groups = manifest.groups[readable]
    if len(np.unique(groups)) < FEWEST:
        return no_areas()
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    strata = _strata(manifest.single_labels[readable])
    parts = [
        (readable[train], readable[test]) for train, test in folds.split(strata, strata, groups)
    ]
    sources = sources_apart(manifest, parts)
    images = ClueImages.of(manifest, bank, _classes(manifest), sources, lungs)
    tables: list[pd.DataFrame] = []
    for fold, (train, test) in enumerate(parts):
        learned = some_of_each(manifest, train, sources)
        for table in judged(images, learned, test, seed=0, threads=threads, trees=TREES):
            tables.append(table.assign(fold=fold, seed=0, fraction=1.0))
            progress("clues", len(tables), FOLDS * images.questions, {})
    return by_clue(pd.concat(tables)) if tables else no_areas()


def some_of_each(manifest: Manifest, rows: Rows, sources: Sequence[str]) -> Rows:
    """At most `LEARNED` of the `rows`, drawn the same each time: half of the places are shared
    among the classes, the findings and their absence, and the `sources`, so that none is lost."""
    if len(rows) <= LEARNED:
        return rows
    order = np.random.default_rng(0).permutation(rows)
    members = list(manifest.members.values()) if manifest.labelled else []
    members += [(manifest.table["source"] == name).to_numpy(dtype=bool) for name in sources]
    each = max(LEARNED // (2 * len(members) or 1), 1)
    first = np.unique(np.concatenate([order[:0], *(order[of[order]][:each] for of in members)]))
    rest = order[~np.isin(order, first)][: LEARNED - len(first)]
    return np.sort(np.concatenate([first, rest]))


def _strata(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The labels (n,), of which those that fewer than six images have count as the commonest: no
    fold could have some of each."""
    names, counts = np.unique(labels, return_counts=True)
    rare = names[counts < FEWEST]
    return np.where(np.isin(labels, rare), names[counts.argmax()], labels)


def no_areas() -> pd.DataFrame:
    """The table of `clue_areas` where nothing was asked for."""
    return by_clue(pd.DataFrame({"target": []}))


def _classes(judged: Manifest) -> Target | None:
    """What images are of, as far as that is judged; None where nothing is to be told."""
    if not judged.labelled:
        return None
    if judged.has_findings:
        return Target(judged.classes, judged.labels, finding_columns)
    return Target(judged.classes, judged.single_labels, class_names)


def clue_findings(areas: pd.DataFrame, manifest: Manifest) -> Iterator[Finding]:
    """The classes that come from one source alone; and each class or source that clues tell with an
    AUROC of .75 or more and the whole interval above guessing, the surest first.

    areas: see `clue_areas`. The whole image, which shows disease, is no clue to the class.
    """
    sole = of_one_source(count_sources(manifest.by_member()), manifest.classes)
    for name, source in sole.items() if manifest.labelled else ():
        rows = np.flatnonzero(manifest.members[name])
        text = (
            f"All {count(len(rows), 'image')} of “{name}” come from {source}: these data cannot "
            f"tell “{name}” from its source; images of other classes from {source} could."
        )
        yield Finding(ONE_SOURCE, tuple(rows.tolist()), float(len(rows)), text)
    telling = areas[(areas["value"] >= TELLING) & (areas["low"] > GUESSING)]
    telling = telling[~((telling["target"] == CLASS) & (telling["clue"] == WHOLE))]
    pairs = told_apart(areas, findings=manifest.has_findings)
    each = [target for target, _ in pairs]
    for target, of_what in pairs:
        of = telling[(telling["target"] == target) & (telling["class"] == of_what)]
        if of.empty or (of_what == MACRO and each.count(target) > 1):
            continue  # each class by itself says more than the mean of all
        best = of.sort_values("value", ascending=False, kind="stable")
        told = f"The {target} is told" if of_what == MACRO else f"“{of_what}” is told from the rest"
        clues = [
            f"{clue} ({decimal(value)})"
            for clue, value in best[["clue", "value"]].itertuples(index=False, name=None)
        ]
        text = f"{told} by {first_few(clues)}; guessing is .5"
        whole = areas.loc[
            (areas["target"] == target) & (areas["class"] == of_what) & (areas["clue"] == WHOLE)
        ]
        if target == CLASS and len(whole):
            text += f", the whole image, for comparison, {decimal(whole['value'].iloc[0])}"
        yield Finding(KIND, (), float(best["value"].iloc[0]), text)


def told_apart(areas: pd.DataFrame, *, findings: bool) -> list[tuple[str, str]]:
    """The pairs of target and class, or "macro", of which something of its own is said.

    Of two classes one is told as well as the other, and as both are, unless they are `findings`,
    of which an image may have several. Of sources all together are told.
    """
    told: list[tuple[str, str]] = []
    for target, of in areas.groupby("target", sort=False):
        names = [str(name) for name in dict.fromkeys(of["class"]) if name != MACRO]
        several = target == CLASS and (len(names) > 2 or findings)
        told += [(str(target), name) for name in ((MACRO, *names) if several else (MACRO,))]
    return told
