"""The examples of all docstrings run, those of what a user calls on two small finished studies."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import pleura
from tests.example_studies import write_examples

SOURCE = Path(pleura.__file__).parent
MODULES = sorted(
    ".".join(("pleura", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
FEW_TREES = 10  # of the forests of a check


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, two study files and what they have left in `runs`."""
    folder = tmp_path_factory.mktemp("examples")
    write_examples(folder)
    return folder


def examples() -> list[doctest.DocTest]:
    """All docstrings with examples."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(import_module(name))]
    return [test for test in found if test.examples]


def test_examples_of_all_modules_are_found() -> None:
    assert {"pleura.study.run", "pleura.deploy.package", "pleura.check.run"} <= set(MODULES)
    in_text = sum(path.read_text(encoding="utf-8").count(">>> ") for path in SOURCE.rglob("*.py"))
    assert sum(len(test.examples) for test in examples()) == in_text


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_gives_what_it_says(
    example: doctest.DocTest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("pleura.check.clues.TREES", FEW_TREES)
    told: list[str] = []
    result = doctest.DocTestRunner().run(example, out=told.append, clear_globs=False)
    assert result.failed == 0, "".join(told)
