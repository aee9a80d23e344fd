"""Step: the first epochs of a training, which goes on from its checkpoint where it is kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.rungs_table import RUNGS, rungs_table
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import fit
from pleura.study.steps.listed import make_step
from pleura.tables import write_table
from pleura.train.checkpoint import CHECKPOINT
from pleura.train.history import FitResult
from pleura.train.settings import FitSettings, epochs_of
from pleura.wording import count


class Rung(fit.Fit):
    """The first epochs of a training of a network: its spec is that of the whole training and the
    number of epochs, `until`. Where the whole training was there before, it leaves no file."""

    name = "rung"
    files: ClassVar[tuple[str, ...]] = (CHECKPOINT,)
    leaves = (RUNGS,)
    weights = CHECKPOINT

    def versions(self, spec: Mapping[str, Any]) -> dict[str, int]:
        """Its own, and those of the whole training."""
        return super().versions(spec) | fit.KIND.versions(spec)

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write the checkpoint at the end of the last epoch; where the whole training is done, as
        for another recipe, read its first epochs instead."""
        whole = whole_of(step)
        if not whole.is_ready(context.steps):
            super().perform(step, context, progress)
            return
        result = whole.result(context.steps)
        begun = result["history"][: step.spec["until"]]
        seconds = result["seconds"] * len(begun) / len(result["history"])
        step.finish(context.steps, FitResult(begun, seconds).summary())

    def describe(self, step: Step, result: Mapping[str, Any]) -> str:
        """Its score so far, and how long all its epochs took."""
        return f"{super().describe(step, result)} for {count(result['epochs'], 'epoch')}"

    def tried(self, trial: Step, context: Context) -> dict[str, Any]:
        """With the epochs after which it was given up."""
        epochs = trial.result(context.steps)["epochs"]
        return super().tried(trial, context) | {"epochs": epochs}

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """Its share of those of the whole training."""
        train, _ = self.rows(step, prepared.context)
        epochs = epochs_of(FitSettings.model_validate(step.spec["settings"]), len(train))
        until: int = step.spec["until"]
        return min(1.0, until / epochs) * super().milliseconds(step, prepared)

    def seconds(self, step: Step, reader: Step | None, context: Context) -> Mapping[str, float]:
        """Those of the training so far; what goes on from it counts them as its own."""
        return {whole_of(step).key: step.result(context.steps)["seconds"]}

    def collect(self, plan: Plan, context: Context) -> None:
        """Write `rungs.csv`."""
        write_table(context.out / RUNGS, rungs_table(plan, context))


def rung_of(whole: Step, until: int, after: Step | None) -> Step:
    """The first `until` epochs of a training, which go on from those of a rung before."""
    begun = {"begun": after.name} if after else {}
    return make_step(
        "rung",
        f"{whole.title}, first {count(until, 'epoch')}",
        {**whole.spec, "until": until},
        *whole.parents,
        places={**whole.places, **begun},
    )


def whole_of(rung: Step) -> Step:
    """The training whose first epochs a rung is."""
    spec = {name: value for name, value in rung.spec.items() if name != "until"}
    places = {name: place for name, place in rung.places.items() if name != "begun"}
    return make_step("fit", rung.title, spec, *rung.parents, places=places)


def going_on(whole: Step, after: Step) -> Step:
    """A training that goes on from its rung."""
    return replace(whole, places={**whole.places, "begun": after.name})


KIND = Rung()
