"""Writes masks of all images of a table, and tells for each whether it can be trusted."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from pleura.data.addresses import Addresses, on_disk
from pleura.data.bank import Progress
from pleura.data.columns import columns_of_images
from pleura.data.image_files import ENDINGS, images_in, is_image, passed_over
from pleura.data.readers import ReadError, split_address
from pleura.data.readers.decoded import Range
from pleura.data.tables import read_cells
from pleura.deploy.mask_quality import Usual, usual_of
from pleura.deploy.segmenter import PredictedMask, load_segmenter
from pleura.errors import InputError
from pleura.evaluate.overlap import IGNORED
from pleura.files import write_atomically
from pleura.wording import count, decimal

IMAGE = "image"
TABLE = "masks.csv"
FOLDER = "masks"
WHITE = 255
Say = Callable[[str], None]
QUALITIES = ("good", "doubtful", "unreadable")


def write_masks(
    model: str | Path,
    manifest: str | Path,
    out: str | Path,
    *,
    column: str | None = None,
    full_range: Range | None = None,
    progress: Progress = lambda done, of: None,
    say: Say = lambda line: None,
) -> pd.DataFrame:
    """Write a mask for each image and a table of them, `masks.csv`, which can be a manifest;
    returns the table.

    `model` is the folder `best` of a study that segments. `manifest` is a CSV file with a `column`
    of images (see `image_column` where it is None), a MedMNIST archive, an image, or a folder that
    holds images at any depth. `full_range` is as in `Segmenter.predict`.

    Masks are PNG files of the size of the upright image. With one structure they hold 0 and 255.
    With several they hold 0 for background, the structures from 1 in the order of the model, and
    255 where the image was cropped away, so that the network never saw it; in a 0/255 mask that is
    0.

    The table has the manifest's columns, with the whole paths of images; `<structure>_mask` (`mask`
    with several structures), a path from the table's folder; `quality`: good, doubtful, or
    unreadable, where there is no mask; `why`; `seen`, the share of the image that the network saw;
    and the measures of `mask_quality.measure` for each structure. It is written last, so that no
    mask of a finished table is missing. `say` gets what a user must know besides.

    Raises InputError for a model without usual ranges, a manifest without images, one that has one
    of these columns already, or one in whose place the table would be written.
    """
    segmenter, folder = load_segmenter(model), Path(out)
    if (folder / TABLE).resolve() == Path(manifest).resolve():
        raise InputError(
            f"{manifest}: would be overwritten by the table of masks; give another --out"
        )
    column = column or image_column(Path(manifest))
    names = segmenter.structures
    usual = usual_of(segmenter, model, names)
    table = read_images(Path(manifest), column, say)
    mask_column = f"{names[0]}_mask" if len(names) == 1 else "mask"
    measures = [f"{names[number - 1]}_{m}" for number, mine in usual.items() for m in mine.ranges]
    columns = [mask_column, "quality", "why", "seen", *measures]
    if taken := [name for name in columns if name in table]:
        raise InputError(f"{manifest}: has columns that {TABLE} adds; rename them", taken)
    (folder / TABLE).unlink(missing_ok=True)
    rows = []
    predictions = segmenter.predictions(table[column].tolist(), full_range=full_range)
    for number, (image, given) in enumerate(zip(table[column], predictions, strict=True)):
        if isinstance(given, ReadError):
            row: dict[str, Any] = {mask_column: "", "quality": "unreadable", "why": given.reason}
        else:
            mask = _mask_name(number, image)
            seen = _write(given, folder / FOLDER / mask, several=len(names) > 1)
            row = {mask_column: f"{FOLDER}/{mask}", **_judged(given, usual, names), "seen": seen}
        rows.append(row)
        progress(number + 1, len(table))
    table = pd.concat([table, pd.DataFrame(rows, columns=columns)], axis=1)
    with write_atomically(folder / TABLE) as temporary:
        table.to_csv(temporary, index=False, float_format="%.4f", errors="surrogateescape")
    if (dice := segmenter.card.get("validation_dice")) is not None:
        say(
            "good means: like this model's own masks of its validation images, whose Dice was "
            f"{decimal(dice)}; look at some masks before you use them"
        )
    return table


def describe(table: pd.DataFrame, out: Path) -> str:
    """How many masks are good, doubtful or missing, and where their table is."""
    counts = table["quality"].value_counts()
    numbers = ", ".join(f"{counts.get(word, 0)} {word}" for word in QUALITIES)
    return f"{count(len(table), 'image')}: {numbers}\n{out / TABLE}"


def read_images(manifest: Path, column: str, say: Say) -> pd.DataFrame:
    """The table at `manifest` as it is, str cells, with the whole paths of images in `column`.

    Of a folder it lists every image, except hidden ones; `say` gets what else is there, hidden or
    not. Of a single
    image it is a table of one row. Raises
    InputError where there is no image, or no such column.
    """
    path = Path(os.path.abspath(manifest))  # noqa: PTH100 (resolve would follow links)
    if path.is_dir():
        images, others, of_system = images_in(path)
        if not images:
            raise InputError(f"{path}: holds no image ({', '.join(ENDINGS)}).")
        if others:
            say(passed_over(path, others))
        for line in of_system.lines():
            say(f"{path}: {line}")
        return pd.DataFrame({column: [str(path / file) for file in images]})
    if is_image(path):
        return pd.DataFrame({column: [on_disk(str(path))]})
    table = read_cells(path, None)[0].table.reset_index(drop=True)
    if column not in table:
        raise InputError(
            f"{path}: no column {column!r}; name the column of images with --column. There are: "
            f"{', '.join(table.columns)}"
        )
    addresses = Addresses(path.parent)
    return table.assign(**{column: [addresses.find(cell) for cell in table[column]]})


def image_column(path: Path) -> str:
    """The column of images of a table: `image`, or else the only one whose cells all name files
    that a reader knows; of a folder or a single image `image`. Raises InputError where that does
    not tell."""
    if path.is_dir() or is_image(path):
        return IMAGE
    table = read_cells(path, None)[0].table
    if IMAGE in table:
        return IMAGE
    columns = columns_of_images(table)
    if len(columns) == 1:
        return columns[0]
    why = f"several name images ({', '.join(columns)})" if columns else "none names image files"
    raise InputError(
        f"{path}: which column holds the images? Name it with --column: {why}. There are: "
        f"{', '.join(map(str, table.columns))}"
    )


def _mask_name(number: int, image: str) -> str:
    """A file name that is unique and can be recognised: the row from 0, then the name of the
    image's file."""
    stem = re.sub(r"[^\w.-]+", "_", split_address(image)[0].stem)
    return f"{number:06d}_{stem[:80]}.png"


def _write(prediction: PredictedMask, path: Path, *, several: bool) -> float:
    """Write a mask and return the share of the image that the network saw."""
    mask = prediction.mask()
    seen = mask != IGNORED
    shown = mask if several else np.where(mask == 1, np.uint8(WHITE), np.uint8(0))
    with write_atomically(path) as temporary:
        Image.fromarray(shown).save(temporary, format="png")
    return float(seen.mean())


def _judged(
    prediction: PredictedMask, usual: Mapping[int, Usual], names: Sequence[str]
) -> dict[str, Any]:
    """The cells on the quality of a mask. `usual` is by the number of a structure; `names` are of
    all structures."""
    measures: dict[str, Any] = {}
    faults = []
    for number, mine in usual.items():
        name, (values, wrong) = names[number - 1], mine.judge(prediction, number)
        measures |= {f"{name}_{measure}": value for measure, value in values.items()}
        faults += [f"{name}: {fault}" for fault in wrong]
    quality = "doubtful" if faults else "good"
    return {"quality": quality, "why": "; ".join(faults), **measures}
