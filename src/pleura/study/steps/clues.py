"""Step: what gives class and source away besides disease, on the study's own split."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.split import Parts
from pleura.evaluate.clue_strength import CLASS, SOURCE, count_sources
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import TableKind, put_together
from pleura.tables import LOGIT, write_table
from pleura.tasks.clue_forests import clue_inputs, judge_clue
from pleura.tasks.learned import LearnedLabels, class_names
from pleura.tasks.listed import task_of

TABLE = "clues.csv"
SOURCES = "sources.csv"
FEWEST = 2  # patients of a source in train and in test, in every fold


class Clues(TableKind):
    """What gives class and source away besides disease."""

    name = "clues"
    version = 2
    files = (TABLE,)
    leaves = (TABLE, SOURCES)

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`clues.csv`: a table of predictions of the test part in which every clue is a
        recipe.

        `step.spec["draws"]` holds a mapping with fold, seed and fraction for each fold. The column
        `target` says what is to be told, the class or the source (and `label` which it is); that of
        the source stands there where two sources or more have two patients each in train and in
        test. The class is told from the source itself, too.
        """
        draws = [(draw["fold"], draw["seed"], draw["fraction"]) for draw in step.spec["draws"]]
        every = [context.split.parts(*draw) for draw in draws]
        sources = _sources(context, every)
        learned = task_of(step.spec["draws"][0]).learned
        tables = [
            table.assign(fold=fold, seed=seed, fraction=fraction)
            for (fold, seed, fraction), parts in zip(draws, every, strict=True)
            for table in _judged(context, learned, parts, sources, seed)
        ]
        return pd.concat(tables, ignore_index=True)

    def collect(self, plan: Plan, context: Context) -> None:
        """Put `clues.csv` into the study's folder, and write `sources.csv`: patients and images by
        source and class."""
        put_together(self.collected(plan), TABLE, context)
        write_table(context.out / SOURCES, count_sources(context.manifest.by_member()))


def _judged(
    context: Context, learned: LearnedLabels, parts: Parts, sources: Sequence[str], seed: int
) -> Iterator[pd.DataFrame]:
    """The predictions of every clue on the test part of one draw."""
    both = parts.train, parts.test
    train, test = (clue_inputs(context.bank, rows, parts.train) for rows in both)
    of_row = context.manifest.table["source"].to_numpy(dtype=str)
    index = {name: number for number, name in enumerate(sources)}
    source = np.array([index.get(name, -1) for name in of_row])
    targets = {CLASS: (context.manifest.classes, context.labels, learned.label_columns)}
    if sources:
        targets[SOURCE] = (tuple(sources), source, class_names)
        # The last row is that of an unknown source, -1.
        one_hot = np.eye(len(sources) + 1, len(sources), dtype=np.float32)
        train[SOURCE], test[SOURCE] = (one_hot[source[rows]] for rows in both)
    for target, (names, labels, label_columns) in targets.items():
        fitted, judged = (np.flatnonzero(_of_any(labels[rows])) for rows in both)
        rows = parts.test[judged]
        images: dict[str, Any] = {
            "target": target,
            "part": "test",
            "image": context.manifest.names(rows),
            "patient": context.manifest.groups[rows],
            "label": "",
            **label_columns(labels[rows], names),
        }
        to_learn, threads = labels[parts.train[fitted]], context.threads
        for clue in [name for name in train if name != target]:
            logits = judge_clue(
                train[clue][fitted], to_learn, test[clue][judged], seed=seed, threads=threads
            )
            columns = {f"{LOGIT}{name}": logits[:, i] for i, name in enumerate(names)}
            yield pd.DataFrame({"recipe": clue, **images, **columns})


def _of_any(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which images (n,) have a label, or a finding that is known."""
    return np.asarray((labels.reshape(len(labels), -1) >= 0).any(axis=1))


def _sources(context: Context, every: Sequence[Parts]) -> list[str]:
    """The sources that can be told apart in every fold; none where there are not two of them."""
    table = context.manifest.table
    named = table[table["source"] != ""]
    apart = set(named["source"])
    for parts in every:
        for rows in (parts.train, parts.test):
            patients = named[named.index.isin(rows)].groupby("source")["patient"].nunique()
            apart &= set(patients[patients >= FEWEST].index)
    return sorted(apart) if len(apart) > 1 else []


KIND = Clues()
