"""The examples of what a user calls from Python run, on two small finished studies."""

import doctest
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.simulate.xray.folder import write_chest_xrays
from pleura.study.run import Study
from tests.conftest import without_page

MODULES = ("pleura.study.run", "pleura.deploy.package", "pleura.deploy.segmenter")
SHARED: dict[str, Any] = {
    "split": {"test": 0.3, "validation": 0.3},
    "seeds": [0],
    "training": {"epochs": 1, "min_steps": 2, "batch_size": 16, "precision": "fp32"},
}
CLASSES: dict[str, Any] = SHARED | {
    "question": "Is there lobar pneumonia?",
    "data": {"manifest": "images.csv", "classes": ["normal", "lobar"], "size": 32},
    "reference": "scratch",
    "base": {"backbone": "squeezenet1_0", "weights": "random"},
    "recipes": {"scratch": {}, "frozen": {"strategy": "feature_extraction"}},
    "tune": {"rates": [1e-3], "penalties": [0.1]},
}
LUNGS: dict[str, Any] = SHARED | {
    "task": "segmentation",
    "question": "Where are the lungs?",
    "data": {
        "manifest": "images.csv",
        "masks": {"column": "lung_mask", "structures": {"lung": 255}},
        "size": 32,
    },
    "reference": "U-Net",
    "recipes": {"U-Net": {"network": {"x_unet": {"width": 2}}, "weights": "random"}},
    "tune": {"rates": [1e-3]},
}


@pytest.fixture(scope="module")
def folder(small_forests: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, two study files and what they have left in `runs`."""
    folder = tmp_path_factory.mktemp("examples")
    write_chest_xrays(folder, patients=32, size=48, seed=0)
    images = sorted((folder / "images").glob("*.png"))
    for name, image in zip(("a.png", "b.png"), images, strict=False):
        shutil.copy(image, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, content in (("my_study", CLASSES), ("lungs", LUNGS)):
            Path(f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
            with without_page():
                Study.from_file(f"{name}.yaml").run(f"runs/{name}")
    return folder


def examples() -> list[doctest.DocTest]:
    """All docstrings with examples."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(import_module(name))]
    return [test for test in found if test.examples]


def test_there_are_ten() -> None:
    assert len(examples()) >= 10


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_gives_what_it_says(
    example: doctest.DocTest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    told: list[str] = []
    result = doctest.DocTestRunner().run(example, out=told.append, clear_globs=False)
    assert result.failed == 0, "".join(told)
