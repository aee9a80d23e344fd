"""The simulation knows nothing of what is tried out on it."""

import ast
from pathlib import Path

import pleura.simulate

ALLOWED = ("pleura.simulate", "pleura.errors", "pleura.files")


def test_the_simulation_imports_nothing_of_the_rest() -> None:
    [folder] = pleura.simulate.__path__
    modules = [
        node.module
        for path in Path(folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    ]
    assert len(modules) > 50
    others = {name for name in modules if name.startswith("pleura")}
    assert {name for name in others if not name.startswith(ALLOWED)} == set()
