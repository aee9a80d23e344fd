"""What a planned study will do, and how long it will take at most, in words."""

from collections import Counter
from collections.abc import Iterable

from pleura.study.measure import Measured
from pleura.study.run import Prepared
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.train.loop import FitSettings, epochs_of


def describe(study: StudyFile, prepared: Prepared) -> str:
    """The graph of steps, kind by kind and recipe by recipe, with what is missing and its time."""
    missing = prepared.plan.missing(prepared.context.steps)
    lines = [study.question, "", _graph(study, prepared, missing), ""]
    kinds = Counter(step.kind for step in prepared.plan.steps)
    lines.append(
        f"{len(prepared.plan.steps)} steps ("
        + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        + f"), {len(missing)} to do"
    )
    seconds = sum(seconds_at_most(step, study, prepared) for step in missing)
    lines.append(
        f"at most {in_words(seconds)} for the networks on this machine; early stopping may "
        "shorten it, pixel baselines and evaluation come on top"
    )
    return "\n".join(lines)


def seconds_at_most(step: Step, study: StudyFile, prepared: Prepared) -> float:
    """Seconds a step of a network takes if no training stops early; 0 for other kinds."""
    context = prepared.context
    if step.kind not in ("fit", "features", "outcome") or step.spec.get("recipe") not in (
        None,
        *study.recipes,
    ):
        return 0.0
    if step.kind == "features":
        measured = _measured(step, study, prepared)
        return len(context.bank) * measured.prediction_ms / 1000
    parts = context.split.parts(step.spec["fold"], step.spec["seed"], step.spec["fraction"])
    if step.kind == "outcome":
        measured = prepared.measured[step.spec["recipe"]]
        return (len(parts.validation) + len(parts.test)) * measured.prediction_ms / 1000
    measured = _measured(step, study, prepared)
    settings = FitSettings.model_validate(step.spec["settings"])
    epoch = len(parts.train) * measured.training_ms + len(parts.validation) * measured.prediction_ms
    return epochs_of(settings, len(parts.train)) * epoch / 1000


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `3.4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _graph(study: StudyFile, prepared: Prepared, missing: Iterable[Step]) -> str:
    waiting = {step.key for step in missing}
    lines = []
    for outcome in prepared.plan.outcomes:
        name = outcome.spec["recipe"]
        trials = [parent for parent in outcome.parents if "value" in parent.spec]
        values = ", ".join(f"{trial.spec['value']:g}" for trial in trials)
        shared = " <- shared features" if any(trial.parents for trial in trials) else ""
        todo = sum(step.key in waiting for step in (*trials, outcome))
        state = "done" if not todo else f"{todo} of {len(trials) + 1} to do"
        lines.append(
            f"  {name:<30} {outcome.spec['fraction']:>5.0%}  fold {outcome.spec['fold']}  "
            f"seed {outcome.spec['seed']}  {outcome.spec['knob']} {values}{shared}  [{state}]"
        )
    return "\n".join(lines)


def _measured(step: Step, study: StudyFile, prepared: Prepared) -> Measured:
    for name, recipe in study.recipes.items():
        same = (recipe.backbone, recipe.strategy) == (step.spec["backbone"], step.spec["strategy"])
        if same:
            return prepared.measured[name]
    raise KeyError(step.title)
