"""What is refused before a study trains anything."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from pleura.errors import InputError, PleuraError
from pleura.study.missing_weights import replace_missing
from pleura.study.prepare import alone_in
from pleura.study.run import Study
from pleura.study.schema import read_study
from pleura.tables import UNRANKED
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


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """No weights at hand, and nobody who answers; the addresses that were asked."""
    asked: list[str] = []

    def fail(self: object, url: str, output: str, pooch: object) -> None:
        asked.append(url)
        raise requests.ConnectionError("no route")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", fail)
    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path / "cache"))
    return asked


def with_missing(manifest: Path) -> dict[str, Any]:
    study = {**content(manifest), "seeds": [0], "fractions": [1.0]}
    recipe = {"weights": "imagenet", "missing_weights": "random", "strategy": "feature_extraction"}
    for backbone in ("squeezenet1_0", "mobilenet_v2"):
        study["recipes"][backbone] = {"backbone": backbone, **recipe}
    return study


def test_missing_weights_become_random_ones_outside_the_ranking(
    manifest: Path, tmp_path: Path, no_server: list[str]
) -> None:
    told: list[str] = []
    result = Study.from_objects(with_missing(manifest)).run(tmp_path / "out", announce=told.append)
    runs = result.runs.set_index("recipe")
    for name in ("squeezenet1_0", "mobilenet_v2"):
        assert (
            f"{name}: its weights are missing (download.pytorch.org cannot be reached): "
            "runs from random weights, not ranked"
        ) in told
        assert (runs["weights"][name], runs["kind"][name]) == ("random", UNRANKED)
    assert runs["kind"]["full"] != UNRANKED
    written = read_study(tmp_path / "out" / "study.yaml")
    assert written.recipes["mobilenet_v2"].weights == "imagenet"
    assert "random, since imagenet was missing" in result.report().read_text()
    assert len(no_server) == 1  # a server that does not answer is not asked again


def test_a_download_that_the_server_refuses_does_not_speak_for_the_others(
    manifest: Path, no_server: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def refuse(self: object, url: str, output: str, pooch: object) -> None:
        no_server.append(url)
        raise requests.HTTPError("404")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", refuse)
    replace_missing(Study.from_objects(with_missing(manifest)).file, told.append)
    assert len(no_server) == 2
    assert sum("are missing (cannot download https://" in line for line in told) == 2


def test_weights_that_a_study_needs_are_not_replaced(
    manifest: Path, tmp_path: Path, no_server: list[str]
) -> None:
    study = with_missing(manifest)
    study["recipes"]["mobilenet_v2"]["missing_weights"] = "refuse"
    with pytest.raises(PleuraError, match=r"cannot download .*mobilenet_v2"):
        Study.from_objects(study).prepare(tmp_path / "out")
    study = {**with_missing(manifest), "reference": "mobilenet_v2"}
    with pytest.raises(InputError, match=r"reference: 'mobilenet_v2': its weights are missing"):
        Study.from_objects(study).prepare(tmp_path / "out")


def test_a_damaged_file_of_weights_is_not_missing(
    manifest: Path, tmp_path: Path, no_server: list[str]
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "squeezenet1_0-b66bff10.pth").write_bytes(b"damaged")
    with pytest.raises(PleuraError, match="wrong checksum"):
        Study.from_objects(with_missing(manifest)).prepare(tmp_path / "out")
