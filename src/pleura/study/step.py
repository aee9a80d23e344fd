"""Steps: pieces of work with a content key, done once and found again."""

import ast
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pleura.errors import PleuraError
from pleura.files import digest_of, write_text


@dataclass(frozen=True)
class Step:
    """One piece of work.

    `spec` holds all that decides the result and nothing else; `title` is for people. `modules`
    are the modules of pleura whose code decides the result, too.
    """

    kind: str
    title: str
    spec: Mapping[str, Any]
    modules: tuple[str, ...]
    parents: tuple["Step", ...] = ()

    @property
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
        return (self.folder(steps) / "done.json").exists()

    def finish(self, steps: Path, result: Mapping[str, Any]) -> None:
        """Mark as done, with what later steps and tables need to know."""
        record = {"key": self.key, "title": self.title, "spec": self.spec, "result": result}
        write_text(self.folder(steps) / "done.json", json.dumps(record, indent=1))

    def result(self, steps: Path) -> dict[str, Any]:
        """What `finish` was given. Raises PleuraError where the record is missing or damaged."""
        path = self.folder(steps) / "done.json"
        try:
            result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["result"]
        except (OSError, ValueError, KeyError) as error:
            raise PleuraError(f"{path}: damaged; delete its folder and run again") from error
        return result


@cache
def code_digest(module: str) -> str:
    """Digest of a module's code; comments, docstrings and layout do not count."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return digest_of(ast.dump(tree))
