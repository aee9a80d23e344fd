"""The folder of an evaluation: what it is called, and that it is of one model and one table."""

import hashlib
import os
from pathlib import Path

from pleura.errors import InputError
from pleura.external.tables import FRAMES, PREDICTIONS, SETTINGS, TABLES
from pleura.files import read_mapping
from pleura.own_files import refuse_to_overwrite
from pleura.tables import SUBGROUPS

PAGE = "evaluation.html"
WRITTEN = (PREDICTIONS, FRAMES, SUBGROUPS, *(f"{name}.csv" for name in TABLES), PAGE, "figures")
HANDED_OVER = "best"  # the folder of a study's model
INDEX = "images"  # the table that `pleura data index` makes, in the folder of the images


def usual_folder(model: Path, table: Path) -> Path:
    """`evaluations/STUDY_on_TABLE`: a model in the folder `best` has the name of its study, and a
    table `images.csv` that of its folder, since all of these are called alike."""
    model, table = model.resolve(), table.resolve()
    one = model.parent.name if model.name == HANDED_OVER else model.name
    other = table.name if table.is_dir() else table.stem
    if not table.is_dir() and other == INDEX:
        other = table.parent.name or other
    return Path("evaluations") / f"{one}_on_{other}"


def evaluated_in(folder: Path, model: Path, table: Path) -> dict[str, str]:
    """What evaluation.json tells of a `model` and a `table`: their names with the folders above,
    and a hash of where they lie as seen from the `folder` of the evaluation, so that a whole
    project may be moved."""
    paths = model.resolve(), table.resolve()
    seen = "\n".join(_seen_from(folder.resolve(), each) for each in paths)
    names = [f"{each.parent.name}/{each.name}" for each in paths]
    hashed = hashlib.sha256(seen.encode()).hexdigest()[:16]
    return {"model": names[0], "table": names[1], "places": hashed}


def _seen_from(folder: Path, path: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()


def refuse_other(folder: Path, ours: dict[str, str]) -> None:
    """Raise InputError where `folder` is a study's, holds the evaluation of another model or table
    than `ours` (see `evaluated_in`), or files that no evaluation wrote and that would be written
    over."""
    if (folder / "study.yaml").is_file() or (folder / "split.json").is_file():
        raise InputError(
            f"{folder}: a study's folder; give an evaluation a folder of its own (--out)"
        )
    refuse_to_overwrite(folder, WRITTEN, SETTINGS)
    told = read_mapping(folder / SETTINGS)
    # Evaluations of earlier versions do not tell where their model and table lay.
    keys = ("places",) if "places" in told else ("model", "table")
    if any(told.get(key, ours[key]) != ours[key] for key in keys):
        raise InputError(
            f"{folder}: holds the evaluation of {told.get('model')} on {told.get('table')}, which "
            "is another model or table, or lay elsewhere; give this one a folder of its own "
            "(--out), or delete that one"
        )
