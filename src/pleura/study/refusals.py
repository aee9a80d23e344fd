"""Options of trainings that make no sense for a task: refused, with the reason."""

from collections.abc import Mapping
from typing import Any

from pydantic import BeforeValidator


def no_smoothing(reason: str) -> BeforeValidator:
    """A validator of `loss` that refuses label smoothing, for a `reason` that ends the sentence."""

    def check(given: Any) -> Any:
        options = given.values() if isinstance(given, Mapping) else ()
        if any(isinstance(each, Mapping) and "smoothing" in each for each in options):
            raise ValueError(f"label smoothing is for classes and findings; {reason}")
        return given

    return BeforeValidator(check)
