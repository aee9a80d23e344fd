"""Names of patients and files left out of the page, where the study file asks for it."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

LEFT_OUT = "(left out)"
NAMING = ("manifest", "where")  # keys of a study file whose values can name patients or files
# What follows a colon in a note and names nobody: numbers, shares, and what became of a shape.
NAMELESS = re.compile(r"[\d\s.,:%]*|a centred square is cut out|padded with black")
EARLIER = re.compile(r"step [^:]*: ")


def hides_names(study: Mapping[str, Any]) -> bool:
    """Whether a study file says `report: {patients: hidden}`."""
    report = study.get("report")
    return isinstance(report, Mapping) and report.get("patients") == "hidden"


def without_names(study: Any) -> Any:
    """The study file without the values that can name patients or images; of other files, such as
    weights, it keeps the name and leaves out the folders."""
    if isinstance(study, Mapping):
        return {
            key: LEFT_OUT if key in NAMING and value else without_names(value)
            for key, value in study.items()
        }
    if isinstance(study, list):
        return [without_names(value) for value in study]
    return without_folders(study)


def without_folders(value: Any) -> Any:
    """A whole path by the name of its file alone, since folders name users and wards; in a mapping,
    too. All else as it is."""
    if isinstance(value, Mapping):
        return {key: without_folders(each) for key, each in value.items()}
    if isinstance(value, str):
        for path in (PurePosixPath(value), PureWindowsPath(value)):
            if path.is_absolute():
                return path.name
    return value


def note_without_names(note: str) -> str:
    """A note of the study without what follows its colon, unless that is known to name nobody."""
    step = EARLIER.match(note)
    begin = step.group() if step else ""
    said, colon, names = note[len(begin) :].partition(": ")
    if not colon or NAMELESS.fullmatch(names):
        return note
    return f"{begin}{said} {LEFT_OUT}"
