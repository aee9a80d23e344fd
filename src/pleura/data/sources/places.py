"""Where the tables of sources lie: `data/NAME/images.csv`, or in another folder than `data`."""

import os
from pathlib import Path

from pleura.data.sources.images_table import TABLE
from pleura.data.sources.listed import SOURCES, find_source
from pleura.errors import InputError

PUBLIC = "public:"  # before the name of a source, in the place of the path of a table
VARIABLE = "PLEURA_DATA"


def data_folder() -> Path:
    """The folder with a folder a source: that in PLEURA_DATA, else `data` in the working folder."""
    return Path(os.environ.get(VARIABLE) or "data").expanduser()


def public_table(name: str, folder: Path) -> Path:
    """The whole path of the table of a source, for a study file in `folder`.

    Without PLEURA_DATA, `data` in the working folder, beside the study file and beside its folder
    are tried; where none has the table, it is the path that `pleura data get` would write. Raises
    ValueError for the name of no source.
    """
    try:
        find_source(name)
    except InputError as error:
        raise ValueError(str(error)) from error
    places = [data_folder()]
    if not os.environ.get(VARIABLE):
        places += [folder / "data", folder.parent / "data"]
    # Links are followed by whoever reads the table: the folder is called as the user calls it.
    tables = [Path(os.path.abspath(place / name / TABLE)) for place in places]  # noqa: PTH100
    return next((table for table in tables if table.exists()), tables[0])


def table_at(table: Path, folder: Path) -> Path:
    """The path of a table that a user names: that of `public:NAME` as in `public_table`, any other
    as it is. Raises InputError for the name of no source."""
    if not str(table).startswith(PUBLIC):
        return table
    try:
        return public_table(str(table).removeprefix(PUBLIC), folder)
    except ValueError as error:
        raise InputError(f"{table}: {error}") from error


def name_of_table(table: Path) -> str:
    """What is made of a table is called as it, or as its folder where it is called `images`, as
    every table of `pleura data index` and `pleura data get` is; of `public:NAME` it is the name."""
    if str(table).startswith(PUBLIC):
        return str(table).removeprefix(PUBLIC)
    named = table.resolve()
    return named.parent.name if named.stem == "images" else named.stem


def terms_of(manifest: object) -> dict[str, str]:
    """What a report says of the images of `public:NAME`, `source` and `licence`, unless a study
    says it itself; nothing for any other manifest."""
    name = str(manifest).removeprefix(PUBLIC)
    if name == str(manifest) or name not in SOURCES:
        return {}
    return {"source": SOURCES[name].citation, "licence": SOURCES[name].licence}


def how_to_get(path: Path) -> str:
    """What to do where the table of a source is missing; "" for any other path."""
    name = path.parent.name
    if path.name != TABLE or name not in SOURCES:
        return ""
    return (
        f"Get it: pleura data get {name} ({VARIABLE}=FOLDER says where such data are, if not in "
        "data)"
    )
