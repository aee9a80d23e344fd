"""A folder of simulated chest X-rays with masks and a manifest."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pleura.errors import refuse
from pleura.simulate.sets import Counted, images_of, save_png, write_set
from pleura.simulate.xray.confounders import Confounder
from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.radiograph import ChestXRay, simulate

__all__ = ["ChestXRay", "Confounder", "simulate", "write_chest_xrays"]

VERSION = 3


def write_chest_xrays(
    folder: Path,
    *,
    patients: int,
    seed: int = 0,
    size: int = 224,
    labels: Sequence[str] = LABELS,
    images_per_patient: tuple[int, int] = (1, 3),
    masks: bool = True,
    confounders: Sequence[Confounder] = (),
    workers: int | None = None,
    progress: Counted = lambda done, of: None,
) -> Path:
    """Write `patients` simulated patients to `folder`; the path of its images.csv comes back.

    `images_per_patient` is the least and most; labels go round among the patients; `progress`
    counts images. Raises `InputError` on parameters that make no sense, and as `write_set` does.
    """
    least, most = images_per_patient
    problems = [
        f"label {label!r} is unknown; use {', '.join(LABELS)}"
        for label in labels
        if label not in LABELS
    ]
    if patients < 1 or not labels or not 1 <= least <= most:
        problems.append("it needs at least one patient, one label and one image a patient")
    refuse("cannot write the simulated chest X-rays", problems)
    marks = [asdict(mark) for mark in confounders]
    parameters = {
        "version": VERSION,
        "patients": patients,
        "seed": seed,
        "size": size,
        "labels": list(labels),
        "images_per_patient": [least, most],
        "masks": masks,
        "confounders": marks,
    }
    jobs = images_of(patients, (least, most), seed)

    def make(job: tuple[int, int]) -> list[dict[str, object]]:
        patient, image = job
        xray = simulate(
            seed=seed,
            patient=patient,
            image=image,
            size=size,
            label=labels[patient % len(labels)],
            confounders=confounders,
        )
        return [write_one(folder, f"{patient:05d}_{image}", xray, masks)]

    return write_set(
        folder,
        "phantom",
        parameters,
        folders=("images", "lung_masks", "lesion_masks") if masks else ("images",),
        jobs=jobs,
        make=make,
        workers=workers,
        progress=progress,
    )


def write_one(folder: Path, stem: str, xray: ChestXRay, masks: bool) -> dict[str, object]:
    """Write one image and its masks as PNG; its row of the table comes back."""
    return {
        "image": save_png(folder, "images", stem, xray.image),
        "label": xray.label,
        "patient": xray.patient,
        "source": xray.hospital,
        "age_group": xray.age_group,
        "severity": repr(xray.severity),
        "view": "PA" if xray.age_group == "adult" else "AP",
        "lung_mask": save_png(folder, "lung_masks", stem, xray.lungs) if masks else "",
        "lesion_mask": save_png(folder, "lesion_masks", stem, xray.lesion) if masks else "",
    }
