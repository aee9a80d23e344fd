"""What the training of a step does against shortcuts, made from its spec and the study's images."""

from pleura.data.shortcut_settings import HideFrame
from pleura.study.context import Context
from pleura.study.countermeasures import asked_of
from pleura.study.step import Step
from pleura.tasks.countermeasures import NONE, Change, Countermeasures, HiddenFrames


def against_of(step: Step, context: Context) -> Countermeasures:
    """The countermeasures of a training, which look at the images of its own train part alone."""
    asked = asked_of(step.spec)
    if not asked:
        return NONE
    train = context.parts(step.spec).train
    device = context.fabric(step.spec["precision"]).device
    changes = list[Change]()
    if isinstance(hide := asked.get("hide"), HideFrame):
        changes.append(HiddenFrames(hide, context.bank, train, device))
    return Countermeasures(tuple(changes))
