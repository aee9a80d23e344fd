"""Step: what the trainings of one recipe, fold and fraction predict together."""

import numpy as np
import pandas as pd

from pleura.data.rule import ENSEMBLES
from pleura.evaluate.calls import with_calls
from pleura.evaluate.ensembles import averaged, outputs_in
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import TableKind
from pleura.study.steps.listed import kind_of
from pleura.study.trials import PREDICTIONS, predictions_of
from pleura.tasks.listed import task_of


class Average(TableKind):
    """What trainings predict together. passes: how often each network sees an image."""

    passes = 1
    meets_test = True

    def written(self, together: pd.DataFrame, step: Step, context: Context) -> pd.DataFrame:
        """Averaged predictions under the name of the average, with all that its task makes of what
        was averaged, and what is called positive."""
        spec, classes = step.spec, context.manifest.classes
        if "derived" in spec:
            labels = context.labels[context.manifest.rows(together["image"])]
            outputs = together[outputs_in(together)].to_numpy(np.float32)
            said = task_of(step.parents[0].spec).learned.columns(outputs, labels, classes)
            derived = {name: said[name].to_numpy() for name in spec["derived"]}
            together = together.assign(**derived)
        return with_calls(together.assign(recipe=spec["recipe"]))


class Ensemble(Average):
    """The mean of what the outcomes that it stands on, one a seed, predict."""

    name = "ensemble"
    files = (PREDICTIONS,)

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`predictions.csv`, shaped as that of an outcome.

        The same rows stand there under the seed of each member: comparisons are paired seed by
        seed, so that the ensemble meets each single training of another recipe.
        """
        read = task_of(step.parents[0].spec).learned.calibration
        together = averaged([_predicted(outcome, context) for outcome in step.parents], read)
        called = self.written(together, step, context)
        seeds = [outcome.spec["seed"] for outcome in step.parents]
        return pd.concat([called.assign(seed=seed) for seed in seeds], ignore_index=True)


def _predicted(outcome: Step, context: Context) -> pd.DataFrame:
    """What a member predicts; the patients kept for ensembles, where there are any, validate."""
    table = predictions_of(outcome, context)
    if not (table["part"] == ENSEMBLES).any():
        return table
    table = table[table["part"] != "validation"]
    return table.assign(part=table["part"].replace(ENSEMBLES, "validation"))


def averages_of(plan: Plan) -> tuple[Step, ...]:
    """The steps of a plan that average what others predict: ensembles, and images with their mirror
    images."""
    return tuple(step for step in plan.steps if isinstance(kind_of(step), Average))


KIND = Ensemble()
