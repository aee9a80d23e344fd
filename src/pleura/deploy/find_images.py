"""Finds the images that `predict` is asked about, and whose they are."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pleura.data.names import is_nothing, name_key
from pleura.data.readers import split_address
from pleura.data.tables import read_cells
from pleura.deploy.inputs import Image
from pleura.deploy.masks import IMAGE, Say, image_column, read_images
from pleura.deploy.predictor import Asked
from pleura.errors import InputError, nearest

TABLES = (".csv", ".tsv", ".txt")


def find_images(
    places: Sequence[str | Path], column: str | None = None, say: Say = lambda line: None
) -> list[tuple[str, str]]:
    """All images of files, folders (at any depth) and tables, in this order: how each is called and
    its address.

    An image of a table is called as it is written there, one of a folder or an archive by its whole
    path. The column of images in a table is `column`. Without it, it is `image`, or else the only
    column whose cells all name files that a reader knows. `say` gets what is left out. Raises
    InputError for a folder without images, and for a table whose column of images is not known. An
    empty cell has an empty address.
    """
    images: list[tuple[str, str]] = []
    for place in places:
        path, member = split_address(str(place))
        archive = path.suffix.lower() == ".npz" and member is None
        if path.is_dir() or archive:
            addresses = read_images(path, IMAGE, say)[IMAGE]
            images += zip(addresses, addresses, strict=True)
        elif path.suffix.lower() in TABLES:
            images += _of_table(path, column, say)
        else:
            images.append((str(place), str(place)))
    return images


def by_patient(
    places: Sequence[str | Path], images: Sequence[tuple[str, str]], column: str
) -> list[Asked]:
    """What is asked about each patient whom a `column` of the tables `places` names, with the
    `images` that `find_images` finds in these, in the order of the first of each. A patient whose
    name is spelled in several ways (`7`, `7.0`) is one, called by the first.

    Raises InputError for places that are no tables, a table without the column, and rows without a
    patient.
    """
    patients: list[str] = []
    for place in map(Path, places):
        if place.suffix.lower() not in TABLES:
            raise InputError(f"{place}: names no patients; give tables, whose column names them")
        table = read_cells(place, None)[0].table
        if column not in table:
            raise InputError(f"{place}: no column {column!r}{nearest(column, table.columns)}")
        if nobody := [f"row {row}" for row, who in table[column].items() if is_nothing(who)]:
            raise InputError(f"{place}: no patient is named in", nobody)
        patients += table[column].tolist()
    its: dict[str, tuple[str, list[Image]]] = {}
    for patient, (_, address) in zip(patients, images, strict=True):
        its.setdefault(name_key(patient), (patient, []))[1].append(address)
    return [Asked(patient, addresses) for patient, addresses in its.values()]


def _of_table(path: Path, column: str | None, say: Say) -> Iterator[tuple[str, str]]:
    column = column or image_column(path)
    addresses = read_images(path, column, say)[column]
    return zip(read_cells(path, None)[0].table[column], addresses, strict=True)
