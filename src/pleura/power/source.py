"""What a plan is made from: a pilot, or the literature; not both, and not neither."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pleura.errors import InputError

IMAGES, WITHIN = 1.0, 0.5
CORRELATIONS = (0.5, 0.8)  # between recipes on the same patients; measured: docs/concepts/power.md


@dataclass(frozen=True)
class Published:
    """Published numbers that replace a pilot.

    positives: share of positive patients. images: of each patient. within: correlation of the
    scores of images of one patient. correlations: lowest and highest correlation between the AUROCs
    of two recipes on the same patients.
    """

    auroc: float
    positives: float
    images: float = IMAGES
    within: float = WITHIN
    correlations: tuple[float, float] = CORRELATIONS


def from_literature(
    given: Mapping[str, float | None],
    of_a_pilot: Mapping[str, object],
    images: float | None = None,
    within: float | None = None,
    correlations: tuple[float, float] | None = None,
) -> Published:
    """What is `given` without a pilot; the usual numbers for what is None. Raises InputError where
    something is missing, would change nothing, or asks for what only a pilot has."""
    if missing := [name for name, value in given.items() if value is None]:
        raise InputError(
            f"power: without a pilot {' and '.join(missing)} must be given, such as --auroc .9 "
            "--positives .3; a pilot is the folder of a finished study, or a table"
        )
    if asked := [name for name, value in of_a_pilot.items() if value is not None]:
        raise InputError(f"{' and '.join(asked)}: only a pilot has it; name its folder or table")
    if within is not None and images in (None, 1):
        raise InputError(
            "--within: it changes nothing where each patient has one image; give --images as well"
        )
    numbers = [float(value or 0) for value in given.values()]
    return Published(
        numbers[1],
        numbers[0],
        IMAGES if images is None else images,
        WITHIN if within is None else within,
        CORRELATIONS if correlations is None else correlations,
    )


def pilot_alone(pilot: Path, given: Mapping[str, object]) -> None:
    """Raise InputError where a pilot is named and a number of the literature is given as well."""
    if too_much := [name for name, value in given.items() if value is not None]:
        raise InputError(
            f"{' and '.join(too_much)}: {pilot} already gives this; give either a "
            "pilot or published numbers"
        )
