"""A folder of simulated chest X-rays with several findings an image."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pleura.simulate.sets import Counted, images_of, save_png, write_set
from pleura.simulate.xray.anatomy import draw_patient
from pleura.simulate.xray.detector import HOSPITALS
from pleura.simulate.xray.disease import Chest
from pleura.simulate.xray.findings.drawn import FINDINGS, together
from pleura.simulate.xray.findings.record import OF_THOSE_WITH, OF_THOSE_WITHOUT, draw_severities
from pleura.simulate.xray.pose import draw_pose, draw_view
from pleura.simulate.xray.radiograph import expose_chest

VERSION = 1
IMAGES_OF_A_PATIENT = (1, 3)
LYING = 0.6  # share of images that are taken in bed, from the front: AP


@dataclass(frozen=True)
class FindingsXRay:
    """A simulated radiograph of an adult: `image` and the lung fields `lungs` (0 or 255), both
    (h, w) uint8, and the severity of each finding, 0 where it is not there."""

    image: NDArray[np.uint8]
    lungs: NDArray[np.uint8]
    severities: Mapping[str, float]
    hospital: str
    sex: str
    age: int
    view: str


def simulate_findings(*, seed: int, patient: int, image: int, size: int = 224) -> FindingsXRay:
    """Image number `image` of a patient, its short side `size` pixels.

    All follows from (seed, patient, image). The patient keeps body and findings; their severity
    differs a little from image to image.
    """
    body_rng = np.random.default_rng((seed, patient, 0))
    site = HOSPITALS[int(body_rng.integers(len(HOSPITALS)))]
    person = draw_patient(body_rng, adult=True)
    severities = draw_severities(np.random.default_rng((seed, patient, 5)))

    noise = 0.06 * np.random.default_rng((seed, patient, 7, image)).standard_normal(len(FINDINGS))
    varied = {
        name: float(np.clip(severities[name] + more, 0.02, 1)) if severities[name] else 0.0
        for name, more in zip(FINDINGS, noise, strict=True)
    }
    rng = np.random.default_rng((seed, patient, 1, image))
    pose, lying = draw_pose(rng, adult=True), rng.uniform() < LYING
    age, sex = int(person.age), "Female" if person.breast else "Male"

    def places() -> Iterator[tuple[str, Generator]]:
        for number, name in enumerate(FINDINGS):
            if varied[name]:
                yield name, np.random.default_rng((seed, patient, 3, number))

    for name, place_rng in places():
        person = FINDINGS[name].body(place_rng, person, varied[name])
    if lying:  # the breath is shallow, and the heart, far from the detector, is magnified
        pose = replace(pose, inspiration=max(pose.inspiration - 0.6, -1.5))
        person = replace(person, heart=1.06 * person.heart)
    view = draw_view(rng, person, size, site.aspect, site.framing)

    chest = Chest(person, pose, view)
    lesions = [FINDINGS[name].lungs(place, chest, varied[name]) for name, place in places()]
    shape_rng, lesion = np.random.default_rng((seed, patient, 2)), together(lesions, chest.soft)
    gray = expose_chest(rng, shape_rng, chest, lesion, site)
    return FindingsXRay(
        image=np.round(gray * 255).astype(np.uint8),
        lungs=chest.soft.fields.astype(np.uint8) * np.uint8(255),
        severities=varied,
        hospital=site.name,
        sex=sex,
        age=age,
        view="AP" if lying else "PA",
    )


def write_findings(
    folder: Path,
    *,
    patients: int,
    seed: int = 0,
    size: int = 224,
    workers: int | None = None,
    progress: Counted = lambda done, of: None,
) -> Path:
    """Write `patients` simulated patients with one to three images each to `folder`; the path of
    its images.csv comes back. `progress` counts images. Raises `InputError` as `write_set` does."""
    jobs = images_of(patients, IMAGES_OF_A_PATIENT, seed)

    def make(job: tuple[int, int]) -> list[dict[str, object]]:
        patient, image = job
        xray = simulate_findings(seed=seed, patient=patient, image=image, size=size)
        words = np.random.default_rng((seed, patient, 6, image))
        return [_row(folder, f"patient{patient:05d}", image, xray, words)]

    return write_set(
        folder,
        "findings",
        {"version": VERSION, "patients": patients, "seed": seed, "size": size},
        folders=("images", "lung_masks"),
        jobs=jobs,
        make=make,
        workers=workers,
        progress=progress,
    )


def _row(
    folder: Path, patient: str, image: int, xray: FindingsXRay, words: Generator
) -> dict[str, object]:
    """Write an image and its lungs; its row of the table comes back."""
    stem = f"{patient}_{image}"
    said = {
        name: (OF_THOSE_WITH if grade else OF_THOSE_WITHOUT).draw(words)
        for name, grade in xray.severities.items()
    }
    return {
        "image": save_png(folder, "images", stem, xray.image),
        "patient": patient,
        "sex": xray.sex,
        "age": xray.age,
        "view": xray.view,
        **said,
        "source": xray.hospital,
        "lung_mask": save_png(folder, "lung_masks", stem, xray.lungs),
        **{f"severity {name}": repr(grade) for name, grade in xray.severities.items()},
    }
