"""What a planned study will do, and how long it will take at most, in words."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pleura.progress import in_words
from pleura.study.data_table import describe_data
from pleura.study.outdated import told_again
from pleura.study.prepare import Prepared
from pleura.study.read import AnyStudy
from pleura.study.schema import Recipe
from pleura.study.step import Step
from pleura.study.step_sections import SegmentationStep
from pleura.study.steps.features import pass_of
from pleura.study.trials import spelled
from pleura.study.views import hidden_views, rows_of
from pleura.train.loop import FitSettings, epochs_of
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import is_search
from pleura.wording import count


def describe(study: AnyStudy, prepared: Prepared) -> str:
    """The data, and the graph of steps, kind by kind and recipe by recipe, with what is missing and
    its time."""
    missing = prepared.plan.missing(prepared.context.steps)
    context, fraction = prepared.context, max(study.fractions)
    seed = study.seeds_at(fraction)[0]
    data = describe_data(context.manifest, context.split, seed=seed, fraction=fraction)
    lines = [study.question, "", data, "", _graph(study, prepared, missing), ""]
    more = " and those that searches will choose" if prepared.plan.open else ""
    kinds = Counter(step.kind for step in prepared.plan.steps)
    lines.append(
        f"{count(len(prepared.plan.steps), 'step')}{more} ("
        + ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        + f"), {len(missing)} to do"
    )
    lines += told_again(missing, prepared.context.steps)
    lines.append(_time(missing, study, prepared))
    lines += [prepared.first] if prepared.first else []
    return "\n".join(lines)


def _time(missing: Sequence[Step], study: AnyStudy, prepared: Prepared) -> str:
    """How long what is missing will take, as far as it can be told."""
    searched = prepared.plan.open
    if not missing and not searched:
        return "nothing is left to do but the report: pleura study run writes it anew"
    pixels = "pixel baselines, " * any(step.kind == "pixels" for step in missing)
    return (
        f"at most {in_words(seconds_at_most(missing, study, prepared))} for the networks on this "
        f"machine; early stopping may shorten it; {pixels}evaluation"
        f"{' and what is searched' * searched} come on top"
    )


def seconds_at_most(missing: Iterable[Step], study: AnyStudy, prepared: Prepared) -> float:
    """Seconds that the missing steps of networks take if no training stops early."""
    # One pass gives the features of several cuts.
    unique = {pass_of(step) if step.kind == "features" else step.key: step for step in missing}
    return sum(_milliseconds(step, study, prepared) for step in unique.values()) / 1000


def _milliseconds(step: Step, study: AnyStudy, prepared: Prepared) -> float:
    """Milliseconds of a step.

    A search for a depth stands for the trainings that follow it, at the cost of the whole network.
    """
    context = prepared.context
    network = step.parents[0] if step.kind in ("outcome", "cases") else step
    if network.kind not in ("features", "fit", "depth", "reverse", "segment", "selfsup"):
        return 0.0
    spec, measured = step.spec, prepared.measured
    if step.kind == "selfsup":
        pool = context.pools[step.places["pool"]]
        train, watched = pool.parts(spec["seed"], int(step.places["fold"]))
        cost = measured[f"steps.{step.places['pool']}/{spec['backbone']}", True]
        # Most methods look at each image twice.
        epoch = 2 * (len(train) * cost.training_ms + len(watched) * cost.prediction_ms)
        return epochs_of(FitSettings.model_validate(spec["settings"]), len(train)) * epoch
    if "material" in step.places:
        name = step.places["material"]
        train, validation = context.materials[name].parts(spec["seed"])
        cost = measured[f"steps.{name}", True]
        epoch = len(train) * cost.training_ms + len(validation) * cost.prediction_ms
        settings = study.steps_of(SegmentationStep)[name].training
        return epochs_of(settings, len(train)) * epoch
    name = network.spec.get("backbone") or spelled(network.spec["network"])
    if step.kind == "features":
        known = measured.get((name, False)) or measured[name, True]
        return len(rows_of(spec["view"], context)) * known.prediction_ms
    cost = measured[name, True]
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    if step.kind in ("outcome", "cases"):
        shown = 1 + len(hidden_views(context)) if step.kind == "outcome" else 1
        return (len(parts.validation) + shown * len(parts.test)) * cost.prediction_ms
    epoch = len(parts.train) * cost.training_ms + len(parts.validation) * cost.prediction_ms
    trainings = _searched(study, name) if step.kind == "depth" else 1
    return trainings * epochs_of(study.training, len(parts.train)) * epoch


def _shared(before: Step) -> str:
    """What a trial goes on from, in words."""
    return before.places.get("chain") or before.places.get("material", "shared features")


def _searched(study: AnyStudy, backbone: str) -> int:
    """Trainings that follow a search for the depth of a backbone."""
    return sum(
        len(study.rates_of(recipe)) + strategy.best - 1
        for recipe in study.recipes.values()
        if isinstance(recipe, Recipe)
        and is_search(strategy := make_strategy(recipe.strategy))
        and recipe.backbone == backbone
    )


def _graph(study: AnyStudy, prepared: Prepared, missing: Iterable[Step]) -> str:
    waiting = {step.key for step in missing}
    lines = []
    followed = {parent.key for outcome in prepared.plan.outcomes for parent in outcome.parents}
    for search in prepared.plan.of("depth"):
        if search.key not in followed:
            spec = search.spec
            lines.append(
                f"  depth of {spec['backbone']:<21} {spec['fraction']:>5.0%}  fold {spec['fold']}  "
                f"seed {spec['seed']}  {len(search.parents)} depths probed, then up to "
                f"{_searched(study, spec['backbone'])} trainings"
            )
    planned = {outcome.spec["recipe"] for outcome in prepared.plan.outcomes}
    for name, recipe in study.recipes.items():
        if name not in planned and isinstance(recipe, Recipe) and recipe.search:
            lines.append(f"  {name:<30} its curriculum is searched while the study runs")
    for outcome in prepared.plan.outcomes:
        name = outcome.spec["recipe"]
        trials = [parent for parent in outcome.parents if "value" in parent.spec]
        values = ", ".join(dict.fromkeys(f"{trial.spec['value']:g}" for trial in trials))
        if heads := dict.fromkeys(trial.spec["head"] for trial in trials if "head" in trial.spec):
            values += f"  heads {', '.join(heads)}"
        before = [parent for trial in trials for parent in trial.parents]
        shared = f" <- {_shared(before[0])}" if before else ""
        todo = sum(step.key in waiting for step in (*trials, outcome))
        state = "done" if not todo else f"{todo} of {len(trials) + 1} to do"
        lines.append(
            f"  {name:<30} {outcome.spec['fraction']:>5.0%}  fold {outcome.spec['fold']}  "
            f"seed {outcome.spec['seed']}  {outcome.spec['knob']} {values}{shared}  [{state}]"
        )
    return "\n".join(lines)
