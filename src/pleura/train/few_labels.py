"""What trainings of a study use where labels are few, in words, as its file says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Used:
    """An option that is on, in words, and the name of the paper that it is from, as
    `pleura.report.methods.references` has it."""

    words: str
    paper: str


def used(training: Mapping[str, Any]) -> list[Used]:
    """Those that are on in the section `training` of a study file; none by default."""
    augmentation: Mapping[str, Any] = training.get("augmentation") or {}
    found = []
    if (kept := training.get("ema")) is not None:
        found.append(Used(f"weights averaged over the steps (EMA {kept:g})", "tarvainen"))
    if smoothing := _smoothing(training.get("loss")):
        found.append(Used(f"label smoothing ({smoothing:g})", "szegedy"))
    if mixup := augmentation.get("mixup"):
        words = f"mixup (alpha {mixup['alpha']:g}, probability {mixup['probability']:g})"
        found.append(Used(words, "zhang"))
    if cutout := augmentation.get("cutout"):
        words = f"cutout (side {cutout['side']:g}, probability {cutout['probability']:g})"
        found.append(Used(words, "devries"))
    if rand := augmentation.get("rand_augment"):
        words = f"RandAugment (changes {rand['changes']}, strength {rand['strength']:g})"
        found.append(Used(words, "cubuk"))
    if (rate := training.get("stochastic_depth")) is not None:
        found.append(Used(f"stochastic depth (up to {rate:g})", "huang"))
    if sizes := training.get("sizes"):
        found.append(Used(f"images that grow ({_grown(sizes)} pixels first)", "tan"))
    return found


def _smoothing(loss: Any) -> float:
    """The share that a loss with options spreads; 0 for one without."""
    options = next(iter(loss.values()), None) if isinstance(loss, Mapping) else None
    return float((options or {}).get("smoothing") or 0)


def _grown(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes))
