"""Step: one more network of a teacher, trained as the best of its recipe, with another seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.steps.kind import Kind, Needs
from pleura.study.steps.listed import kind_as, kind_of
from pleura.study.steps.trial import NetworkTrial, Trained
from pleura.study.training import EPOCHS, WEIGHTS
from pleura.study.trials import best_of, trials_of


class Member(Kind):
    """The training of the best of its parents on validation once more, on the same images.

    What is drawn in it is drawn anew: the weights of the head (and all that start at random), the
    order of images and how they are varied.
    """

    name = "member"
    files: ClassVar[tuple[str, ...]] = (WEIGHTS, EPOCHS)
    weights = WEIGHTS
    needs: ClassVar[Needs] = "device"

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
        own = _training(step, context)
        kind_of(own).perform(own, context, progress)
        result = own.result(context.steps)
        step.finish(context.steps, {**result, "rate": own.spec["value"]}, *self.files)

    def trained(self, step: Step, context: Context) -> Trained[Any]:
        """The network of a finished member. Raises PleuraError where its weights are gone."""
        own = _training(step, context)
        return kind_as(NetworkTrial, own).trained(own, context)

    def describe(self, step: Step, result: Mapping[str, Any]) -> str:
        """As a trial is described."""
        trial = trials_of(step)[0]
        return kind_of(trial).describe(trial, result)

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """Those of one training of its recipe, the longest."""
        return max(kind_of(trial).milliseconds(trial, prepared) for trial in trials_of(step))

    def reads_weights_of(self, step: Step, context: Context) -> Sequence[Step]:
        """What the trainings of its recipe start from: it does so, too."""
        return [parent for trial in trials_of(step) for parent in trial.parents]


def _training(step: Step, context: Context) -> Step:
    """The training that a member is, in its folder."""
    best = best_of(trials_of(step), context)
    places = {name: place for name, place in best.places.items() if name != "begun"}
    spec = {**best.spec, "member": step.spec["member"]}
    folder = step.folder(context.steps)
    return replace(best, title=step.title, spec=spec, places=places, at=folder)


KIND = Member()
