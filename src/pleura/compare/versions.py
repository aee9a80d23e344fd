"""With which versions a finished study came to its results."""

import json
from collections.abc import Iterator

from pleura.compare.studies import Finished, Pair
from pleura.report.study_file import without_folders

OF_THE_MACHINE = ("python", "system", "processor cores", "instructions", "threads")
DEVICE = "device"
VERSION = "version of "  # begins the name of what has one
STEPS, DONE = "steps", "done.json"


def other_versions(pair: Pair) -> Iterator[tuple[str, str, str]]:
    """What both studies note and has another value: its name, and the value in each. Packages and
    the device, and the parts of pleura that decide what a step's result is, which have versions of
    their own (`pleura.study.versions`)."""
    for read in (_noted, _parts):
        first, second = map(read, pair)
        for name, one in first.items():
            if name in second and second[name] != one:
                yield name, one, second[name]


def _noted(study: Finished) -> dict[str, str]:
    """The packages and the device of environment.json, by what a row calls them."""
    return {
        name if name == DEVICE else f"{VERSION}{name}": str(without_folders(value))
        for name, value in study.contents.environment.items()
        if name not in OF_THE_MACHINE
    }


def _parts(study: Finished) -> dict[str, str]:
    """The newest version of each part of pleura among the finished steps, which are done again
    where one is raised; nothing where steps are gone or of releases that knew no versions."""
    newest: dict[str, int] = {}
    for file in sorted((study.folder / STEPS).glob(f"*/{DONE}")):
        try:
            versions = json.loads(file.read_text(encoding="utf-8"))["versions"]
            for name, version in versions.items():
                newest[name] = max(int(version), newest.get(name, 0))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return {f"{VERSION}pleura: {name}": str(version) for name, version in newest.items()}
