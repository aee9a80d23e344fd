"""Study files from YAML or plain objects, with every error named, and back.

To read one takes no torch, so that a wrong key is told at once.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from pleura.data.addresses import Addresses
from pleura.errors import InputError, nearest
from pleura.study.named import wrong_names
from pleura.study.problems import problems_of, read_yaml
from pleura.study.schema import LungMasks, StudyFile
from pleura.study.sections import STARTS, Data, RecipeBase
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.step_sections import SegmentationStep
from pleura.study.yaml_files import load_yaml
from pleura.tasks.listed import TASKS

LUNG = "lung"
SIMULATED = "simulated by pleura"
AnyStudy = StudyFile | SegmentationStudy
Weighted = TypeVar("Weighted", SegmentationStep, RecipeBase)


def read_study(path: Path, changes: Sequence[str] = (), *, quick: bool = False) -> AnyStudy:
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
        for key, value in smaller.items():
            _set(content, str(key), value, f"{path}: quick: {key}")
    for change in changes:
        _apply(content, change)
    if quick:
        _quicken_masker(content)
    return make_study(content, where=str(path), relative_to=path.parent)


def make_study(content: Mapping[str, Any], *, where: str, relative_to: Path) -> AnyStudy:
    """A study from plain objects; `where` names it in messages. Raises InputError."""
    problem = f"{where}: the study does not fit"
    task = content.get("task", "classification")
    if not isinstance(task, str) or task not in TASKS:
        raise InputError(problem, [f"task: there is no {task!r}{nearest(str(task), TASKS)}"])
    try:
        study = cast(AnyStudy, TASKS[task].study_file.model_validate(content))
    except ValidationError as error:
        raise InputError(problem, problems_of(error, TASKS[task].study_file)) from error
    if wrong := wrong_names(study):
        raise InputError(problem, wrong)

    def resolved(key: str, path: str | Path) -> Path:
        try:
            whole = (relative_to / Path(path).expanduser()).resolve()
            return whole if whole.exists() else Path(Addresses(relative_to).find(str(whole)))
        # A user who does not exist, a null byte, a name too long.
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(
                problem, [f"{key}: {str(path)!r} cannot be a path ({error})"]
            ) from error

    def with_file(key: str, start: Weighted) -> Weighted:
        """With the path of its weights, where they are a file's."""
        known = (*STARTS, *study.steps)
        if start.weights in known:
            return start
        path = resolved(key, start.weights)
        if (meant := get_close_matches(start.weights.lower(), known, 1)) and not path.exists():
            raise InputError(
                problem, [f"{key}: there is no file {path}; did you mean '{meant[0]}'?"]
            )
        return start.model_copy(update={"weights": str(path)})

    def with_masker(key: str, lungs: LungMasks) -> LungMasks:
        if lungs.masker:
            return LungMasks(masker=resolved(f"{key}.masker", lungs.masker))
        if lungs.study:
            path = resolved(f"{key}.study", lungs.study)
            try:
                read_masker_study(path, quick=lungs.quick)
            except InputError as error:
                whole = f"{key}.quick: false takes the whole study, with --quick, too"
                told = (*error.problems, whole) if lungs.quick else error.problems
                raise InputError(f"{where}: {key}.study: {error.heading}", told) from error
            return LungMasks(study=path, quick=lungs.quick)
        return lungs

    def with_manifest(key: str, data: Data) -> Data:
        update: dict[str, Any] = {}
        if data.manifest is not None:
            update["manifest"] = resolved(f"{key}.manifest", data.manifest)
        elif not data.source:
            update["source"] = SIMULATED
        placed = data.model_copy(update=update)
        return placed.with_masker(partial(with_masker, f"{key}.lungs"))

    return study.model_copy(
        update={
            "data": with_manifest("data", study.data),
            "steps": {
                name: step.placed(f"steps.{name}", with_manifest, with_file)
                for name, step in study.steps.items()
            },
            "recipes": {
                name: with_file(f"recipes.{name}.weights", recipe)
                for name, recipe in study.recipes.items()
            },
        }
    )


def read_masker_study(path: Path, *, quick: bool) -> AnyStudy:
    """The study that trains a lung masker. Raises InputError for one that segments no lungs."""
    # Before the rest is read: a classification may name itself here.
    if read_yaml(path).get("task") != "segmentation":
        raise InputError(f"{path}: is a study of classes; a masker is trained by a segmentation")
    study = read_study(path, quick=quick)
    structures = study.masks[""].names
    if len(structures) > 1 and not any(LUNG in name.lower() for name in structures):
        raise InputError(
            f"{path}: segments {', '.join(structures)}, of which none is called {LUNG}"
        )
    return study


def dump_study(study: AnyStudy) -> str:
    """The resolved study as YAML, defaults included."""
    return yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


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
