"""What a planned study will do, and how long it will take at most, in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pleura.averages import ENSEMBLE, MIRRORED
from pleura.progress import in_words
from pleura.study.data_table import describe_data
from pleura.study.ensembles import is_one_network
from pleura.study.outdated import told_again
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.steps.listed import kind_of
from pleura.study.study_base import StudyBase
from pleura.study.teaching import told_of_students
from pleura.study.trials import trials_of
from pleura.train.few_labels import used_by_recipes, used_by_steps
from pleura.train.settings import FitSettings, epochs_of
from pleura.transfer.truncation import Truncation
from pleura.wording import count, how_often


def describe(study: StudyBase, prepared: Prepared) -> str:
    """The data, and the graph of steps, kind by kind and recipe by recipe, with what is missing and
    its time."""
    missing = prepared.plan.missing(prepared.context.steps)
    context, fraction = prepared.context, max(study.fractions)
    seed = study.seeds_at(fraction)[0]
    data = describe_data(context.manifest, context.split, seed=seed, fraction=fraction)
    lines = [study.question, "", data, ""]
    lines += [*prepared.budget.told(), ""] if prepared.budget else []
    lines += [_graph(prepared.study, prepared, missing), ""]
    more = " and those that searches will choose" if prepared.plan.open else ""
    kinds = Counter(step.kind for step in prepared.plan.steps)
    lines.append(
        f"{count(len(prepared.plan.steps), 'step')}{more} ("
        + ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        + f"), {len(missing)} to do"
    )
    lines += told_again(missing, prepared.context.steps)
    lines += _more_epochs(missing, prepared)
    lines += _few_labels(study)
    lines += told_of_students(outcomes_of(prepared.plan), context)
    lines.append(time_of(missing, prepared))
    lines += _handed_over(study)
    lines += [prepared.first] if prepared.first else []
    return "\n".join(lines)


def _few_labels(study: StudyBase) -> list[str]:
    """What trainings of the recipes, and of the steps before them, use where labels are few."""
    file = study.model_dump()
    own, of_steps = used_by_recipes(file), used_by_steps(file)
    lines = [f"trainings also use {', '.join(each.told for each in own)}"] * bool(own)
    return lines + [
        f"steps.{name} also uses {', '.join(each.words for each in used)}"
        for name, used in of_steps.items()
    ]


def _ensembles(prepared: Prepared, waiting: set[str]) -> list[str]:
    """Each ensemble, and how many networks an image costs it."""
    several = prepared.context.split.folds > 1
    lines = []
    for step in prepared.plan.of("ensemble"):
        spec = step.parents[0].spec
        networks = f"{len(step.parents)} networks an image"
        if is_one_network(step):
            networks += ", all of them the same: no seed changes anything"
        lines.append(
            f"  {step.spec['recipe']:<30} {spec['fraction']:>5.0%}  {_fold(spec, several)}"
            f"{networks}  [{'to do' if step.key in waiting else 'done'}]"
        )
    return lines


def _handed_over(study: StudyBase) -> list[str]:
    """What an average costs who is handed it over."""
    if study.handed_over == MIRRORED:
        return ["best/ will see each image and its mirror image: twice the time an image"]
    if study.handed_over != ENSEMBLE:
        return []
    number = len(study.seeds_at(max(study.fractions)))
    return [
        f"best/ will hold an ensemble of {number} networks: time an image, memory and disk are "
        f"{how_often(number)} those of one"
    ]


def time_of(missing: Sequence[Step], prepared: Prepared) -> str:
    """How long what is missing will take, as far as it can be told."""
    searched = prepared.plan.open
    if not missing and not searched:
        return "nothing is left to do but the report: pleura study run writes it anew"
    seconds = seconds_at_most(missing, prepared)
    most = f"at most {in_words(seconds)}" if seconds >= 0.5 else "less than a second"
    pixels = "pixel baselines, " * any("baseline" in step.spec for step in missing)
    return (
        f"{most} for the networks on this "
        f"machine; early stopping may shorten it; not counted: {pixels}evaluation"
        f"{' and what is searched' * searched}"
    )


def seconds_at_most(missing: Iterable[Step], prepared: Prepared) -> float:
    """Seconds that the missing steps of networks take if no training stops early."""
    return sum(kind_of(step).milliseconds(step, prepared) for step in missing) / 1000


def _more_epochs(missing: Sequence[Step], prepared: Prepared) -> list[str]:
    """That trainings are longer than `epochs` says, of the one with the fewest images."""
    waiting = {step.key for step in missing}
    trials = {
        len(prepared.context.parts(trial.spec).train): trial.spec["settings"]
        for outcome in outcomes_of(prepared.plan)
        for trial in trials_of(outcome)
        if trial.key in waiting and "settings" in trial.spec
    }
    if not trials:
        return []
    fewest = min(trials)
    settings = FitSettings.model_validate(trials[fewest])
    if (most := epochs_of(settings, fewest)) <= settings.epochs:
        return []
    return [
        f"up to {count(most, 'epoch')}, not {settings.epochs}: {count(fewest, 'image')} that train "
        f"make {count(settings.batches(fewest), 'step')} an epoch, and training.min_steps asks for "
        f"{settings.min_steps}"
    ]


def _halving(name: str, search: Truncation) -> list[str]:
    """That a recipe searches its depth by halving, where it does."""
    best = "the best goes" if search.ending == 1 else f"the best {search.ending} go"
    line = f"  {name:<30} trainings of every depth and rate begin, {best} on to the end"
    return [line] * (search.by == "halving")


def _fold(spec: Mapping[str, Any], several: bool) -> str:
    """Which fold a step is of, where there are several."""
    return f"fold {spec['fold']}  " * several


def _graph(study: StudyBase, prepared: Prepared, missing: Iterable[Step]) -> str:
    waiting = {step.key for step in missing}
    lines = []
    several, outcomes = prepared.context.split.folds > 1, outcomes_of(prepared.plan)
    followed = {parent.key for outcome in outcomes for parent in outcome.parents}
    for search in prepared.plan.of("depth"):
        if search.key not in followed:
            spec = search.spec
            lines.append(
                f"  depth of {spec['backbone']:<21} {spec['fraction']:>5.0%}  "
                f"{_fold(spec, several)}seed {spec['seed']}  {len(spec['cuts'])} depths probed, "
                f"then up to {study.trainings_after_depth(spec['backbone'])} trainings"
            )
    with_outcome = {outcome.spec["recipe"] for outcome in outcomes}
    for name, recipe in study.recipes.items():
        if name not in with_outcome and recipe.search:
            lines.append(f"  {name:<30} its curriculum is searched while the study runs")
        elif name not in with_outcome and recipe.depth_search:
            lines += _halving(name, recipe.depth_search)
        elif name not in with_outcome and getattr(recipe, "distillation", None):
            lines.append(f"  {name:<30} is planned once its teacher has ended its search")
    for outcome in outcomes:
        name = outcome.spec["recipe"]
        trials = trials_of(outcome)
        values = ", ".join(dict.fromkeys(f"{trial.spec['value']:g}" for trial in trials))
        if heads := dict.fromkeys(trial.spec["head"] for trial in trials if "head" in trial.spec):
            values += f"  heads {', '.join(heads)}"
        before = [parent.places for trial in trials for parent in trial.parents]
        shared = ""
        if before:  # what a trial goes on from
            first, last = before[0], before[-1]
            named = [first[name] for name in ("chain", "material") if name in first]
            taught = [f"taught by {last['teacher']}"] if "teacher" in last else []
            named = [] if "teacher" in first else named or ["shared features"]
            shared = f" <- {', '.join([*named, *taught])}"
        todo = sum(step.key in waiting for step in (*trials, outcome))
        state = "done" if not todo else f"{todo} of {len(trials) + 1} to do"
        lines.append(
            f"  {name:<30} {outcome.spec['fraction']:>5.0%}  "
            f"{_fold(outcome.spec, several)}seed {outcome.spec['seed']}  "
            f"{outcome.spec['knob']} {values}{shared}  [{state}]"
        )
    return "\n".join([*lines, *_ensembles(prepared, waiting)])
