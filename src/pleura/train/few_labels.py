"""What trainings of a study use where labels are few, in words, as its file says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

FROZEN = "feature_extraction"


@dataclass(frozen=True)
class Used:
    """An option that is on: its `key` in the section, in words, and the name of the paper that it
    is from, as `pleura.report.methods.references` has it. `not_for` are recipes that have no use
    for it."""

    key: str
    words: str
    paper: str
    not_for: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """In words, with the recipes that have no use for it."""
        names = ", ".join(f"“{name}”" for name in self.not_for)
        return f"{self.words}{f' (not for {names})' * bool(names)}"


def is_linear_head(recipe: Mapping[str, Any]) -> bool:
    """Whether a recipe of a study file fits a linear head to frozen features: a solver does it,
    without images, epochs and learning rates."""
    return _on_features(recipe) and not _hidden(recipe)


def used_by_recipes(study: Mapping[str, Any]) -> list[Used]:
    """Those that are on in a study file, each with the recipes that have no use for it: heads on
    frozen features see no augmented image, and only those with a hidden layer average weights. What
    no recipe has a use for is among them, too."""
    recipes: Mapping[str, Mapping[str, Any]] = study.get("recipes") or {}

    def useless(recipe: Mapping[str, Any], key: str) -> bool:
        if key == "ema":
            return is_linear_head(recipe)
        return _on_features(recipe) or _unvaried(recipe, key)

    return [
        replace(each, not_for=tuple(name for name, it in recipes.items() if useless(it, each.key)))
        for each in used(study.get("training") or {})
    ]


def used_by_steps(study: Mapping[str, Any]) -> dict[str, list[Used]]:
    """Those that are on in the trainings of the steps of a study file, by the names of these."""
    steps: Mapping[str, Mapping[str, Any]] = study.get("steps") or {}
    of_each = {
        name: [it for it in used(step.get("training") or {}) if not _unvaried(step, it.key)]
        for name, step in steps.items()
    }
    return {name: found for name, found in of_each.items() if found}


def used(training: Mapping[str, Any]) -> list[Used]:
    """Those that are on in the section `training` of a study file; none by default."""
    augmentation: Mapping[str, Any] = training.get("augmentation") or {}
    found = []
    if (kept := training.get("ema")) is not None:
        found.append(Used("ema", f"weights averaged over the steps (EMA {kept:g})", "tarvainen"))
    if smoothing := _smoothing(training.get("loss")):
        found.append(Used("loss", f"label smoothing ({smoothing:g})", "szegedy"))
    if mixup := augmentation.get("mixup"):
        words = f"mixup (alpha {mixup['alpha']:g}, probability {mixup['probability']:g})"
        found.append(Used("augmentation.mixup", words, "zhang"))
    if cutout := augmentation.get("cutout"):
        words = f"cutout (side {cutout['side']:g}, probability {cutout['probability']:g})"
        found.append(Used("augmentation.cutout", words, "devries"))
    if rand := augmentation.get("rand_augment"):
        words = f"RandAugment (changes {rand['changes']}, strength {rand['strength']:g})"
        found.append(Used("augmentation.rand_augment", words, "cubuk"))
    if (rate := training.get("stochastic_depth")) is not None:
        found.append(Used("stochastic_depth", f"stochastic depth (up to {rate:g})", "huang"))
    if sizes := training.get("sizes"):
        found.append(Used("sizes", f"images that grow ({_grown(sizes)} pixels first)", "tan"))
    return found


def _smoothing(loss: Any) -> float:
    """The share that a loss with options spreads; 0 for one without."""
    options = next(iter(loss.values()), None) if isinstance(loss, Mapping) else None
    return float((options or {}).get("smoothing") or 0)


def _grown(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes))


def _on_features(recipe: Mapping[str, Any]) -> bool:
    strategy = recipe.get("strategy")
    name = strategy if isinstance(strategy, str) else next(iter(strategy or {}), "")
    return name == FROZEN and not recipe.get("network")


def _unvaried(section: Mapping[str, Any], key: str) -> bool:
    """Whether a section shows its images as they are, so that an option of augmentation is idle."""
    return key.startswith("augmentation.") and section.get("augmented") is False


def _hidden(recipe: Mapping[str, Any]) -> bool:
    strategy = recipe.get("strategy")
    options = strategy.get(FROZEN) if isinstance(strategy, Mapping) else None
    return bool((options or {}).get("hidden"))
