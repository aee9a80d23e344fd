"""Study files from YAML or plain objects, with every error named, and back.

To read one takes no torch, so that a wrong key is told at once.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from pleura.errors import InputError, nearest, refuse
from pleura.models.sources.listed import AT, SOURCES, find_named
from pleura.models.weight_files import find_weights
from pleura.problems import problems_of
from pleura.study.named import wrong_besides, wrong_names
from pleura.study.paths import whole_path
from pleura.study.sections import STARTS, RecipeBase
from pleura.study.step_sections import SegmentationStep
from pleura.study.study_base import StudyBase
from pleura.study.yaml_files import load_yaml, read_yaml
from pleura.tasks.listed import TASKS

LUNG = "lung"
# Keys that a saved file leaves out where they ask for nothing: it is then that of earlier versions.
SAID_IF_ASKED = ("subgroups", "prevalence", "sets", "ensembles", "mirrored", "budget")
Weighted = TypeVar("Weighted", SegmentationStep, RecipeBase)


def read_study(path: Path, changes: Sequence[str] = (), *, quick: bool = False) -> StudyBase:
    """Read a YAML study file, apply changes such as `training.epochs=4`, resolve its paths.

    With `quick` those changes come first that the file lists under `quick`, key by key. Paths are
    relative to the file. Raises InputError that lists everything wrong.
    """
    content = read_yaml(path)
    smaller = content.pop("quick", {})
    if not isinstance(smaller, dict) or (quick and not smaller):
        raise InputError(
            f"{path}: has no quick variant; write one: `quick: {{data.patients: 40, seeds: [0]}}`"
        )
    if quick:
        content.pop("budget", None)  # it is for the whole study
        for key, value in smaller.items():
            _set(content, str(key), value, f"{path}: quick: {key}")
    for change in changes:
        _apply(content, change)
    if quick:
        _quicken_masker(content)
    return make_study(content, where=str(path), relative_to=path.parent)


def make_study(content: Mapping[str, Any], *, where: str, relative_to: Path) -> StudyBase:
    """A study from plain objects; `where` names it in messages. Raises InputError."""
    problem = f"{where}: the study does not fit"
    task = content.get("task", "classification")
    if not isinstance(task, str) or task not in TASKS:
        raise InputError(problem, [f"task: there is no {task!r}{nearest(str(task), TASKS)}"])
    try:
        study = TASKS[task].study_file.model_validate(content, context=relative_to)
    except ValidationError as error:
        told = problems_of(error, TASKS[task].study_file)
        raise InputError(problem, [*told, *wrong_besides(content, told)]) from error
    refuse(problem, wrong_names(study))
    if study.lungs and study.lungs.study:
        _check_masker_study(study.lungs.study, where, quick=study.lungs.quick)

    def with_file(place: str, start: Weighted) -> Weighted:
        """With the path of its weights, where they are a file's."""
        names = (*STARTS, *SOURCES, *study.steps)
        if start.weights in names:
            return start
        named = find_named(start.weights)
        written = str(named.file) if named else start.weights
        try:
            path = find_weights(whole_path(written, relative_to), written)
        except ValueError as error:
            raise InputError(problem, [f"{place}.weights: {error}"]) from error
        if named:
            return start.model_copy(update={"weights": f"{named.source.name}{AT}{path}"})
        name, at, file = start.weights.partition(AT)
        if (meant := get_close_matches(name.lower(), names, 1)) and not path.exists():
            raise InputError(
                problem,
                [f"{place}.weights: there is no file {path}; did you mean '{meant[0]}{at}{file}'?"],
            )
        return start.model_copy(update={"weights": str(path)})

    steps = {name: with_file(f"steps.{name}", step) for name, step in study.segmentations.items()}
    recipes = {name: with_file(f"recipes.{name}", each) for name, each in study.recipes.items()}
    return study.model_copy(update={"steps": {**study.steps, **steps}, "recipes": recipes})


def read_masker_study(path: Path, *, quick: bool) -> StudyBase:
    """The study that trains a lung masker. Raises InputError for one that segments no lungs."""
    # Before the rest is read: a classification may name itself here.
    task = TASKS.get(str(read_yaml(path).get("task")))
    if task is None or task.labelled:
        raise InputError(f"{path}: is a study of classes; a masker is trained by a segmentation")
    study = read_study(path, quick=quick)
    structures = study.masks[""].names
    if len(structures) > 1 and not any(LUNG in name.lower() for name in structures):
        raise InputError(
            f"{path}: segments {', '.join(structures)}, of which none is called {LUNG}"
        )
    return study


def _check_masker_study(path: Path, where: str, *, quick: bool) -> None:
    """Raise InputError, in the name of the study `where`, where its masker's does not fit."""
    try:
        read_masker_study(path, quick=quick)
    except InputError as error:
        whole = "data.lungs.quick: false takes the whole study, with --quick, too"
        problems = (*error.problems, whole) if quick else error.problems
        raise InputError(f"{where}: data.lungs.study: {error.heading}", problems) from error


def dump_study(study: StudyBase) -> str:
    """The resolved study as YAML, defaults included, but for `SAID_IF_ASKED`."""
    every = study.model_dump(mode="json")
    content = {key: value for key, value in every.items() if value or key not in SAID_IF_ASKED}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _apply(content: dict[str, Any], change: str) -> None:
    name, equals, text = change.partition("=")
    if not equals or not name:
        raise InputError(f"--set {change}: write it as key.key=value")
    try:
        value = load_yaml(text)
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"--set {change}: the value is not readable as YAML") from error
    _set(content, name, value, f"--set {change}")


def _quicken_masker(content: Mapping[str, Any]) -> None:
    """A quick study's masker is quick, too, unless the file or a change of it says otherwise."""
    data = content.get("data")
    lungs = data.get("lungs") if isinstance(data, Mapping) else None
    if isinstance(lungs, dict) and lungs.get("study"):
        lungs.setdefault("quick", True)


def _set(content: dict[str, Any], name: str, value: Any, where: str) -> None:
    """Set what a key such as `training.epochs` names; `where` stands in messages."""
    *path, last = name.split(".")
    here = content
    for key in path:
        inner = here.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InputError(f"{where}: '{key}' holds a value, not further keys")
        here = inner
    here[last] = value
