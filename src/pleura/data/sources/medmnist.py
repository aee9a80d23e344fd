"""The chest X-rays of MedMNIST, small squares in one file (Yang et al. 2023)."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.data.sources.archive import DAMAGED
from pleura.data.sources.layout import by_name
from pleura.data.sources.source import Archive, Row, Source
from pleura.errors import InputError, refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECORD = "https://zenodo.org/records/10519652"
PARTS = ("train", "val", "test")
PNEUMONIA = ("normal", "pneumonia")
CHEST = (
    *("atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule", "pneumonia"),
    *("pneumothorax", "consolidation", "edema", "emphysema", "fibrosis", "pleural", "hernia"),
)
# MD5 by name and side, as the package medmnist has them.
MD5 = {
    "pneumoniamnist": {
        28: "28209eda62fecd6e6a2d98b1501bb15f",
        64: "8f4eceb4ccffa70c672198ea285246c6",
        128: "05b46931834c231683c68f40c47b2971",
        224: "d6a3c71de1b945ea11211b03746c1fe1",
    },
    "chestmnist": {
        28: "02c8a6516a18b556561a56cbdd36c4a8",
        64: "9de6cd0b934ebb5b7426cfba5efbae16",
        128: "db107e5590b27930b62dbaf558aebee3",
        224: "45bd33e6f06c3e8cdb481c74a89152aa",
    },
}
# Of the downloads, where they are known.
SIZES = {
    "pneumoniamnist": ("4 MB", "", "", "214 MB"),
    "chestmnist": ("83 MB", "", "", "3.9 GB"),
}


def rows(files: Path, folder: Path, *, name: str, side: int) -> Iterator[Row]:
    """The images of an archive with their label, or a column a finding (1 or 0), and their part.

    `judged_twin` is `yes` where a training image is pixel for pixel in the validation or the test
    part too. MedMNIST does not say which images are of one patient.
    """
    there = by_name(files, ".npz")
    called = [file_of(name, side), f"{name}_{side}.npz"]
    path = next((there[each] for each in called if each in there), None)
    if path is None:
        raise InputError(f"{files}: there is no {called[0]} at any depth")
    prints, labels = _read(path, CHEST if name == "chestmnist" else PNEUMONIA[1:])
    judged = {*prints["val"], *prints["test"]}
    for part in PARTS:
        for number, label in enumerate(labels[part]):
            told: Row = {"label": PNEUMONIA[int(label[0])]}
            if len(label) > 1:
                told = dict(zip(CHEST, map(int, label), strict=True))
            twin = part == "train" and prints[part][number] in judged
            yield {
                "image": f"{path}::{part}_images::{number}",
                **told,
                "split": part,
                "judged_twin": "yes" if twin else "no",
            }


def _read(
    path: Path, findings: Sequence[str]
) -> tuple[dict[str, list[bytes]], dict[str, "NDArray[Any]"]]:
    """A print of each image, and the labels (n, findings) of 0 and 1, by part.

    Raises InputError for what is no whole archive of these.
    """
    import numpy as np

    prints, labels, problems = {}, {}, []
    try:
        with np.load(path, allow_pickle=False) as archive:
            for part in PARTS:
                images, truth = archive[f"{part}_images"], archive[f"{part}_labels"]
                if images.ndim not in (3, 4) or truth.shape != (len(images), len(findings)):
                    shapes = f"shapes {images.shape} and {truth.shape}"
                    problems.append(f"{part}: {shapes} are not those of images and their labels")
                elif not np.isin(truth, (0, 1)).all():
                    problems.append(f"{part}: labels other than 0 and 1")
                prints[part], labels[part] = [_print(image) for image in images], truth
    except (OSError, ValueError, LookupError, TypeError, *DAMAGED):
        problems = ["it is cut off or damaged, or holds other arrays"]
    refuse(f"{path}: not the archive that its authors publish, or a part of it", problems)
    return prints, labels


def file_of(name: str, side: int) -> str:
    """`pneumoniamnist.npz` of 28 pixels, `pneumoniamnist_64.npz` of 64."""
    return f"{name}.npz" if side == 28 else f"{name}_{side}.npz"


def _print(image: "NDArray[Any]") -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _source(name: str, side: int, size: str) -> Source:
    of_chest = name == "chestmnist"
    file = file_of(name, side)
    return Source(
        name=Path(file).stem,
        what=(
            f"112,120 chest X-rays of {side} pixels, 14 findings, published parts (ChestX-ray14)"
            if of_chest
            else f"5,856 chest X-rays of {side} pixels of children: normal, pneumonia; published "
            "parts (Kermany)"
        ),
        images=112_120 if of_chest else 5856,
        archives=(Archive(f"{RECORD}/files/{file}?download=1", md5=MD5[name][side], file=file),),
        page=RECORD,
        licence="CC BY 4.0",
        citation="Yang, Shi, Wei et al.: MedMNIST v2 - A large-scale lightweight benchmark for 2D "
        "and 3D biomedical image classification. Scientific Data 10, 41, 2023",
        size=size,
        rows=partial(rows, name=name, side=side),
        labels=(),  # every image has one
    )


MEDMNIST = tuple(
    _source(name, side, size)
    for name, sides in MD5.items()
    for side, size in zip(sides, SIZES[name], strict=True)
)
