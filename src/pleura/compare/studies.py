"""Two finished studies that shall be compared, read from their folders; what cannot be is refused
in one message."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pleura.errors import InputError
from pleura.report.folder import Folder
from pleura.report.segmentation import CASES, CasesFolder
from pleura.saved_yaml import load_saved
from pleura.tasks.listed import page_of
from pleura.wording import in_a_row

SPLIT, STUDY, RUNS, PREDICTIONS = "split.json", "study.yaml", "runs.csv", "predictions.csv"
MARKS = (SPLIT, STUDY, "steps")  # what a study writes, the first of them before all else


@dataclass(frozen=True)
class Finished:
    """A finished study: what the page calls it, its folder, its task, what its tables hold, and its
    study file as it was written."""

    name: str
    folder: Path
    task: str
    contents: Folder
    settings: Mapping[str, Any]

    @property
    def data(self) -> Mapping[str, Any]:
        """The section `data` of its study file."""
        section = self.settings.get("data")
        return section if isinstance(section, Mapping) else {}


Pair = tuple[Finished, Finished]


def read_pair(first: Path, second: Path) -> Pair:
    """Both studies. Raises InputError for a folder that is no study's, for one that is not finished
    or damaged, for the same folder twice, and for two tasks."""
    for folder in (first, second):
        _refuse_other_folders(folder)
    if first.samefile(second):
        raise InputError(
            f"{first} and {second}: the same folder; give two studies, each in a folder of its own"
        )
    names = _names(first.resolve(), second.resolve())
    one, two = (_read(*each) for each in zip((first, second), names, strict=True))
    if one.task != two.task:
        raise InputError(
            f"{first} is a study of {one.task}, {second} one of {two.task}: no metric is that of "
            "both. Compare two studies of one task"
        )
    return one, two


def read_finished(folder: Path) -> Finished:
    """One study. Raises InputError for a folder that is no study's, not finished, or damaged."""
    _refuse_other_folders(folder)
    return _read(folder, folder.resolve().name)


def _refuse_other_folders(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give the folder of a finished study")
    if not any((folder / name).exists() for name in MARKS):
        above = folder.resolve().parent
        hint = f"; did you mean {above}?" if (above / SPLIT).is_file() else ""
        raise InputError(
            f"{folder}: no study's folder: it has no {SPLIT}; give one that `pleura study run` has "
            f"written, such as runs/NAME{hint}"
        )
    tables = [PREDICTIONS] if not (folder / CASES).is_file() else []
    missing = [name for name in (STUDY, SPLIT, RUNS, *tables) if not (folder / name).is_file()]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise InputError(
            f"{folder}: not a finished study: {in_a_row(missing)} {verb} missing; "
            "`pleura study run` on its study file goes on where it stopped and writes them"
        )


def _names(first: Path, second: Path) -> tuple[str, str]:
    """What the two are called: their folders, with those above them where they are called alike."""
    ends = zip(first.parts[::-1], second.parts[::-1], strict=False)
    depth = next((at for at, (a, b) in enumerate(ends) if a.casefold() != b.casefold()), 1)
    return "/".join(first.parts[-1 - depth :]), "/".join(second.parts[-1 - depth :])


def _read(folder: Path, name: str) -> Finished:
    contents = page_of(folder).read(folder)
    settings = load_saved((folder / STUDY).read_text(encoding="utf-8"))
    usual = "segmentation" if isinstance(contents, CasesFolder) else "classification"
    return Finished(name, folder, str(settings.get("task") or usual), contents, settings)
