"""The contract of steps in which the best trial of a recipe meets test patients."""

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pleura.data.split import Parts
from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import Kind
from pleura.study.steps.listed import kind_as, kind_of
from pleura.study.steps.trial import Trial
from pleura.study.trials import best_of, chosen_of, given_up, run_columns, trials_of


@dataclass(frozen=True)
class Tested:
    """Columns of the runs table besides those of every run, and files of pictures."""

    columns: dict[str, Any]
    pictures: Sequence[str] = ()


class Evaluation(Kind):
    """The best of the trials on validation, once for each recipe, fold, seed and fraction.

    Its result is the row of the runs table, of which `step` is the key of the trial that was taken.
    """

    needs = "device"
    meets_test = True

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Choose on validation, judge what was chosen, and write the row of the runs table."""
        trials, parts = trials_of(step), context.parts(step.spec)
        chosen = best_of(trials, context)
        # What it was shown, features of hidden views, has not led to the choice.
        searched = [parent for parent in step.parents if "view" not in parent.spec]
        run = run_columns(step, chosen, parts, searched, context)
        tried = [
            kind_as(Trial, trial).tried(trial, context) for trial in (*trials, *given_up(step))
        ]
        tested = self.judge(step, chosen, parts, context)
        run |= {"trials": json.dumps(tried), **tested.columns}
        step.finish(context.steps, run, *self.files, *tested.pictures)

    @abstractmethod
    def judge(self, step: Step, chosen: Step, parts: Parts, context: Context) -> Tested:
        """Write `files`, what the `chosen` trial makes of the images of validation and test."""

    @abstractmethod
    def hand_over(self, study: Any, plan: Plan, context: Context) -> None:
        """Write the model of a finished study into the folder `best`, and what is shown of it."""

    def views(self, context: Context) -> int:
        """In how many views the network is shown each test image."""
        return 1

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """The predictions of one network."""
        spec, context = step.spec, prepared.context
        parts = context.parts(spec)
        images = len(parts.validation) + self.views(context) * len(parts.test)
        images += sum(len(rows) for rows in parts.aside.values())
        trial = trials_of(step)[0]
        return images * kind_as(Trial, trial).prediction_ms(trial, prepared)

    def weights_given(self, step: Step, context: Context) -> list[Step]:
        """Those of the trial that a finished evaluation took."""
        if not step.is_done(context.steps):
            return []
        chosen = chosen_of(step, context)
        return kind_of(chosen).weights_given(chosen, context)

    def reads_weights_of(self, step: Step, context: Context) -> Sequence[Step]:
        """The best of the trials of which it is known how good they are."""
        done = [trial for trial in trials_of(step) if trial.is_done(context.steps)]
        return [best_of(done, context)] if done else []


def outcomes_of(plan: Plan) -> tuple[Step, ...]:
    """The evaluations in a plan, which its tables are made of: one step for each recipe or
    baseline, fold, seed and fraction."""
    return tuple(step for step in plan.steps if isinstance(kind_of(step), Evaluation))
