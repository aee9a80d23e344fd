"""The study file that a verb is given, and where its study goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pleura.progress import Terminal
    from pleura.study.study_base import StudyBase


def read(
    file: Path, changes: Sequence[str] | None, quick: bool, terminal: "Terminal"
) -> "StudyBase":
    """Read and check a study file before the packages are loaded that take seconds."""
    from pleura.study.study_files import read_study
    from pleura.wording import count

    study = read_study(file, changes or (), quick=quick)
    terminal.say(f"{file}: {count(len(study.recipes), 'recipe')}; loading packages")
    return study


def default_out(file: Path, quick: bool) -> Path:
    """The folder of a study, where the user names none: that of the file, where a study has left it
    there, so that it goes on and nothing is done again."""
    folder = file.resolve().parent
    if file.name == "study.yaml" and (folder / "split.json").is_file() and not quick:
        return folder
    return Path("runs") / f"{file.stem}{'-quick' if quick else ''}"
