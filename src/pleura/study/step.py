"""Steps: pieces of work with a content key, done once and found again."""

import ast
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pleura
from pleura.errors import PleuraError
from pleura.files import digest_of, write_text

DONE = "done.json"
# What these decide stands in a step's spec by value: the rows of each part, the strategy's module;
# or nothing hangs on them: on how many devices a training ran.
NOT_FOLLOWED = frozenset(
    {
        "pleura.data.lungs",
        "pleura.data.manifest",
        "pleura.data.mask_bank",
        "pleura.data.split",
        "pleura.errors",
        "pleura.files",
        "pleura.study.material",
        "pleura.study.pool",
        "pleura.tasks.selfsup.listed",
        "pleura.tasks.selfsup.many",
        "pleura.train.devices",
        "pleura.transfer.listed",
    }
)


@dataclass(frozen=True)
class Step:
    """One piece of work.

    `spec` holds all that decides the result; `title` is for people and `places` are paths, which
    may differ from machine to machine. The code of `modules`, and of all of pleura that they
    import, decides the result, too.
    """

    kind: str
    title: str
    spec: Mapping[str, Any]
    modules: tuple[str, ...]
    parents: tuple["Step", ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Digest of the spec, the parents' keys and the code; 64 hexadecimal digits."""
        return digest_of(
            {
                "kind": self.kind,
                "spec": self.spec,
                "parents": [parent.key for parent in self.parents],
                "code": [code_digest(module) for module in self.modules],
            }
        )

    def folder(self, steps: Path) -> Path:
        """Where its files lie, below the folder of all steps."""
        return steps / f"{self.kind}-{self.key[:16]}"

    def is_done(self, steps: Path) -> bool:
        """Whether it was finished; its last file is written when all others are whole."""
        return (self.folder(steps) / DONE).exists()

    def finish(self, steps: Path, result: Mapping[str, Any], *files: str) -> None:
        """Mark as done: what later steps and tables need to know, and how long its `files` are."""
        folder = self.folder(steps)
        lengths = {name: (folder / name).stat().st_size for name in files}
        record = {"key": self.key, "title": self.title, "spec": self.spec}
        self._write(steps, {**record, "result": result, "files": lengths})

    def is_whole(self, steps: Path) -> bool:
        """Whether the files of a finished step are there, as long as they were."""
        folder = self.folder(steps)
        try:
            lengths = self._read(steps)["files"]
            return all((folder / name).stat().st_size == size for name, size in lengths.items())
        except (OSError, PleuraError, KeyError):
            return False

    def drop(self, steps: Path, name: str) -> None:
        """Delete one of a finished step's files, which is then no longer missed."""
        record = self._read(steps)
        if record["files"].pop(name, None) is not None:
            self._write(steps, record)
        (self.folder(steps) / name).unlink(missing_ok=True)

    def result(self, steps: Path) -> dict[str, Any]:
        """What `finish` was given. Raises PleuraError where the record is missing or damaged."""
        result: dict[str, Any] = self._read(steps)["result"]
        return result

    def _read(self, steps: Path) -> dict[str, Any]:
        path = self.folder(steps) / DONE
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if not {"result", "files"} <= set(record):
                raise ValueError(path)
        except (OSError, ValueError, TypeError) as error:
            raise PleuraError(f"{path}: damaged; delete its folder and run again") from error
        return dict(record)

    def _write(self, steps: Path, record: Mapping[str, Any]) -> None:
        write_text(self.folder(steps) / DONE, json.dumps(record, indent=1))


@cache
def code_digest(module: str) -> str:
    """Digest of a module's code and of all of pleura that it imports, directly or not.

    Comments, docstrings and layout do not count; the modules of `NOT_FOLLOWED` do not either.
    """
    seen: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen[name], imported = parsed(name)
        waiting.extend(found for found in imported if found not in NOT_FOLLOWED)
    return digest_of(sorted(seen.values()))


@cache
def parsed(module: str) -> tuple[str, tuple[str, ...]]:
    """A module's code without comments, docstrings and layout, and what it imports of pleura."""
    tree = _tree(module)
    return ast.unparse(tree), tuple(_imported(tree))


def _tree(module: str) -> ast.Module:
    tree = ast.parse(_source(module).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return tree


def _source(module: str) -> Path:
    """A module's file. A module of pleura is not looked for by importing its packages."""
    if _is_module(module):
        place = Path(pleura.__path__[0]).joinpath(*module.split(".")[1:])
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return Path(spec.origin)


def _imported(tree: ast.Module) -> list[str]:
    """The modules of pleura that a module imports by name."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found += [name for name in names if name.startswith("pleura.") and _is_module(name)]
    return found


@cache
def _is_module(name: str) -> bool:
    """Whether there is such a module of pleura; none is imported to find out."""
    if not name.startswith("pleura."):
        return False
    place = Path(pleura.__path__[0]).joinpath(*name.split(".")[1:])
    return place.with_suffix(".py").is_file() or place.is_dir()
