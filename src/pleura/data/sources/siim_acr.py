"""SIIM-ACR Pneumothorax Segmentation 2019: DICOM with masks of pneumothorax, as run lengths."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pleura.data.sources.images_table import LEFT_OUT
from pleura.data.sources.layout import by_name, read_rows, root_of, whole_years
from pleura.data.sources.png import write_png
from pleura.data.sources.source import Row, Source
from pleura.errors import InputError

SIDE = 1024  # pixels, of every image
NONE = "-1"  # instead of run lengths
IMAGES = ("dicom-images-train", "dicom-images-test")
TABLES = ("stage_2_train.csv", "train-rle.csv")


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The labelled images, with `pneumothorax` or `none` as their label, and their masks, written
    to `folder/masks`: 255 where any of an image's run lengths says pneumothorax.

    Labels are those of the second stage, which are of both folders of the first, or else of the
    first stage. Damaged images are left out.
    """
    from pleura.data.readers.dicom.described import describe_file

    root = root_of(files, IMAGES[0])
    folders = [root / name for name in IMAGES if (root / name).is_dir()]
    images = {name: path for each in folders for name, path in by_name(each, ".dcm").items()}
    runs: dict[str, list[str]] = defaultdict(list)
    for row in read_rows(_table(files)):
        runs[row["ImageId"]] += [row["EncodedPixels"]] if row["EncodedPixels"] != NONE else []
    masks = folder / "masks"
    for name, encoded in runs.items():
        path = images.get(f"{name}.dcm")
        if path is None:
            yield {"image": folders[0] / f"{name}.dcm"}
            continue
        try:
            header = describe_file(path, "siim-acr")
        except InputError:
            yield {"image": path, LEFT_OUT: "damaged header"}
            continue
        mask = masks / f"{name if encoded else 'none'}.png"
        if not mask.exists():
            write_mask(mask, encoded)
        yield {
            "image": path,
            "mask": mask,
            "label": "pneumothorax" if encoded else "none",
            "patient": header.patient or name,
            "view": header.view,
            "age": whole_years(header.age),
            "sex": header.sex,
        }


def _table(files: Path) -> Path:
    """The table of run lengths, that of the second stage if it is there. Raises InputError where
    neither is."""
    for name in TABLES:
        with suppress(InputError):
            return root_of(files, name) / name
    raise InputError(
        f"{files}: not laid out as its authors publish it",
        [f"there is neither {TABLES[0]} nor {TABLES[1]}"],
    )


def write_mask(path: Path, encoded: Sequence[str]) -> None:
    """Write the union of run lengths as a mask of 0 and 255.

    Each is pairs of numbers, column by column: how many pixels lie between the end of the last run
    and the next, and how many it has. Raises InputError for others, as of a table that is cut off.
    """
    import numpy as np

    pixels = np.zeros(SIDE * SIDE, dtype=np.uint8)
    for text in encoded:
        numbers = text.split()
        ends = np.cumsum([int(number) for number in numbers if number.isdecimal()])
        if len(ends) != len(numbers) or len(ends) % 2 or (len(ends) and ends[-1] > len(pixels)):
            raise InputError(
                f"{path.stem}: its run lengths are cut off or damaged in the table of masks; get "
                "that again"
            )
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            pixels[start:end] = 255
    write_png(path, pixels.reshape(SIDE, SIDE).T)


SIIM_ACR = Source(
    name="siim-acr",
    what="12,047 labelled chest X-rays (DICOM), 10,675 by the first stage's labels alone; masks of "
    "pneumothorax",
    images=12_047,
    archives=(),
    page="https://www.kaggle.com/c/siim-acr-pneumothorax-segmentation",
    licence="the challenge's rules; images of ChestX-ray14",
    citation="SIIM-ACR Pneumothorax Segmentation. Kaggle, 2019; images: Wang et al., CVPR 2017",
    access="with an account of Kaggle: its page has stage_2_train.csv, the labels of the images of "
    "stage 1, whose own place is gone; copies of these, dicom-images-train, dicom-images-test and "
    "train-rle.csv, go by names such as seesee/siim-train-test. Put the table beside the folders",
    rows=rows,
)
