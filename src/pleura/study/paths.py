"""Paths of a study file: from the folder that it lies in, whichever way letters are composed; and
the tables of public sources, by name."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from pleura.data.addresses import Addresses
from pleura.data.sources.places import PUBLIC, public_table


def whole_path(path: str | Path, folder: Path) -> Path:
    """The whole path of what a study file in `folder` names.

    Raises ValueError for what cannot be a path: a user who does not exist, a null byte, a name too
    long.
    """
    try:
        whole = (folder / Path(path).expanduser()).resolve()
        return whole if whole.exists() else Path(Addresses(folder).find(str(whole)))
    except (RuntimeError, ValueError, OSError) as error:
        raise ValueError(f"{str(path)!r} cannot be a path ({error})") from error


def _placed(path: Path, info: ValidationInfo) -> Path:
    return path if info.context is None else whole_path(path, info.context)


PlacedPath = Annotated[Path, AfterValidator(_placed)]
"""A path, made whole where validation is given the folder of the study file as its context."""


def _placed_table(path: Path, info: ValidationInfo) -> Path:
    if info.context is None or not str(path).startswith(PUBLIC):
        return _placed(path, info)
    return public_table(str(path).removeprefix(PUBLIC), info.context)


PlacedTable = Annotated[Path, AfterValidator(_placed_table)]
"""The same of a table, or `public:NAME`, that of a source which `pleura data get NAME` gets."""
