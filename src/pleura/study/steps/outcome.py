"""Step: the best trial on validation, its predictions, and what it cost.

Here a model meets test patients, once for each recipe, fold, seed and fraction; heat maps and
clues, which choose nothing, look at them afterwards.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.split import Parts
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps.evaluation import Evaluation
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import Asked, ClassifierTrial
from pleura.study.trials import best_of, named_rows, run_columns, trials_of
from pleura.study.versions import hiding
from pleura.study.views import WHOLE, hidden_views, rows_of
from pleura.tables import read_predictions, write_table
from pleura.tasks.listed import task_of

if TYPE_CHECKING:
    from pleura.study.planned import Plan
    from pleura.study.schema import StudyFile

PREDICTIONS = "predictions.csv"


class Outcome(Evaluation):
    """The best trial of a classification on validation meets test."""

    name = "outcome"
    parts = (hiding,)
    files = (PREDICTIONS,)
    table = PREDICTIONS
    leaves = (PREDICTIONS, "panels/mistakes.csv", "panels/mistake_*.png")

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `predictions.csv` and the row of the runs table."""
        spec, trials = step.spec, trials_of(step)
        chosen = best_of(trials, context)
        parts = context.parts(spec)
        asked = _asked(parts, context)
        # What it was shown, features of hidden views, has not led to the choice.
        searched = [parent for parent in step.parents if "view" not in parent.spec]
        tried = [
            {
                "rate": trial.spec["value"],
                f"validation_{task_of(spec).score.name}": trial.result(context.steps)["score"],
                "strategy": kind_as(ClassifierTrial, trial).strategy(trial),
            }
            for trial in trials
        ]
        run = run_columns(step, chosen, parts, searched, context) | {"trials": json.dumps(tried)}
        judged = kind_as(ClassifierTrial, chosen).judge(chosen, step, asked, context)
        run |= judged.columns
        if "balanced" in chosen.spec:
            known = context.labels[parts.train], context.n_classes, chosen.spec["balanced"]
            run["guessing_loss"] = task_of(spec).learned.guess(*known)
        predictions = _predictions(step, context, asked, judged.logits)
        write_table(step.folder(context.steps) / PREDICTIONS, predictions)
        step.finish(context.steps, run, *self.files)

    def views(self, context: Context) -> int:
        """The whole image, and each that hides a part."""
        return 1 + len(hidden_views(context))

    def hand_over(self, study: "StudyFile", plan: "Plan", context: Context) -> None:
        """A classifier, and its most confident mistakes."""
        from pleura.study.best import keep_best, known_of_classifier
        from pleura.study.panels import write_mistakes

        recipe = keep_best(study, plan, context, known_of_classifier)
        write_mistakes(context, read_predictions(context.out / PREDICTIONS), recipe)


def _asked(parts: Parts, context: Context) -> list[Asked]:
    asked = [Asked("validation", WHOLE, parts.validation), Asked("test", WHOLE, parts.test)]
    for view in hidden_views(context):
        rows = parts.test[np.isin(parts.test, rows_of(view, context))]
        asked += [Asked(view, view, rows)] if len(rows) else []
    return asked


def _predictions(
    outcome: Step, context: Context, asked: Sequence[Asked], logits: NDArray[np.float32]
) -> pd.DataFrame:
    parts = np.repeat([ask.part for ask in asked], [len(ask.rows) for ask in asked])
    rows = np.concatenate([ask.rows for ask in asked])
    found = task_of(outcome.spec).learned.columns(logits, context.manifest.classes)
    return named_rows(outcome, parts, rows, context).join(found)


KIND = Outcome()
