"""A folder of simulated lung ultrasound clips with masks and a manifest."""

from pathlib import Path

from pleura.errors import refuse
from pleura.simulate.limits import ULTRASOUND_SIDE
from pleura.simulate.sets import Counted, save_png, write_set
from pleura.simulate.ultrasound.clip import Frame
from pleura.simulate.ultrasound.patient import LABELS
from pleura.simulate.ultrasound.simulate import simulate_clip

VERSION = 1


def write_lung_ultrasound(
    folder: Path,
    *,
    patients: int,
    clips: int = 2,
    frames: int = 5,
    size: int = 256,
    seed: int = 0,
    progress: Counted = lambda done, of: None,
) -> Path:
    """Write `patients` simulated patients to `folder`; the path of its images.csv comes back.

    Every patient has `clips` clips of `frames` frames, `size` pixels square; labels go round among
    the patients. Masks are PNGs with the values of `Structure`; `spacing` is in mm a pixel.
    `progress` counts clips. Raises `InputError` on parameters that make no sense, and as
    `write_set` does.
    """
    numbers = {"patients": patients, "clips": clips, "frames": frames, "size": size, "seed": seed}
    least = {"patients": 1, "clips": 1, "frames": 1, "size": ULTRASOUND_SIDE[0], "seed": 0}
    problems = [
        f"{name} is {number}; use at least {least[name]}{' pixels' if name == 'size' else ''}"
        for name, number in numbers.items()
        if number < least[name]
    ]
    refuse("cannot write the simulated lung ultrasound", problems)

    def make(job: tuple[int, int]) -> list[dict[str, object]]:
        patient, clip = job
        label = LABELS[patient % len(LABELS)]
        shown = simulate_clip(
            seed=seed, patient=patient, clip=clip, label=label, frames=frames, size=size
        )
        return [write_one(folder, patient, clip, i, frame) for i, frame in enumerate(shown)]

    return write_set(
        folder,
        "phantom",
        {"kind": "lung-ultrasound", "version": VERSION, **numbers},
        folders=("images", "masks_dense", "masks_sparse"),
        jobs=[(patient, clip) for patient in range(patients) for clip in range(clips)],
        make=make,
        progress=progress,
    )


def write_one(
    folder: Path, patient: int, clip: int, number: int, frame: Frame
) -> dict[str, object]:
    """Write one frame and its masks as PNG; its row of the table comes back."""
    stem = f"{patient + 1:04d}_{clip + 1}_{number:02d}"
    person = f"phantom-ultrasound-{patient + 1:04d}"
    return {
        "image": save_png(folder, "images", stem, frame.image),
        "label": frame.label,
        "patient": person,
        "video": f"{person}-{clip + 1}",
        "frame": number,
        "mask_dense": save_png(folder, "masks_dense", stem, frame.dense),
        "mask_sparse": save_png(folder, "masks_sparse", stem, frame.sparse),
        "probe": frame.probe,
        "spacing": f"{frame.spacing:.6f}",
        **frame.flags,
    }
