"""Steps that help to judge the recipes and the data, and choose nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pleura.data.columns import recorded
from pleura.data.names import word_key
from pleura.study.context import Context
from pleura.study.draw import Draw, fold_in_title
from pleura.study.earlier import EarlierSteps
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.steps.listed import kind_as, make_step
from pleura.study.steps.trial import Trial
from pleura.study.trials import trials_of


def explanations(
    study: StudyFile,
    context: Context,
    draws: Sequence[Draw],
    earlier: EarlierSteps,
    outcomes: Sequence[Step],
) -> Iterator[Step]:
    """Clues, clips and patients, areas, heat maps, attention in the lungs, similarity.

    All at the largest fraction; heat maps and similarity in the first fold, heat maps and clues of
    the first seed.
    """
    largest = max(study.fractions)
    first = study.seeds_at(largest)[0]
    # It takes long and waits for nothing: where several work, others are done beside it.
    drawn = [draw for draw in draws if (draw.seed, draw.fraction) == (first, largest)]
    spec = {"draws": [draw.spec for draw in drawn], "manifest": drawn[0].manifest}
    if names := sorted(filter(recorded, context.manifest.extras)):
        spec["recorded"] = context.manifest.key_with(names)
    if context.lungs:
        spec["lungs"] = context.lungs.key
    yield make_step("clues", "what gives the class away", spec)
    done = [step for step in outcomes if step.spec["fraction"] == largest]
    folds = context.split.folds
    if _in_clips(context):
        yield from _of_each("clips", done, "clips and patients", {}, folds)
    for seed in study.seeds_at(largest):
        of_seed = [step for step in done if step.spec["seed"] == seed]
        yield from _areas(study, context, earlier, seed, of_seed)
    if context.lungs:
        lungs = {"lungs": context.lungs.key}
        yield from _of_each("attention", done, "attention in the lungs", lungs, folds)
    for step in explained_by("heatmaps", _shown(study, outcomes)):
        if step.spec["seed"] == first:
            yield make_step("heatmaps", f"{step.spec['recipe']}: heat maps", {}, step)
    yield from similarities(study, outcomes)


def similarities(study: StudyFile, outcomes: Sequence[Step]) -> Iterator[Step]:
    """How much each ranked recipe changed its network, at the largest fraction, in the first
    fold."""
    for step in explained_by("similarity", _shown(study, outcomes)):
        title = f"{step.spec['recipe']}, seed {step.spec['seed']}: similarity"
        yield make_step("similarity", title, {}, step)


def _shown(study: StudyFile, outcomes: Sequence[Step]) -> list[Step]:
    ranked = {name for name, recipe in study.recipes.items() if recipe.ranked}
    which = max(study.fractions), 0
    return [
        step
        for step in outcomes
        if (step.spec["fraction"], step.spec["fold"]) == which and step.spec["recipe"] in ranked
    ]


def _of_each(
    kind: str, outcomes: Sequence[Step], what: str, spec: Mapping[str, Any], folds: int
) -> Iterator[Step]:
    """A step for each outcome that it can explain; its title names the fold where there are
    several."""
    for step in explained_by(kind, outcomes):
        name, seed = step.spec["recipe"], step.spec["seed"]
        fold = fold_in_title(step.spec["fold"], folds)
        yield make_step(kind, f"{name}, seed {seed}{fold}: {what}", spec, step)


def explained_by(kind: str, outcomes: Sequence[Step]) -> list[Step]:
    """The outcomes that steps of a kind can explain."""
    return [step for step in outcomes if kind in kind_as(Trial, trials_of(step)[0]).explained_by]


def _in_clips(context: Context) -> bool:
    """Whether any clip has several frames."""
    videos = context.manifest.table["video"]
    return bool(videos[videos != ""].duplicated().any())


def _areas(
    study: StudyFile, context: Context, earlier: EarlierSteps, seed: int, outcomes: Sequence[Step]
) -> Iterator[Step]:
    """What earlier steps, and the classifiers that went on from them, segment in each clip."""
    for name in study.segmentations:
        learned = earlier.step(name, seed)
        structures = learned.spec["structures"]
        called = {word_key(name): column for name, column in study.data.flags.items()}
        flags = {name: called[word_key(name)] for name in structures if word_key(name) in called}
        if not flags:
            continue
        after = [step for step in outcomes if learned in trials_of(step)[0].parents]
        spec = {
            "networks": [f"step {name}", *(step.spec["recipe"] for step in after)],
            "structures": structures,
            "flags": flags,
            "bank": context.bank.key,
            "manifest": context.manifest.key_with(flags.values()),
        }
        yield make_step("areas", f"areas of step {name}, seed {seed}", spec, learned, *after)
