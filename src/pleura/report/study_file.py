"""The study file as the page shows it: without defaults that do not apply, and without names of
patients and files where it asks for that."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import yaml

from pleura.data.augment_settings import Augmentation
from pleura.models.sources.listed import AT, find_named
from pleura.train.few_labels import FROZEN
from pleura.train.settings import FitSettings

# Empty by default; an empty value says no more than none.
EMPTY = (
    *("columns", "where", "labels", "flags", "rules", "steps", "curriculum", "source", "licence"),
    *("classes", "patients", "lungs", "full_range", "test", "folds", "rates", "network", "masks"),
    *("frames", "manifest", "simulated", "confounders", "ignore"),
)
# Keys of a recipe that go with a network only, or with a backbone only.
OF_NETWORK, OF_BACKBONE = ("network", "heads", "freeze"), ("backbone", "strategy", "curriculum")
# A head on frozen features has one optimum: it knows no epochs, and sees no augmented image.
BY_EPOCHS = FitSettings().as_spec() | {
    "augmentation": Augmentation().model_dump(mode="json"),
    "loss": "cross_entropy",
}
LEFT_OUT = "(left out)"
# A path from here or from a home, or an address of a file: it begins so, or it ends with the name
# of a file, and is no address of the web.
RELATIVE = re.compile(
    r"(~\w*|\.\.?)[/\\].*|(?i:file):/.*|(?!\w+://)[^\n]*[/\\][^/\\\n]*\.[A-Za-z]\w{1,11}"
)
NAMING = ("manifest", "where")  # keys of a study file whose values can name patients or files
# What follows a colon in a note and names nobody: numbers, shares, and what became of a shape.
NAMELESS = re.compile(
    r"[\d\s.,:%]*|\d+`\)|a centred square is cut out|padded with black"
    r"|\d+ of each, spread evenly|[\d.e+-]+ a second"  # frames of clips
)
OF_LABELS = "labels studied as one"  # a note whose names are those of classes, which the page has
EARLIER = re.compile(r"step [^:]*: ")


def study_text(study: Mapping[str, Any]) -> str:
    """YAML that reads as the same study, but for folders of files: what is empty, or belongs to the
    other kind of recipe, is left out; so are defaults of training by epochs where no recipe trains
    so. The study.yaml in the study's folder has all."""
    recipes, training = study.get("recipes"), study.get("training")
    shown = dict(study)
    if isinstance(recipes, Mapping):
        shown["recipes"] = {name: _of_recipe(recipe) for name, recipe in recipes.items()}
        if isinstance(training, Mapping) and all(map(_is_frozen, recipes.values())):
            shown["training"] = {
                key: value
                for key, value in training.items()
                if key not in BY_EPOCHS or value != BY_EPOCHS[key]
            }
    return yaml.safe_dump(_filled(without_folders(shown)), sort_keys=False, allow_unicode=True)


def _of_recipe(recipe: Any) -> Any:
    if not isinstance(recipe, Mapping) or "backbone" not in recipe:
        return recipe
    idle: tuple[str, ...] = OF_NETWORK if recipe["backbone"] else OF_BACKBONE
    # Random weights cannot be missing.
    if recipe.get("weights") == "random" and recipe.get("missing_weights") == "refuse":
        idle = (*idle, "missing_weights")
    return {key: value for key, value in recipe.items() if key not in idle}


def _is_frozen(recipe: Any) -> bool:
    """Whether a recipe trains nothing but a linear head on features."""
    return isinstance(recipe, Mapping) and recipe.get("strategy") == FROZEN


def _filled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _filled(each)
            for key, each in value.items()
            if key not in EMPTY or each not in (None, "", {}, [])
        }
    return [_filled(each) for each in value] if isinstance(value, list) else value


def images_grow(study: Mapping[str, Any]) -> bool:
    """Whether trainings began with smaller images than those that are judged."""
    training = study.get("training")
    return isinstance(training, Mapping) and bool(training.get("sizes"))


def chosen_for(budget: Mapping[str, Any], study: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Of what a study's folder keeps of a `budget`: the budget as it was asked for, and the keys of
    the study file that were chosen for it; ("", []) where the study has other values by now, or
    none was kept."""
    chosen = {str(value["key"]): value["value"] for value in budget.get("values") or ()}
    same = all(_value_at(study, key) == value for key, value in chosen.items())
    return (str(budget.get("budget", "")), sorted(chosen)) if chosen and same else ("", [])


def _value_at(study: Any, key: str) -> Any:
    """The value in a study file at a key such as `training.epochs`; None where there is none."""
    for name in key.split("."):
        study = study.get(name) if isinstance(study, Mapping) else None
    return study


def hides_names(study: Mapping[str, Any]) -> bool:
    """Whether a study file says `report: {patients: hidden}`."""
    report = study.get("report")
    return isinstance(report, Mapping) and report.get("patients") == "hidden"


def without_names(study: Any) -> Any:
    """The study file without the values that can name patients or images; of other files, such as
    weights, it keeps the name and leaves out the folders."""
    if isinstance(study, Mapping):
        return {
            key: LEFT_OUT if key in NAMING and value else without_names(value)
            for key, value in study.items()
        }
    if isinstance(study, list):
        return [without_names(value) for value in study]
    return without_folders(study)


def without_folders(value: Any) -> Any:
    """A path by the name of its file alone, since folders name users and wards; in a mapping and in
    a list, too. All else as it is."""
    if isinstance(value, Mapping):
        return {key: without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_folders(each) for each in value]
    if isinstance(value, str):
        if (named := find_named(value)) and named.file:
            # Of `rad-dino@FILE` the name stays: it says what the file holds.
            return f"{named.source.name}{AT}{PureWindowsPath(str(named.file)).name}"
        for path in (PurePosixPath(value), PureWindowsPath(value)):
            if path.is_absolute() or (len(path.parts) > 1 and RELATIVE.fullmatch(value)):
                return PureWindowsPath(value).name  # which knows both kinds of slashes
    return value


def note_without_names(note: str) -> str:
    """A note of the study without what follows its colon, unless that is known to name nobody."""
    step = EARLIER.match(note)
    begin = step.group() if step else ""
    said, colon, names = note[len(begin) :].partition(": ")
    if not colon or NAMELESS.fullmatch(names) or said.startswith(OF_LABELS):
        return note
    return f"{begin}{said} {LEFT_OUT}"
