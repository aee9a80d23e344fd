"""What changes from image to image of a patient: breath, arms, and where the detector stands."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from pleura.simulate.xray.anatomy import Patient
from pleura.simulate.xray.geometry import View


@dataclass(frozen=True)
class Pose:
    """What the patient does in one image.

    `inspiration` (-1.5..1) lowers the diaphragm; `arms` are radians from hanging down (pi: up);
    `chin` is the height of the lower jaw.
    """

    inspiration: float
    arms: tuple[float, float]
    arm_height: float
    chin: float

    def dome(self, patient: Patient) -> float:
        """Height of the right dome of the diaphragm."""
        return patient.dome + 0.12 * self.inspiration


def draw_pose(rng: Generator, adult: bool) -> Pose:
    """A pose; children often hold their arms up, and their chin is near."""
    n, u = rng.standard_normal, rng.uniform
    raised = u() < (0.04 if adult else 0.5)
    span = (1.9, 2.8) if raised else (0.12, 0.8)
    return Pose(
        inspiration=float(np.clip(0.7 * n() - (0.0 if adult else 0.2), -1.5, 1)),
        arms=(float(u(*span)), float(u(*span))),
        arm_height=float(0.04 * n()),
        chin=float(-0.55 + 0.12 * n() if adult else -0.36 + 0.14 * n()),
    )


def draw_view(rng: Generator, patient: Patient, size: int, aspect: float, spread: float) -> View:
    """How the patient is framed: `size` is the short side, `aspect` width over height.

    `spread` scales how much framing and position differ from image to image.
    """
    n = rng.standard_normal
    height = size if aspect >= 1 else round(size / aspect)
    width = round(height * aspect)
    shown = (2.72 if patient.adult else 2.75) + (0.2 if patient.adult else 0.32) * spread * n()
    scale = size / float(np.clip(shown, 2.25, 3.5))
    up = 0.02 if patient.adult else -0.04
    return View(
        height=height,
        width=width,
        scale=scale,
        centre=(
            width / 2 + 0.06 * spread * scale * n(),
            height / 2 + scale * (up + 0.08 * spread * n()),
        ),
        roll=float(0.035 * spread * n()),
        turn=float(0.09 * spread * n()),
        tilt=float(0.08 * spread * n()),
        unit=patient.unit,
    )


def shoulder_joint(pose: Pose, side: int) -> tuple[float, float]:
    """The place of the shoulder joint on `side`, given as for the left; a raised arm lifts it."""
    lifted = max(0.0, pose.arms[(side + 1) // 2] - 0.8)
    return 1.24 - 0.07 * lifted, 0.08 + pose.arm_height - 0.09 * lifted
