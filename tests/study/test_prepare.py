"""What is refused before a study trains anything."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError, PleuraError
from pleura.study.prepare import alone_in
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.studies import content


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


def test_a_plan_fixes_no_split(manifest: Path, tmp_path: Path) -> None:
    Study.from_objects(content(manifest)).prepare(tmp_path)
    assert not (tmp_path / "split.json").exists()


def test_weights_are_tried_before_the_data_are_read(tmp_path: Path) -> None:
    study = content(tmp_path / "no.csv")
    study["recipes"]["full"]["weights"] = "gone.safetensors"
    with pytest.raises(InputError, match="there is no file"):
        Study.from_objects(study).run(tmp_path / "out")


def test_an_image_size_that_a_network_cannot_take_is_named(manifest: Path, tmp_path: Path) -> None:
    study = content(manifest)
    study["data"]["size"] = 16
    with pytest.raises(InputError, match="squeezenet1_0 takes no images of 16x16 pixels"):
        Study.from_objects(study).run(tmp_path / "out")


@pytest.mark.parametrize(
    ("names", "message"),
    [({"a": "a", "b": "a"}, "one class only"), ({"a": "a", "b": "macro"}, "called macro")],
)
def test_classes_that_cannot_be_studied(
    names: dict[str, str], message: str, manifest: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(manifest)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table["label"] = table["label"].map(names)
    table.to_csv(tmp_path / "images.csv", index=False)
    with pytest.raises(InputError, match=message):
        Study.from_objects(content(tmp_path / "images.csv")).prepare(tmp_path / "out")


def test_a_file_cannot_be_a_studys_folder(manifest: Path) -> None:
    with pytest.raises(InputError, match="cannot be a study's folder"):
        Study.from_objects(content(manifest)).run(manifest)


def test_two_runs_at_once_are_refused(manifest: Path, tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(PleuraError, match="another run is at work"),
    ):
        Study.from_objects(content(manifest)).run(tmp_path)
