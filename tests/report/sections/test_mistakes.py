"""The most confident mistakes."""

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from pleura.report.classification import ClassifierFolder
from pleura.report.section import Shot
from pleura.report.sections import mistakes as section
from pleura.report.sections.mistakes import MISTAKES, MOST
from tests.report.conftest import study_of


def mistakes(files: list[str]) -> pd.DataFrame:
    """One mistake a file, ever more confident."""
    return pd.DataFrame(
        {
            "recipe": "probe",
            "fraction": 1.0,
            "seed": "0",
            "image": "/data/secret/folder/image.png",
            "patient": "p1",
            "label": "NORMAL",
            "predicted": "VIRUS",
            "probability": np.linspace(0.5, 0.99, len(files)),
            "file": files,
        }
    )


def read(contents: ClassifierFolder, path: Path, table: pd.DataFrame) -> list[Shot]:
    """What the section shows of a table of mistakes whose pictures lie in `path`."""
    folder = replace(contents, path=path).with_table(MISTAKES, table)
    return section.mistakes(study_of(folder))


def picture(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(path)


def test_most_confident_first_with_the_picture_inside(
    tmp_path: Path, contents: ClassifierFolder
) -> None:
    for name in ("a.png", "b.png"):
        picture(tmp_path / "panels" / name)
    first, second = read(contents, tmp_path, mistakes(["a.png", "b.png"]))
    assert first.caption == "<b>NORMAL</b>, taken for <b>VIRUS</b> (.990)"
    assert "(.500)" in second.caption
    content = base64.b64decode(first.picture.removeprefix("data:image/png;base64,"))
    assert content == (tmp_path / "panels" / "b.png").read_bytes()
    assert first.lines == ["probe, with all labels, seed 0", "patient p1 · image.png"]


def test_of_an_ensemble_no_seed_is_named(tmp_path: Path, contents: ClassifierFolder) -> None:
    picture(tmp_path / "panels" / "a.png")
    table = mistakes(["a.png"]).assign(recipe="probe, ensemble of 3")
    (shot,) = read(contents, tmp_path, table)
    assert shot.lines[0] == "probe, ensemble of 3, with all labels"


def test_what_is_absent_elsewhere_or_no_picture_is_left_out(
    tmp_path: Path, contents: ClassifierFolder
) -> None:
    picture(tmp_path / "panels" / "good.png")
    picture(tmp_path / "outside.png")
    (tmp_path / "panels" / "text.png").write_text("<script>")
    (tmp_path / "panels" / "link.png").symlink_to(tmp_path / "outside.png")
    files = ["absent.png", "../outside.png", "text.png", "link.png", "good.png"]
    assert len(read(contents, tmp_path, mistakes(files))) == 1


def test_long_lists_are_cut(tmp_path: Path, contents: ClassifierFolder) -> None:
    picture(tmp_path / "panels" / "a.png")
    assert len(read(contents, tmp_path, mistakes(["a.png"] * (MOST + 5)))) == MOST
    assert read(contents, tmp_path, mistakes([])) == []
