"""Writes the folder of a model that a study hands over, with all that it needs to see an image."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pleura.data.shortcut_settings import CROP
from pleura.deploy.lung_crops import KEPT, crop_in_card, keep_masker
from pleura.deploy.weights import save_model
from pleura.models.network import Network
from pleura.study.context import Context
from pleura.study.section_reader import BANK, LUNGS
from pleura.study.study_base import StudyBase


def cropping_in_card(study: StudyBase, context: Context) -> dict[str, Any]:
    """What a model's card tells of how its study crops images to their lungs; nothing where it
    shows them whole."""
    crop = study.lungs.cropping if study.lungs else None
    return {} if crop is None else {CROP: crop_in_card(_masker_of(context), crop)}


def hand_over(
    context: Context,
    folder: str,
    network: Network,
    card: dict[str, Any],
    others: Sequence[tuple[Network, Mapping[str, Any]]] = (),
) -> None:
    """Write a model into a `folder` of its study as `save_model` does, after the lung masker by
    which it sees images, where they are cropped to their lungs."""
    place = context.out / folder
    if CROP in card:
        keep_masker(_masker_of(context), place / CROP)
    else:
        shutil.rmtree(place / CROP, ignore_errors=True)  # of what was handed over before
    save_model(place, network, card, others)


def _masker_of(context: Context) -> Path:
    """The masker by which images were cropped, as the study has kept it."""
    return context.out / BANK / LUNGS / KEPT
