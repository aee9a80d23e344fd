"""Countermeasures to shortcuts as study files say them: for all recipes under `training`, for one
among its keys."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
)

from pleura.data.shortcut_settings import (
    ClassDRO,
    ClassSampling,
    Countermeasure,
    GroupDRO,
    GroupSampling,
    HideFrame,
    LungCrop,
    OfGroups,
    SwapBackground,
)
from pleura.errors import InputError, refuse
from pleura.options import UNSAID, SaysWhatIsOn, make_named
from pleura.transfer.linear_probe_then_fine_tuning import LinearProbeThenFineTuning
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import is_search
from pleura.wording import in_a_row

if TYPE_CHECKING:
    from pleura.study.study_base import StudyBase

Named = str | dict[str, dict[str, Any] | None]
NOTHING = "none"
MODELS: Mapping[str, Mapping[str, type[Countermeasure]]] = {
    "hide": {"frame": HideFrame},
    "swap": {"background": SwapBackground},
    "group_sampling": {"sources": GroupSampling, "classes_in_sources": ClassSampling},
    "group_dro": {"sources": GroupDRO, "classes_in_sources": ClassDRO},
}
"""What each key of a study file can name."""
NO_LUNGS = (
    "swap: background: where the lungs are is not known; give data.lungs (of classes, grades and "
    "findings)"
)
NO_BACKGROUND = (
    "swap: background: of lungs alone (data.lungs.alone) there is no background to swap; leave one "
    "of them out"
)
NO_CLASS = "classes_in_sources: an image is not of one class here; its groups can be sources"
MIXED = (
    "group_dro: mixup lays images of different groups over one another, which then have no group; "
    "leave one of them out (training.augmentation.mixup)"
)


class Countermeasures(SaysWhatIsOn):
    """Keys that `training` and recipes share; a file leaves out those that ask for nothing."""

    hide: Annotated[Named | None, UNSAID] = Field(
        None, description="frame, or {frame: {option: value}}, or none"
    )
    swap: Annotated[Named | None, UNSAID] = Field(
        None, description="background, or {background: {untouched: 0.3}}, or none"
    )
    group_sampling: Annotated[Named | None, UNSAID] = Field(
        None, description="sources, or classes_in_sources: batches have as many of each; or none"
    )
    group_dro: Annotated[Named | None, UNSAID] = Field(
        None, description="sources, or classes_in_sources, or {sources: {option: value}}, or none"
    )

    @field_validator(*MODELS)
    @classmethod
    def _known(cls, given: Any, info: ValidationInfo) -> Any:
        if given is not None and info.field_name:
            _made(info.field_name, given)
        return given


def _made(key: str, given: Named) -> Countermeasure | None:
    """What a key names, None where that is nothing. Raises ValueError for all else."""
    if given == NOTHING:
        return None
    try:
        return make_named(key, given, MODELS[key])
    except InputError as error:
        heading = error.heading.removeprefix(f"{key}: ").removeprefix(f"{key} ")
        raise ValueError("; ".join([heading, *error.problems])) from error


def countermeasures_of(training: Countermeasures, recipe: Countermeasures) -> dict[str, Any]:
    """What the spec of a training of a recipe says of its countermeasures: by key what is done,
    with all options; what the recipe says stands before what `training` says. Empty for none."""
    spec = {}
    for key in MODELS:
        given = getattr(recipe, key)
        given = getattr(training, key) if given is None else given
        if given is not None and (options := _made(key, given)):
            name = given if isinstance(given, str) else next(iter(given))
            spec[key] = {name: options.model_dump(mode="json")}
    return spec


def asked_of(spec: Mapping[str, Any]) -> dict[str, Countermeasure]:
    """The countermeasures that the spec of a training names, by key."""
    return {key: make_named(key, spec[key], MODELS[key]) for key in MODELS if key in spec}


def groups_asked(spec: Mapping[str, Any]) -> OfGroups | None:
    """What of the countermeasures of a spec says what its groups are; None where none has any.

    Raises InputError where two of them ask for different groups.
    """
    asked = [each for each in asked_of(spec).values() if isinstance(each, OfGroups)]
    if len({each.classes for each in asked}) > 1:
        raise InputError("group_sampling and group_dro need the same groups: give both one name")
    return asked[-1] if asked else None


def do_any(study: "StudyBase", key: str) -> bool:
    """Whether a recipe of a study does what a key names."""
    return any(key in spec for spec in _specs_of(study))


def groups_of_recipes(study: "StudyBase") -> list[OfGroups]:
    """Each kind of groups that a recipe of a study draws alike, once."""
    kinds: dict[bool, OfGroups] = {}
    for spec in _specs_of(study):
        asked, dro = groups_asked(spec), asked_of(spec).get("group_dro")
        drawn = "group_sampling" in spec or (isinstance(dro, GroupDRO) and dro.sampled)
        if asked and drawn:
            kinds[asked.classes] = asked
    return list(kinds.values())


def _specs_of(study: "StudyBase") -> list[dict[str, Any]]:
    """What the specs of all recipes of a study say of countermeasures."""
    training = getattr(study, "training", None)
    if not isinstance(training, Countermeasures):
        return []
    recipes: Mapping[str, Any] = study.recipes
    return [countermeasures_of(training, recipe) for recipe in recipes.values()]


def wrong_countermeasures(
    training: Countermeasures,
    recipes: Mapping[str, Countermeasures],
    *,
    one_class: bool,
    lungs: bool,
    alone: bool,
    mixed: bool,
) -> list[str]:
    """One line for each thing that does not fit, with the recipes of which it does not: two kinds
    of groups, classes where an image is not of one class (`one_class`), backgrounds where no
    `lungs` are known or the lungs `alone` are seen, losses of groups of images that are `mixed`."""
    wrong: dict[str, list[str]] = {}
    for name, recipe in recipes.items():
        spec = countermeasures_of(training, recipe)
        try:
            groups = groups_asked(spec)
        except InputError as error:
            wrong.setdefault(str(error), []).append(name)
            continue
        if "swap" in spec and not lungs:
            wrong.setdefault(NO_LUNGS, []).append(name)
        if "swap" in spec and alone:
            wrong.setdefault(NO_BACKGROUND, []).append(name)
        if "group_dro" in spec and mixed:
            wrong.setdefault(MIXED, []).append(name)
        if groups and groups.classes and not one_class:
            wrong.setdefault(NO_CLASS, []).append(name)
    return [f"recipes.{', '.join(names)}: {what}" for what, names in wrong.items()]


def said_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """In words what the recipes of a saved study file do against shortcuts, by their names; those
    that do nothing are left out."""

    def asked(section: Mapping[str, Any]) -> Countermeasures:
        return Countermeasures.model_validate({key: section.get(key) for key in MODELS})

    training = asked(settings.get("training") or {})
    recipes = settings.get("recipes") or {}
    specs = {name: countermeasures_of(training, asked(each)) for name, each in recipes.items()}
    lungs = (settings.get("data") or {}).get("lungs")
    margin = lungs.get("crop") if isinstance(lungs, Mapping) else None
    crop = None if margin is None else LungCrop(float(margin))
    return {name: _in_words(spec, recipes[name], crop) for name, spec in specs.items() if spec}


def _in_words(spec: Mapping[str, Any], recipe: Mapping[str, Any], crop: LungCrop | None) -> str:
    """What a spec asks for, what of it hides lung of images that are cropped to these (`crop`), and
    what `recipe`, as it is saved, learns before without it."""
    asked = asked_of(spec)
    done = [each.said for each in asked.values()]
    frames = asked.get("hide")
    if crop and isinstance(frames, HideFrame) and crop.shows_lung_within(frames.widest):
        done.append(
            "images are cropped to their lungs, so that these frames hold lung, which is hidden, "
            "or swapped for that of another image"
        )
    if before := _learned_before(recipe):
        done.append(f"without any of this came, before that training, {in_a_row(before)}")
    return "; ".join(done)


def _learned_before(recipe: Mapping[str, Any]) -> list[str]:
    """What a recipe, as it is saved, learns from images of its study before it trains its network:
    they are shown as they are judged there, each as often as any other."""
    strategy = make_strategy(recipe.get("strategy") or "fine_tuning")
    curriculum = recipe.get("curriculum") or ()
    learned = {
        "the self-supervised steps of its curriculum": bool(curriculum),
        "the probes that chose among them": isinstance(curriculum, Mapping),
        "the probes that chose its depth": is_search(strategy) and strategy.by == "probes",
        "the linear probe from which its head starts": isinstance(
            strategy, LinearProbeThenFineTuning
        ),
    }
    return [what for what, is_learned in learned.items() if is_learned]


def lines_of(study: "StudyBase", frozen: Sequence[str]) -> list[str]:
    """What a plan says of the countermeasures of a study: a line for each recipe that has some, and
    which recipes know nothing of those of `training`: the `frozen` ones, which learn from features
    of images.

    Raises InputError where such a recipe asks for one by itself, or where there is no other one.
    """
    training = getattr(study, "training", None)
    if not isinstance(training, Countermeasures):
        return []
    recipes: Mapping[str, Any] = study.recipes
    problems = [
        f"recipes.{name}.{key}: {name} learns from features of whole images, which are computed "
        f"once for all; {key} goes with recipes that train a network"
        for name in frozen
        for key in MODELS
        if getattr(recipes[name], key) not in (None, NOTHING)
    ]
    lines = list[str]()
    for key in MODELS:
        if getattr(training, key) in (None, NOTHING):
            continue
        if len(frozen) == len(recipes):
            problems.append(f"training.{key}: no recipe trains a network; all learn from features")
        elif frozen:
            why = f"{in_a_row(frozen)}: learned from features of whole images"
            lines.append(f"note: training.{key}: not for {why}")
    refuse("training against shortcuts does not fit", problems)
    crop = study.lungs.cropping if study.lungs else None
    for name, recipe in recipes.items():
        if name not in frozen and (spec := countermeasures_of(training, recipe)):
            said = _in_words(spec, recipe.model_dump(mode="json"), crop)
            lines.append(f"{name}: against shortcuts: {said}")
    return lines
