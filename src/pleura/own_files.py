"""Folders that a user names: what lies there and is not pleura's is not written over."""

import json
from collections.abc import Iterable
from pathlib import Path

from pleura.errors import InputError
from pleura.wording import first_few


def refuse_to_overwrite(folder: Path, names: Iterable[str], mark: str) -> None:
    """Raise InputError where `folder` holds files called as those that are to be written, unless
    pleura wrote them.

    It did where the file `mark` is there, which pleura writes before them: JSON with the versions
    that it had.
    """
    there = [name for name in (mark, *names) if (folder / name).exists()]
    if there and not _is_own(folder / mark):
        raise InputError(
            f"{folder}: holds files that pleura did not write there and would write over: "
            f"{first_few(there)}; give another folder (--out), or move them"
        )


def _is_own(mark: Path) -> bool:
    try:
        told = json.loads(mark.read_text(encoding="utf-8"))
        return "pleura" in told["versions"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
