"""No module of pleura needs another that needs it: not for types, nor in a function."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pleura

SOURCE = Path(pleura.__file__).parents[1]
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCE.joinpath("pleura").rglob("*.py")
}


def imported(path: Path) -> Iterator[str]:
    """The modules of pleura that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_imports_are_without_a_circle() -> None:
    needs = {
        module: {name for name in imported(path) if name in MODULES} - {module}
        for module, path in MODULES.items()
    }
    assert sum(map(len, needs.values())) > 1000
    TopologicalSorter(needs).prepare()  # names a circle where there is one
