"""SIIM-ACR Pneumothorax Segmentation 2019: DICOM with masks of pneumothorax, as run lengths."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from pleura.data.sources.layout import by_name, read_rows, root_of
from pleura.data.sources.source import Row, Source

SIDE = 1024  # pixels, of every image
NONE = "-1"  # instead of run lengths


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The labelled images, with `pneumothorax` or `none` as their label, and their masks, written
    to `folder/masks`: 255 where any of an image's run lengths says pneumothorax."""
    from pleura.data.readers.dicom.described import describe_file

    root = root_of(files, "train-rle.csv", "dicom-images-train")
    runs = defaultdict(list)
    for row in read_rows(root / "train-rle.csv"):
        runs[row["ImageId"]].append(row["EncodedPixels"])
    images = by_name(root / "dicom-images-train", ".dcm")
    masks = folder / "masks"
    for name, encoded in runs.items():
        path = images.get(f"{name}.dcm")
        if path is None:
            yield {"image": root / "dicom-images-train" / f"{name}.dcm"}
            continue
        header = describe_file(path, "siim-acr")
        ill = encoded != [NONE]
        mask = masks / f"{name if ill else 'none'}.png"
        if not mask.exists():
            write_mask(mask, encoded if ill else [])
        yield {
            "image": path,
            "mask": mask,
            "label": "pneumothorax" if ill else "none",
            "patient": header.patient or name,
            "view": header.view,
            "age": "" if header.age is None else f"{header.age:.0f}",
            "sex": header.sex,
        }


def write_mask(path: Path, encoded: Sequence[str]) -> None:
    """Write the union of run lengths as a mask of 0 and 255.

    Each is pairs of numbers, column by column: how many pixels lie between the end of the last run
    and the next, and how many it has.
    """
    import numpy as np
    from PIL import Image

    pixels = np.zeros(SIDE * SIDE, dtype=np.uint8)
    for text in encoded:
        gaps_and_runs = np.array(text.split(), dtype=np.int64)
        ends = np.cumsum(gaps_and_runs)
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            pixels[start:end] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.reshape(SIDE, SIDE).T).save(path)


SIIM_ACR = Source(
    name="siim-acr",
    what="10,675 labelled chest X-rays (DICOM), masks of pneumothorax",
    images=10_675,
    archives=(),
    page="https://www.kaggle.com/c/siim-acr-pneumothorax-segmentation",
    licence="the challenge's rules; images of ChestX-ray14",
    citation="SIIM-ACR Pneumothorax Segmentation. Kaggle, 2019; images: Wang et al., CVPR 2017",
    access="with an account of Kaggle: the folder with train-rle.csv and dicom-images-train",
    rows=rows,
)
