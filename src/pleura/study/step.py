"""Steps: pieces of work with a content key, done once and found again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pleura.errors import PleuraError
from pleura.files import digest_of, drop, write_text

DONE = "done.json"
AGAIN = "delete its folder and run again"


class Result(dict[str, Any]):
    """What the record `of` a step says of its result."""

    def __init__(self, said: Mapping[str, Any], of: Path) -> None:
        super().__init__(said)
        self.of = of

    def __missing__(self, name: str) -> Any:
        raise PleuraError(f"{self.of}: its result has no {name!r}; {AGAIN}")


Steps = tuple["Step", ...]


@dataclass(frozen=True)
class Step:
    """One piece of work.

    `spec` holds all that decides the result but for what pleura makes of it, which `versions` tell
    by the names of its parts (see `pleura.study.versions`). `title` is for people and `places` are
    paths, which may differ from machine to machine; `outputs` are files that it must leave, where
    another plan may want others: no part of the key either. `at` is where its files lie while it is
    being done, None for the folder of its name.
    """

    kind: str
    title: str
    spec: Mapping[str, Any]
    versions: Mapping[str, int]
    parents: tuple["Step", ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    at: Path | None = None

    @cached_property
    def key(self) -> str:
        """Digest of kind, spec, versions and the parents' keys; 64 hexadecimal digits."""
        return digest_of(
            {
                "kind": self.kind,
                "versions": self.versions,
                "spec": self.spec,
                "parents": [parent.key for parent in self.parents],
            }
        )

    @cached_property
    def question(self) -> str:
        """What the step asks, whichever versions answer: the key without them."""
        parents = [parent.question for parent in self.parents]
        return digest_of({"kind": self.kind, "spec": self.spec, "parents": parents})

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.kind}-{self.key[:16]}"

    def folder(self, steps: Path) -> Path:
        """Where its files lie, below the folder of all steps unless it is being done."""
        return steps / self.name if self.at is None else self.at

    def has_record(self, steps: Path) -> bool:
        """Whether it was finished, perhaps with fewer `outputs`; the record is written last."""
        return (self.folder(steps) / DONE).exists()

    def is_done(self, steps: Path) -> bool:
        """Whether it was finished with all its `outputs`."""
        if not self.outputs or not self.has_record(steps):
            return self.has_record(steps)
        try:
            return set(self.outputs) <= set(self._read(steps)["files"])
        except PleuraError:
            return False

    def finish(self, steps: Path, result: Mapping[str, Any], *files: str) -> None:
        """Mark as done: what later steps and tables need to know, and how long its `files` are."""
        folder = self.folder(steps)
        lengths = {name: (folder / name).stat().st_size for name in files}
        record = {
            "key": self.key,
            "question": self.question,
            "versions": self.versions,
            "title": self.title,
            "spec": self.spec,
        }
        self._write(steps, {**record, "result": result, "files": lengths})

    def is_whole(self, steps: Path) -> bool:
        """Whether the files of a finished step are there, as long as they were."""
        folder = self.folder(steps)
        try:
            lengths = self._read(steps)["files"]
            return all((folder / name).stat().st_size == size for name, size in lengths.items())
        except (OSError, PleuraError, KeyError):
            return False

    def is_ready(self, steps: Path) -> bool:
        """Whether it was finished with all its `outputs`, and they are whole."""
        return self.is_done(steps) and self.is_whole(steps)

    def drop(self, steps: Path, name: str) -> None:
        """Delete one of a finished step's files, which is then no longer missed."""
        record = self._read(steps)
        if record["files"].pop(name, None) is not None:
            self._write(steps, record)
        drop(self.folder(steps) / name)  # later, where somebody reads it just then

    def result(self, steps: Path) -> dict[str, Any]:
        """What `finish` was given. Raises PleuraError where the record is missing or damaged, and
        where it is asked for something that the record does not say."""
        return Result(self._read(steps)["result"], of=self.folder(steps) / DONE)

    def _read(self, steps: Path) -> dict[str, Any]:
        path = self.folder(steps) / DONE
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            whole = record["key"] == self.key and isinstance(record["result"], dict)
            if not whole or not all(isinstance(size, int) for size in record["files"].values()):
                raise ValueError(path)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise PleuraError(f"{path}: damaged; {AGAIN}") from error
        return record

    def _write(self, steps: Path, record: Mapping[str, Any]) -> None:
        write_text(self.folder(steps) / DONE, json.dumps(record, indent=1))
