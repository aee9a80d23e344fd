"""What a budget reads in a study file, and how its values are put there."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pleura.study.budget.rules import VARIED, Fixed
from pleura.study.image_training import ImageTraining
from pleura.study.study_base import StudyBase

File = TypeVar("File", bound=StudyBase)
CHOSEN = {
    "data": ("size",),
    "training": ("epochs", "min_steps", "batch_size", "precision"),
    "tune": ("rates", "penalties"),
}  # keys that a budget chooses, by section; those of the augmentation are VARIED


def fixed_by(study: StudyBase) -> Fixed:
    """What a study file says itself of what a budget chooses."""
    given: dict[str, Any] = {}
    for section, keys in CHOSEN.items():
        holder = getattr(study, section)
        said = holder.model_fields_set
        given |= {f"{section}.{key}": getattr(holder, key) for key in keys if key in said}
    varied = getattr(study.training, "augmentation", None)
    if varied is not None:
        said = varied.model_fields_set
        given |= {
            f"training.augmentation.{key}": getattr(varied, key) for key in VARIED if key in said
        }
    if given.get("training.precision") == "auto":
        del given["training.precision"]
    trials = next(iter(study.values_given().values()), None)
    tune = type(study.tune).model_fields
    return Fixed(given, trials, study.training, varied, tuple(tune))


def shared_size(study: StudyBase) -> int | None:
    """The size that the study's own images must have since a step learns from them together with
    others; None where there is none."""
    for step in study.pretrainings.values():
        if step.own and step.data:
            return step.data[0].size
    return None


def size_before(study: StudyBase) -> int:
    """The side of the images from which those of a training grow, which is below their full side;
    0 where they do not grow."""
    training = study.training
    return max(training.sizes or [0]) if isinstance(training, ImageTraining) else 0


def with_values(study: File, values: Mapping[str, Any]) -> File:
    """The study with these `values`, by keys such as `training.epochs`, and without its budget."""
    changed: File = _changed(study, {"budget": None, **values})
    return changed


def _changed(section: Any, values: Mapping[str, Any]) -> Any:
    """A section of a study file with other values, those of its own sections among them."""
    own: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        name, _, rest = key.partition(".")
        if rest:
            inner.setdefault(name, {})[rest] = value
        else:
            own[name] = value
    changed = {name: _changed(getattr(section, name), each) for name, each in inner.items()}
    return section.model_copy(update={**own, **changed})
