"""Sets of images that pleura simulates, as `data.simulated` of a study file describes them."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from pleura.errors import InputError
from pleura.study.section import Section

# The upper limits keep a slip of the pen from filling the disk for days.
Patients = Annotated[int, Field(ge=8, le=100_000)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class ChestXRays(Section):
    """Chest X-rays of children and adults with masks; see docs/concepts/phantom.md."""

    kind: Literal["chest-xray"]
    patients: Patients = 160
    size: int = Field(224, ge=16, le=2048, description="shorter side, pixels")
    seed: Seed = 0
    confounders: list[str] = Field([], description="planted marks, such as letter:lobar=0.9")

    @field_validator("confounders")
    @classmethod
    def _can_be_planted(cls, marks: list[str]) -> list[str]:
        if marks:  # the simulation takes a while to import
            from pleura.data.phantom.confounders import parse_confounder

            try:
                for mark in marks:
                    parse_confounder(mark)
            except InputError as error:
                raise ValueError("; ".join((error.heading, *error.problems))) from error
        return marks


class LungUltrasound(Section):
    """Clips of lung ultrasound with masks; see docs/concepts/ultrasound-phantom.md."""

    kind: Literal["lung-ultrasound"]
    patients: Patients = 160
    clips: int = Field(2, ge=1, le=100, description="of a patient")
    frames: int = Field(5, ge=1, le=1000, description="of a clip")
    size: int = Field(256, ge=32, le=2048, description="side, pixels")
    seed: Seed = 0


class Scenes(Section):
    """Scenes with salient objects and their masks; see docs/how-to/salient-objects.md."""

    kind: Literal["scenes"]
    images: int = Field(2000, ge=8, le=200_000)
    size: int = Field(256, ge=16, le=2048, description="side, pixels")
    seed: Seed = 0


Simulated = ChestXRays | LungUltrasound | Scenes
