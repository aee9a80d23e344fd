"""Who is told by clues and who judges: forests trained on some patients, asked of others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.hidden import Hidden, average
from pleura.data.lung_regions import Lungs
from pleura.data.manifest import Manifest
from pleura.evaluate.clue_strength import BACKGROUND, CLASS, SOURCE
from pleura.tables import LOGIT
from pleura.tasks.clue_forests import clue_inputs, judge_clue
from pleura.tasks.learned import class_names
from pleura.tasks.pixels import small_pixels
from pleura.tasks.recorded_clues import recorded_clues

OF_PIXELS = 6  # clues that `clue_inputs` gives
FEWEST = 2  # patients of a source in train and in test

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Labels = NDArray[np.int64]  # (n,), or (n, findings); -1 where it is not known
Columns = Callable[[Labels, Sequence[str]], pd.DataFrame]  # what tables say of labels


@dataclass(frozen=True)
class Target:
    """What is to be told: `labels` of all images, which are indices into `names`, and the `columns`
    that tables have for them."""

    names: tuple[str, ...]
    labels: Labels
    columns: Columns = class_names


@dataclass(frozen=True)
class ClueImages:
    """The images of a `manifest` in its `bank`, with the `targets` that clues are asked for, by
    name; what is `recorded` of all images, by clue; and the `lungs`, where they are known."""

    manifest: Manifest
    bank: Bank
    targets: Mapping[str, Target]
    lungs: Lungs | None = None
    recorded: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        manifest: Manifest,
        bank: Bank,
        by_class: Target | None,
        sources: Sequence[str],
        lungs: Lungs | None = None,
    ) -> "ClueImages":
        """With the class as a target, unless it is None, and the `sources` where there are any; the
        source is then a clue to the class, too."""
        targets = {} if by_class is None else {CLASS: by_class}
        clues = recorded_clues(manifest, bank)
        if sources:
            index = {name: number for number, name in enumerate(sources)}
            of_row = [index.get(name, -1) for name in manifest.table["source"]]
            targets[SOURCE] = Target(tuple(sources), np.array(of_row))
            # The last row is that of an unknown source, -1.
            clues[SOURCE] = np.eye(len(sources) + 1, len(sources), dtype=np.float32)[of_row]
        return cls(manifest, bank, targets, lungs, clues)

    @property
    def questions(self) -> int:
        """How many clues are asked for how many targets, at most."""
        return len(self.targets) * (OF_PIXELS + bool(self.lungs) + len(self.recorded))

    def inputs(self, train: Rows, test: Rows) -> Iterator[tuple[str, Floats, Floats]]:
        """Each clue with its numbers of the images `train` and of the images `test`, nan where it
        is not known of an image."""
        seen, asked = (clue_inputs(self.bank, rows, train) for rows in (train, test))
        for clue in seen:
            yield clue, seen[clue], asked[clue]
        if self.lungs:
            mean = average(self.bank, train)
            yield BACKGROUND, self._without_lungs(train, mean), self._without_lungs(test, mean)
        for clue, every in self.recorded.items():
            yield clue, every[train], every[test]

    def _without_lungs(self, rows: Rows, mean: NDArray[np.uint8]) -> Floats:
        """32 x 32 pixels of images whose lungs are hidden; nan where the lungs are not known."""
        assert self.lungs is not None
        lungs, known = self.lungs, np.isin(rows, self.lungs.rows)
        if not known.any():
            return np.full((len(rows), 1), np.nan, dtype=np.float32)
        hidden = Hidden(self.bank, lambda some: lungs.masks[lungs.at(some)], mean)
        shown = small_pixels(hidden, rows[known])
        pixels = np.full((len(rows), shown.shape[1]), np.nan, dtype=np.float32)
        pixels[known] = shown
        return pixels


def judged(
    images: ClueImages,
    train: Rows,
    test: Rows,
    *,
    seed: int,
    threads: int,
    trees: int | None = None,
) -> Iterator[pd.DataFrame]:
    """What a forest for each clue (see `judge_clue`), trained on the images `train`, says of the
    images `test`.

    Tables of predictions, in which every clue is a recipe; the column `target` says what is told,
    the class or the source, and `label` which it is. A clue is left out where the images of which
    it is known do not have all that is to be told among those that train.
    """
    inputs = list(images.inputs(train, test))
    for target, of in images.targets.items():
        labelled = _of_any(of.labels)
        for clue, seen, asked in inputs:
            fitted, others = (
                np.flatnonzero(labelled[rows] & ~np.isnan(numbers).any(axis=1))
                for rows, numbers in ((train, seen), (test, asked))
            )
            to_learn = of.labels[train[fitted]]
            if clue == target or not len(others) or not _has_all(to_learn, len(of.names)):
                continue
            logits = judge_clue(
                seen[fitted], to_learn, asked[others], seed=seed, threads=threads, trees=trees
            )
            yield _table(images.manifest, clue, target, of, test[others], logits)


def _of_any(labels: Labels) -> NDArray[np.bool_]:
    """Which images (n,) have a label, or a finding that is known."""
    return np.asarray((labels.reshape(len(labels), -1) >= 0).any(axis=1))


def _has_all(labels: Labels, names: int) -> bool:
    """Whether every class, or every finding and its absence, is among `labels`, (k,) or (k,
    findings)."""
    if labels.ndim == 2:
        return all(set(of_one) >= {0, 1} for of_one in labels.T)
    return len(set(labels.tolist())) == names


def _table(
    manifest: Manifest,
    clue: str,
    target: str,
    of: Target,
    rows: Rows,
    logits: NDArray[np.float64],
) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "recipe": clue,
        "target": target,
        "part": "test",
        "image": manifest.names(rows),
        "patient": manifest.groups[rows],
        "label": "",
        **of.columns(of.labels[rows], of.names),
        **{f"{LOGIT}{name}": logits[:, at] for at, name in enumerate(of.names)},
    }
    return pd.DataFrame(columns)


def sources_apart(manifest: Manifest, parts: Sequence[tuple[Rows, Rows]]) -> list[str]:
    """The sources that can be told apart in all of `parts`, the rows that train and that test; none
    where there are not two of them."""
    table = manifest.table
    named = table[table["source"] != ""]
    apart = set(named["source"])
    for rows in (rows for both in parts for rows in both):
        patients = named[named.index.isin(rows)].groupby("source")["patient"].nunique()
        apart &= set(patients[patients >= FEWEST].index)
    return sorted(apart) if len(apart) > 1 else []
