"""The most confident mistakes."""

import base64
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from pleura.report.gallery import SHOWN, read_gallery


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


def picture(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(path)


def test_most_confident_first_with_the_picture_inside(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        picture(tmp_path / "panels" / name)
    first, second = read_gallery(tmp_path, mistakes(["a.png", "b.png"]))
    assert (first.probability, second.probability) == (".990", ".500")
    content = base64.b64decode(first.picture.removeprefix("data:image/png;base64,"))
    assert content == (tmp_path / "panels" / "b.png").read_bytes()
    assert first.image == "image.png"
    assert first.where == "probe, with all labels, seed 0"


def test_what_is_absent_elsewhere_or_no_picture_is_left_out(tmp_path: Path) -> None:
    picture(tmp_path / "panels" / "good.png")
    picture(tmp_path / "outside.png")
    (tmp_path / "panels" / "text.png").write_text("<script>")
    (tmp_path / "panels" / "link.png").symlink_to(tmp_path / "outside.png")
    files = ["absent.png", "../outside.png", "text.png", "link.png", "good.png"]
    assert len(read_gallery(tmp_path, mistakes(files))) == 1


def test_long_lists_are_cut(tmp_path: Path) -> None:
    picture(tmp_path / "panels" / "a.png")
    assert len(read_gallery(tmp_path, mistakes(["a.png"] * (SHOWN + 5)))) == SHOWN
    assert read_gallery(tmp_path, pd.DataFrame()) == ()
