"""Lung ultrasound by number: the same numbers give the same clip."""

from collections.abc import Iterator

import numpy as np

from pleura.errors import nearest, refuse
from pleura.simulate.limits import ULTRASOUND_SIDE
from pleura.simulate.ultrasound.clip import Clip, Frame, draw_clip
from pleura.simulate.ultrasound.patient import LABELS, draw_patient


def make_clip(*, seed: int, patient: int, clip: int, label: str) -> Clip:
    """Clip number `clip` of a patient with the disease `label`.

    Everything follows from these numbers: the chest and the machine from (seed, patient), the
    place from all three. Raises `InputError` on an unknown label and on negative numbers.
    """
    problems = [] if label in LABELS else [f"label '{label}' is unknown" + nearest(label, LABELS)]
    if min(seed, patient, clip) < 0:
        problems.append("seed, patient and clip must not be negative")
    refuse("cannot simulate the lung ultrasound", problems)
    chest = draw_patient(np.random.default_rng((seed, patient, 0)), label)
    return draw_clip(np.random.default_rng((seed, patient, 1, clip)), chest)


def simulate_clip(
    *, seed: int, patient: int, clip: int, label: str, frames: int = 5, size: int = 256
) -> Iterator[Frame]:
    """The frames of one clip, in order, `size` x `size` pixels each.

    A frame's noise follows from (seed, patient, clip, frame); everything else is that of
    `make_clip`. Raises `InputError` as that does, on a size below 32 and on less than one frame.
    """
    problems = []
    if size < ULTRASOUND_SIDE[0]:
        problems.append(f"size {size} is too small; use at least {ULTRASOUND_SIDE[0]}")
    if frames < 1:
        problems.append("a clip needs at least one frame")
    refuse("cannot simulate the lung ultrasound", problems)
    place = make_clip(seed=seed, patient=patient, clip=clip, label=label)
    for frame in range(frames):
        yield place.shoot(frame, size, np.random.default_rng((seed, patient, 2, clip, frame)))
