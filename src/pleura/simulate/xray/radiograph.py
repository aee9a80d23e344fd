"""Simulated chest X-rays with exact masks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pleura.errors import refuse
from pleura.simulate.limits import SIDE
from pleura.simulate.xray.anatomy import draw_patient
from pleura.simulate.xray.confounders import Confounder, draw_confounders
from pleura.simulate.xray.detector import HOSPITALS, Hospital, collimate, display, expose
from pleura.simulate.xray.disease import LABELS, LESIONS, Chest, Lesion, draw_severity
from pleura.simulate.xray.geometry import Array
from pleura.simulate.xray.pose import draw_pose, draw_view
from pleura.simulate.xray.skeleton import render_bones
from pleura.simulate.xray.texture import field, on_body, render_tree, tree

# Attenuation per cm near 60 keV: soft tissue; what compact bone adds to it, raised above its
# physical 0.4 to the contrast that processed radiographs give it; aerated lung.
WATER, BONE, PARENCHYMA = 0.2, 0.85, 0.055


@dataclass(frozen=True)
class ChestXRay:
    """A simulated radiograph: `image`, and masks `lungs` and `lesion` (0 or 255), all (h, w) uint8.

    `severity` is 0 for a healthy patient, else up to 1.
    """

    image: NDArray[np.uint8]
    lungs: NDArray[np.uint8]
    lesion: NDArray[np.uint8]
    label: str
    patient: str
    hospital: str
    age_group: str
    severity: float


def simulate(
    *,
    seed: int,
    patient: int,
    image: int,
    label: str,
    severity: float | None = None,
    size: int = 224,
    hospital: str | None = None,
    adult: bool | None = None,
    confounders: Sequence[Confounder] = (),
) -> ChestXRay:
    """Simulate image number `image` of a patient; `size` is the short side in pixels.

    Everything follows from (seed, patient, image): the anatomy from (seed, patient), pose and
    noise from all three. What is None is drawn. Raises `InputError` on an unknown label or
    hospital, a severity outside 0..1, a size below 16 and negative numbers.
    """
    check_arguments(label, hospital, severity, size, (seed, patient, image))
    body_rng = np.random.default_rng((seed, patient, 0))
    grown = bool(body_rng.uniform() < 0.5) if adult is None else adult
    site = HOSPITALS[int(body_rng.integers(len(HOSPITALS)))]
    site = next((h for h in HOSPITALS if h.name == hospital), site)
    drawn = draw_severity(body_rng)
    person = draw_patient(body_rng, grown)

    rng = np.random.default_rng((seed, patient, 1, image))
    drawn = float(np.clip(drawn + 0.06 * rng.standard_normal(), 0.02, 1))
    grade = 0.0 if label == "normal" else drawn if severity is None else severity
    pose = draw_pose(rng, grown)
    view = draw_view(rng, person, size, site.aspect, site.framing)
    chest = Chest(person, pose, view)
    lesion = LESIONS[label](np.random.default_rng((seed, patient, 3)), chest, grade)
    gray = expose_chest(rng, np.random.default_rng((seed, patient, 2)), chest, lesion, site)
    gray = draw_confounders((seed, patient, 4, image), gray, view, label, site.name, confounders)
    return ChestXRay(
        image=np.round(gray * 255).astype(np.uint8),
        lungs=chest.soft.fields.astype(np.uint8) * np.uint8(255),
        lesion=(lesion.mask & chest.soft.fields).astype(np.uint8) * np.uint8(255),
        label=label,
        patient=f"patient_{patient:05d}",
        hospital=site.name,
        age_group="adult" if grown else "child",
        severity=grade,
    )


def expose_chest(
    rng: Generator, shape_rng: Generator, chest: Chest, lesion: Lesion, site: Hospital
) -> Array:
    """One radiograph of a chest with a disease: gray values 0..1 (h, w).

    `shape_rng` draws the vessels and the texture of the lungs, `rng` noise and display.
    """
    soft, view = chest.soft, chest.view
    # Images of more pixels come from finer detectors: their grain stays at the scale of a pixel.
    site = replace(site, blur=min(site.blur, 0.7 * view.pixel))
    bones = render_bones(chest.patient, chest.pose, view)
    vessels = render_tree(view, tree(shape_rng, chest.patient))
    mottle = on_body(view, field(shape_rng, 2.6, 0.6, 16))

    air = 1 - lesion.share
    vessels = np.minimum(3 * (1 - np.exp(-vessels / 1.5)), 0.3 * soft.lung)
    lung = soft.lung * (WATER - PARENCHYMA * (1 + 0.05 * mottle))
    attenuation = WATER * soft.body - lung * air
    attenuation += vessels * (0.85 * WATER) * (air + lesion.bronchi)
    attenuation += BONE * bones * (soft.body > 0) - WATER * soft.gas * (soft.body > 0)

    depth = expose(rng, np.asarray(np.maximum(attenuation, 0), np.float32), view, site)
    return collimate(rng, display(rng, depth, soft.body > 0, view, site), view, site)


def check_arguments(
    label: str, hospital: str | None, severity: float | None, size: int, numbers: tuple[int, ...]
) -> None:
    """Raise `InputError` naming what cannot be simulated."""
    names = tuple(h.name for h in HOSPITALS)
    problems = []
    if label not in LABELS:
        problems.append(f"label {label!r} is unknown; use one of {', '.join(LABELS)}")
    if hospital is not None and hospital not in names:
        problems.append(f"hospital {hospital!r} is unknown; use one of {', '.join(names)}")
    if severity is not None and not 0 <= severity <= 1:
        problems.append(f"severity {severity} is outside 0 to 1")
    if min(numbers) < 0:
        problems.append("seed, patient and image count from 0")
    if size < SIDE[0]:
        problems.append(f"size {size} is too small; use {SIDE[0]} pixels or more")
    refuse("cannot simulate this chest X-ray", problems)
