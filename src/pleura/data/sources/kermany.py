"""Chest X-rays of children with normal lungs or pneumonia (Kermany, Zhang, Goldbaum 2018)."""

import re
from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import by_name, root_of
from pleura.data.sources.source import Archive, Row, Source
from pleura.errors import InputError

PARTS = {"train": "train", "test": "test", "val": "train"}
PATIENT = re.compile(r"((?:NORMAL2-)?IM-\d+|person\d+_(?:bacteria|virus))", re.IGNORECASE)


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """Images in `train` and `test`, in folders of classes below.

    Which pneumonia it is stands in the file's name, and so does the patient, whose numbers begin
    anew in `test`. The copy on Kaggle has moved 16 images of patients of `train` to `val`: they
    count as `train` again. Raises InputError for a name that tells no pneumonia.
    """
    root = root_of(files, "train", "test")
    parts = [part for part in PARTS if (root / part).is_dir()]
    images = [
        (PARTS[part], _label(path), name, path)
        for part in parts
        for name, path in by_name(root / part, ".jpeg", ".jpg").items()
    ]
    order = sorted(images, key=lambda each: (each[0], each[1] != "normal", each[2]))
    for part, label, name, path in order:
        found = PATIENT.match(name)
        yield {
            "image": path,
            "label": label,
            "patient": f"{part}_{found[1] if found else path.stem}",
            "split": part,
            "view": "AP",
            "source": "Kermany 2018, doi 10.17632/rscbjbr9sj",
            "licence": "CC BY 4.0",
        }


def _label(path: Path) -> str:
    if path.parent.name.casefold() == "normal":
        return "normal"
    for word, label in (("virus", "viral"), ("bacteria", "bacterial")):
        if word in path.name.casefold():
            return label
    raise InputError(
        f"{path}: no image of this source: it is not in a folder NORMAL, and its name says neither "
        "bacteria nor virus"
    )


KERMANY = Source(
    name="kermany",
    what="5,856 chest X-rays of children: normal, bacterial or viral pneumonia; test part",
    images=5856,
    archives=(
        Archive(
            "https://data.mendeley.com/public-files/datasets/rscbjbr9sj/files/"
            "f12eaf6d-6023-432f-acc9-80c9d7393433/file_downloaded",
            file="ChestXRay2017.zip",
        ),
    ),
    page="https://data.mendeley.com/datasets/rscbjbr9sj/2",
    licence="CC BY 4.0",
    citation="Kermany, Zhang, Goldbaum: Labeled Optical Coherence Tomography (OCT) and Chest X-Ray "
    "Images for Classification. Mendeley Data, V2, 2018, doi 10.17632/rscbjbr9sj.2",
    size="1.2 GB",
    note="person7_bacteria and person7_virus count as two patients; whether they are one child is "
    "not known, and many numbers stand in both",
    rows=rows,
)
