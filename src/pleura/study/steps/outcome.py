"""Step: the best trial on validation, its predictions, and what it cost.

Here a model meets test patients, once for each recipe, fold, seed and fraction; heat maps and
clues, which choose nothing, look at them afterwards.
"""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from pleura.data.split import Parts
from pleura.evaluate.calls import with_calls
from pleura.study.context import Context
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.ensemble import averages_of
from pleura.study.steps.evaluation import Evaluation, Tested
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import Asked, ClassifierTrial
from pleura.study.trials import PREDICTIONS, named_rows
from pleura.study.versions import Part, hiding
from pleura.study.views import WHOLE, hidden_views, rows_of
from pleura.tables import read_predictions, write_table
from pleura.tasks.listed import task_of


class Outcome(Evaluation):
    """The best trial of a classification on validation meets test."""

    name = "outcome"
    parts: ClassVar[tuple[Part, ...]] = (hiding,)
    files = (PREDICTIONS,)
    table = PREDICTIONS
    leaves: ClassVar[tuple[str, ...]] = (PREDICTIONS, "panels/mistakes.csv", "panels/mistake_*.png")

    def judge(self, step: Step, chosen: Step, parts: Parts, context: Context) -> Tested:
        """Write `predictions.csv`."""
        asked, learned = self.asked(parts, context), task_of(step.spec).learned
        judged = kind_as(ClassifierTrial, chosen).judge(chosen, step, asked, context)
        columns = dict(judged.columns)
        if "balanced" in chosen.spec:
            drawn = context.labels[parts.train], context.n_classes, chosen.spec["balanced"]
            columns["guessing_loss"] = learned.guess(*drawn, learned.loss_of(chosen.spec))
        rows = np.concatenate([ask.rows for ask in asked])
        of = np.repeat([ask.part for ask in asked], [len(ask.rows) for ask in asked])
        predictions = named_rows(step, of, rows, context).join(
            learned.columns(judged.logits, context.labels[rows], context.manifest.classes)
        )
        write_table(step.folder(context.steps) / PREDICTIONS, with_calls(predictions))
        return Tested(columns)

    def collected(self, plan: Plan) -> Sequence[Step]:
        """Its own steps, and those that average what they predict."""
        own = plan.of(self.name)
        return (*own, *averages_of(plan)) if own else ()

    def asked(self, parts: Parts, context: Context) -> list[Asked]:
        """Whole images of validation, test and the parts kept aside, and test images in each view
        that hides a part."""
        asked = [Asked("validation", WHOLE, parts.validation), Asked("test", WHOLE, parts.test)]
        asked += [Asked(name, WHOLE, rows) for name, rows in parts.aside.items()]
        for view in hidden_views(context):
            rows = parts.test[np.isin(parts.test, rows_of(view, context))]
            asked += [Asked(view, view, rows)] if len(rows) else []
        return asked

    def views(self, context: Context) -> int:
        """The whole image, and each that hides a part."""
        return 1 + len(hidden_views(context))

    def hand_over(self, study: StudyFile, plan: Plan, context: Context) -> None:
        """A classifier, and its most confident mistakes."""
        from pleura.study.best import describe_classifier, keep_best
        from pleura.study.best_pixels import keep_best_pixels
        from pleura.study.panels import write_mistakes

        describe = partial(describe_classifier, study=study)
        recipe = keep_best(study, plan, context, describe)
        keep_best_pixels(study, plan, context, describe)
        write_mistakes(context, read_predictions(context.out / PREDICTIONS), recipe)


KIND = Outcome()
