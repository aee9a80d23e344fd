"""Sets of images that pleura simulates, as `data.simulated` of a study file describes them."""

from typing import Any, Literal

from pydantic import Field, field_validator

from pleura.errors import InputError
from pleura.simulate.limits import CLIPS, FRAMES, PATIENTS, SCENES, SEED, SIDE, ULTRASOUND_SIDE
from pleura.study.section import Section


def within(limits: tuple[int, int], default: int, description: str | None = None) -> Any:
    """A whole number from the first of `limits` to the second."""
    return Field(default, ge=limits[0], le=limits[1], description=description)


class ChestXRays(Section):
    """Chest X-rays of children and adults with masks; see docs/concepts/phantom.md."""

    kind: Literal["chest-xray"]
    patients: int = within(PATIENTS, 160)
    size: int = within(SIDE, 224, "shorter side, pixels")
    seed: int = within(SEED, 0)
    confounders: list[str] = Field([], description="planted marks, such as letter:lobar=0.9")

    @field_validator("confounders")
    @classmethod
    def _can_be_planted(cls, marks: list[str]) -> list[str]:
        if marks:  # the simulation takes a while to import
            from pleura.simulate.xray.confounders import parse_confounder

            try:
                for mark in marks:
                    parse_confounder(mark)
            except InputError as error:
                raise ValueError("; ".join((error.heading, *error.problems))) from error
        return marks


class ChestXRayFindings(Section):
    """Chest X-rays of adults with several findings an image; see docs/concepts/phantom.md."""

    kind: Literal["chest-xray-findings"]
    patients: int = within(PATIENTS, 160)
    size: int = within(SIDE, 224, "shorter side, pixels")
    seed: int = within(SEED, 0)


class LungUltrasound(Section):
    """Clips of lung ultrasound with masks; see docs/concepts/ultrasound-phantom.md."""

    kind: Literal["lung-ultrasound"]
    patients: int = within(PATIENTS, 160)
    clips: int = within(CLIPS, 2, "of a patient")
    frames: int = within(FRAMES, 5, "of a clip")
    size: int = within(ULTRASOUND_SIDE, 256, "side, pixels")
    seed: int = within(SEED, 0)


class Scenes(Section):
    """Scenes with salient objects and their masks; see docs/how-to/salient-objects.md."""

    kind: Literal["scenes"]
    images: int = within(SCENES, 2000)
    size: int = within(SIDE, 256, "side, pixels")
    seed: int = within(SEED, 0)


Simulated = ChestXRays | ChestXRayFindings | LungUltrasound | Scenes
