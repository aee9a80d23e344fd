"""What an unfinished prediction of many images has already found, so that it is not done again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from pleura.data.addresses import on_disk
from pleura.data.readers import split_address
from pleura.deploy.predictor import Asked
from pleura.deploy.record import Record
from pleura.files import digest_of, state_of

ENDING = ".unfinished"


class Journal:
    """The records of a prediction that was begun: a line each, in JSON.

    A record holds as long as the model, what was asked and the files of its images are the same. A
    line that was cut off when the machine stopped is not read.
    """

    def __init__(self, file: TextIO, about: str, lines: dict[str, Record]) -> None:
        self.file, self.about, self.lines = file, about, lines

    def find(self, asked: Asked) -> Record | None:
        """The record of what is asked, where it stands here."""
        return self.lines.get(self._key(asked))

    def add(self, asked: Asked, record: Record) -> None:
        """Keep a record, unless an image could not be read, which may be mended until next time."""
        if record.error is None:
            line = {"key": self._key(asked), "record": record.model_dump(exclude_none=True)}
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()

    def _key(self, asked: Asked) -> str:
        return digest_of([self.about, asked.name, [_state(str(image)) for image in asked.images]])


@contextmanager
def journal_of(out: Path, about: str) -> Iterator[Journal]:
    """The journal beside the file `out`, of a prediction that `about` tells from all others: a
    digest of the model and of what is asked. It is deleted once all is done."""
    path = out.with_name(out.name + ENDING)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = dict(_read(path)) if path.is_file() else {}
    with path.open("a", encoding="utf-8") as file:
        if path.stat().st_size and not _ends(path):
            file.write("\n")
        yield Journal(file, about, lines)
    path.unlink(missing_ok=True)  # another call for the same file may be done with it


def _read(path: Path) -> Iterator[tuple[str, Record]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                content = json.loads(line)
                yield content["key"], Record.model_validate(content["record"])
            except (ValueError, TypeError, KeyError, ValidationError):
                continue  # cut off, as where the disk was full


def _ends(path: Path) -> bool:
    """Whether the last line of a file is whole."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() == b"\n"


def _state(address: str) -> list[str | int]:
    """What changes where another file is put in the place of an image's."""
    path, _ = split_address(on_disk(address)) if address else (Path(), None)
    try:
        _, changed, length = state_of(path)
    except (OSError, ValueError):
        return [address]
    return [address, changed, length]
