"""What a model is called where others read it: on a page, and in DICOM files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

OF_STUDY = ("study.yaml", "split.json")  # a user may have the first without any study
UNNAMED = "model"


def title_of(place: Path, card: Mapping[str, Any]) -> str:
    """The name of the study whose model lies in the folder `place`, or else that of its recipe.

    No other part of the place is told: a folder that is no study's may be called by a user or a
    ward, such as `/home/doe/best`.
    """
    above = place.resolve().parent
    is_study = all((above / name).is_file() for name in OF_STUDY)
    return above.name if is_study else recipe_of(card)


def recipe_of(card: Mapping[str, Any]) -> str:
    """The name of the recipe that trained the model of a `card`."""
    return str(card.get("recipe") or UNNAMED)
