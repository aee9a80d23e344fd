"""Options of trainings that make no sense for a task: refused, with the reason."""

from collections.abc import Mapping
from typing import Any

from pydantic import AfterValidator, BeforeValidator

from pleura.data.augment_settings import Augmentation


def no_smoothing(reason: str) -> BeforeValidator:
    """A validator of `loss` that refuses label smoothing, for a `reason` that ends the sentence."""

    def check(given: Any) -> Any:
        options = given.values() if isinstance(given, Mapping) else ()
        if any(isinstance(each, Mapping) and "smoothing" in each for each in options):
            raise ValueError(f"label smoothing is for classes and findings; {reason}")
        return given

    return BeforeValidator(check)


def no_mixup(reason: str) -> AfterValidator:
    """A validator of `augmentation` that refuses mixup, for a `reason` that ends the sentence."""

    def check(given: Augmentation | None) -> Augmentation | None:
        if given and given.mixup:
            raise ValueError(f"mixup is for classes, findings and numbers; {reason}")
        return given

    return AfterValidator(check)
