"""What steps share as JSON, for workers in other processes and on other machines.

Nothing that is read here can run: a class comes back only where it is listed.
"""

import base64
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pandas as pd

from pleura.data.alike import Twins
from pleura.data.bank import Bank
from pleura.data.lung_regions import Lungs
from pleura.data.manifest import Manifest
from pleura.data.mask_bank import MaskBank
from pleura.data.split import Drawing, Parts, Split
from pleura.data.unknowns import Unknowns
from pleura.errors import PleuraError
from pleura.files import digest_of
from pleura.study.context import Context
from pleura.study.material import Material
from pleura.study.pool import Pool, Source
from pleura.study.step import Step
from pleura.train.devices import Devices

CLASSES = {
    each.__name__: each
    for each in (
        *(Bank, Context, Devices, Drawing, Lungs, Manifest, MaskBank, Material, Parts, Pool),
        *(Source, Split, Twins, Unknowns),
    )
}
SIMPLE = (str, int, float, bool, type(None))


def dumps(value: object, home: Path) -> str:
    """A value as JSON: listed dataclasses, arrays, data frames, paths, and what is made of them.

    Paths below `home` are kept as they lie there, so that the folder may have another place on the
    machine that reads it. Raises TypeError for anything else.
    """
    return json.dumps(_Writer(home).write(value), ensure_ascii=False, separators=(",", ":"))


def loads(text: str, home: Path) -> Any:
    """What `dumps` was given; `home` is the place of its folder here. Raises PleuraError for what
    it has not written."""
    try:
        return _Reader(home).read(json.loads(text))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise PleuraError(f"{home}: what a worker was sent cannot be read: {error}") from error


class _Writer:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: dict[int, tuple[int, object]] = {}  # keeps what it counts

    def write(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, SIMPLE):
            return value
        if isinstance(value, list):
            return [self.write(each) for each in value]
        if isinstance(value, tuple):
            return {"tuple": [self.write(each) for each in value]}
        if isinstance(value, set | frozenset):
            return {"set": [self.write(each) for each in sorted(value)]}
        if isinstance(value, Mapping):
            pairs = [[self.write(key), self.write(each)] for key, each in value.items()]
            return {"mapping": pairs}
        if isinstance(value, PurePath):
            inside = value.is_relative_to(self.home)
            kept = value.relative_to(self.home) if inside else value
            return {"inside" if inside else "path": kept.as_posix()}
        if id(value) in self.known:
            return {"same": self.known[id(value)][0]}
        self.known[id(value)] = len(self.known), value
        if isinstance(value, np.ndarray):
            return {"array": _packed(value)}
        if isinstance(value, pd.DataFrame):
            return {"frame": self._frame(value)}
        if is_dataclass(value) and CLASSES.get(type(value).__name__) is type(value):
            of = {each.name: self.write(getattr(value, each.name)) for each in fields(value)}
            return {"is": type(value).__name__, "of": of}
        raise TypeError(f"{type(value).__name__} cannot be sent to a worker")

    def _frame(self, frame: pd.DataFrame) -> dict[str, Any]:
        columns = []
        for name in frame.columns:
            column = frame[name]
            numbers = isinstance(column.dtype, np.dtype) and column.dtype != np.object_
            cells = _packed(column.to_numpy()) if numbers else self.write(column.tolist())
            columns.append([name, str(column.dtype), cells])
        return {"index": _packed(frame.index.to_numpy()), "columns": columns}


class _Reader:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: list[Any] = []

    def read(self, value: Any) -> Any:
        if isinstance(value, SIMPLE):
            return value
        if isinstance(value, list):
            return [self.read(each) for each in value]
        if "is" in value:
            at = self._reserve()
            of = {name: self.read(each) for name, each in value["of"].items()}
            self.known[at] = CLASSES[value["is"]](**of)
            return self.known[at]
        ((kind, content),) = value.items()
        return self._readers[kind](self, content)

    def _reserve(self) -> int:
        """A number in the order of writing, where what holds others comes before them."""
        self.known.append(None)
        return len(self.known) - 1

    def _array(self, content: str) -> Any:
        at = self._reserve()
        self.known[at] = _unpacked(content)
        return self.known[at]

    def _frame(self, content: Mapping[str, Any]) -> pd.DataFrame:
        at = self._reserve()
        columns = {
            name: pd.Series(
                _unpacked(cells) if isinstance(cells, str) else self.read(cells), dtype=dtype
            )
            for name, dtype, cells in content["columns"]
        }
        frame = pd.DataFrame(columns)
        frame.index = pd.Index(_unpacked(content["index"]))
        self.known[at] = frame
        return frame

    _readers: Mapping[str, Callable[["_Reader", Any], Any]] = {
        "tuple": lambda self, content: tuple(self.read(each) for each in content),
        "set": lambda self, content: {self.read(each) for each in content},
        "mapping": lambda self, content: {self.read(k): self.read(v) for k, v in content},
        "inside": lambda self, content: self.home / content,
        "path": lambda self, content: Path(content),
        "same": lambda self, content: self.known[content],
        "array": _array,
        "frame": _frame,
    }


def _packed(array: Any) -> str:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _unpacked(text: str) -> Any:
    return np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False)


def plain_step(step: Step, home: Path) -> dict[str, Any]:
    """A step and all that it stands on, as JSON: parents by their place in the list `steps`, the
    step last. Its `places` below `home` are kept as they lie there."""
    numbers: dict[str, int] = {}
    steps: list[dict[str, Any]] = []

    def add(each: Step) -> int:
        if each.key not in numbers:
            parents = [add(parent) for parent in each.parents]
            numbers[each.key] = len(steps)
            steps.append(
                {
                    "kind": each.kind,
                    "title": each.title,
                    "spec": each.spec,
                    "versions": each.versions,
                    "parents": parents,
                    "places": {name: _place(it, home) for name, it in each.places.items()},
                    "outputs": list(each.outputs),
                }
            )
        return numbers[each.key]

    add(step)
    return {"key": step.key, "home": str(home), "steps": steps}


def step_of(plain: Mapping[str, Any], home: Path) -> Step:
    """What `plain_step` was given; `home` is the place of the study's folder here.

    Raises PleuraError where its key is another, as with a worker of another version of pleura.
    """
    steps: list[Step] = []
    for each in plain["steps"]:
        parents = tuple(steps[number] for number in each["parents"])
        places = {name: _here(it, home) for name, it in each["places"].items()}
        as_made = (each["kind"], each["title"], each["spec"], each["versions"])
        steps.append(Step(*as_made, parents, places, tuple(each["outputs"])))
    if steps[-1].key != plain["key"]:
        raise PleuraError(f"{steps[-1].title}: this worker gives the step another key")
    return steps[-1]


def _place(place: str, home: Path) -> str | dict[str, str]:
    path = Path(place)
    if path.is_absolute() and path.is_relative_to(home):
        return {"inside": path.relative_to(home).as_posix()}
    return place


def _here(place: str | Mapping[str, str], home: Path) -> str:
    return place if isinstance(place, str) else str(home / place["inside"])


def digest(text: str) -> str:
    """What tells one written context from another."""
    return digest_of(text)[:16]
