"""Step: what gives class and source away besides disease, on the study's own split."""

import pandas as pd

from pleura.evaluate.clue_strength import count_sources
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import TableKind, put_together
from pleura.tables import write_table
from pleura.tasks.clue_judging import ClueImages, Target, judged, sources_apart
from pleura.tasks.listed import task_of

TABLE = "clues.csv"
SOURCES = "sources.csv"


class Clues(TableKind):
    """What gives class and source away besides disease."""

    name = "clues"
    version = 5
    files = (TABLE,)
    leaves = (TABLE, SOURCES)
    meets_test = True

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
        both = [(parts.train, parts.test) for parts in every]
        columns = task_of(step.spec["draws"][0]).learned.label_columns
        manifest = context.manifest
        classes = Target(manifest.classes, context.labels, columns)
        sources = sources_apart(manifest, both)
        images = ClueImages.of(manifest, context.bank, classes, sources, context.lungs)
        tables = [
            table.assign(fold=fold, seed=seed, fraction=fraction)
            for (fold, seed, fraction), (train, test) in zip(draws, both, strict=True)
            for table in judged(images, train, test, seed=seed, threads=context.threads)
        ]
        return pd.concat(tables, ignore_index=True)

    def collect(self, plan: Plan, context: Context) -> None:
        """Put `clues.csv` into the study's folder, and write `sources.csv`: patients and images by
        source and class."""
        put_together(self.collected(plan), TABLE, context)
        write_table(context.out / SOURCES, count_sources(context.manifest.by_member()))


KIND = Clues()
