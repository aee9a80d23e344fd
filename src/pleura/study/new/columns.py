"""Which columns of a user's table a new study takes, and what is said of tables without images."""

from collections.abc import Mapping
from pathlib import Path

from pleura.data.columns import columns_of_images
from pleura.data.own_columns import OURS, columns_like_ours
from pleura.data.tables import Cells
from pleura.errors import InputError, nearest

BY_NAMES = (
    "where files have other names or places than the table says, pleura data index FOLDER "
    "--table {table} finds them"
)


def own_columns(path: Path, cells: Cells, given: Mapping[str, str]) -> dict[str, str]:
    """The file's name of each of our columns that it has, those `given` first (see
    `columns_like_ours`); of images also the only column that names image files. Raises InputError
    for columns that are given and not there, and where no column of images is found.
    """
    table = cells.table
    header = list(map(str, table))
    for ours, theirs in given.items():
        if ours not in OURS:
            raise InputError(f"--column {ours}={theirs}: {ours!r} is none of {', '.join(OURS)}")
        if theirs not in header:
            raise InputError(f"{path}: no column {theirs!r}{nearest(theirs, header)}")
    found = columns_like_ours(table, given)
    if "image" not in found:
        images = columns_of_images(table)
        if len(images) != 1:
            raise InputError(
                f"{path}: no column says where the images are; --column image=NAME names it "
                f"({', '.join(header)})",
                [BY_NAMES.format(table=path)],
            )
        found["image"] = images[0]
    return {ours: found[ours] for ours in OURS if ours in found}
