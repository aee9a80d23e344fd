"""Published weights in a study file: how they are named, keyed, and what a plan tells of them."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pleura.errors import InputError, PleuraError
from pleura.models.sources import listed
from pleura.models.sources.source import Url
from pleura.study.published_weights import files_of
from pleura.study.run import Study
from pleura.study.step_graph import places_of, weights_key
from pleura.study.study_files import make_study
from pleura.study.versions import backbone
from tests.conftest import MakeImages
from tests.models.sources.made_up import torchxrayvision_densenet
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

NAME = "xrv-densenet121-nih"


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file of true layout; there is none of that name elsewhere, and no network."""
    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PLEURA_WEIGHTS", str(tmp_path / "weights"))
    nowhere = Url("http://127.0.0.1:1/nih.pt")
    monkeypatch.setitem(listed.SOURCES, NAME, replace(listed.SOURCES[NAME], place=nowhere))
    return torchxrayvision_densenet(tmp_path, monkeypatch).file


def study(manifest: Path, weights: str, **data: object) -> dict[str, Any]:
    """A frozen network with weights, which says nothing of its backbone."""
    made = {**content(manifest), "seeds": [0], "fractions": [1.0]}
    made["recipes"] = {"full": {"weights": weights, "strategy": "feature_extraction"}}
    made["data"] = {**made["data"], **data}
    return made


Plan = Callable[..., list[str]]


@pytest.fixture
def plan(manifest: Path, tmp_path: Path) -> Plan:
    def lines(weights: str, table: Path = manifest, **data: object) -> list[str]:
        told: list[str] = []
        made = Study.from_objects(study(table, weights, **data))
        made.prepare(tmp_path / "out", announce=told.append)
        return told

    return lines


def test_names_stand_for_backbones_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEURA_WEIGHTS", str(tmp_path / "kept"))

    def recipe(weights: str, **more: str) -> Any:
        made = study(Path("m.csv"), weights)
        made["recipes"]["full"] |= more
        return make_study(made, where="s.yaml", relative_to=tmp_path).recipes["full"]

    assert recipe("rad-dino").weights == "rad-dino"
    assert recipe("rad-dino").backbone == "vit_base_patch14_dinov2"
    assert recipe(f"{NAME}@w.pt").weights == f"{NAME}@{tmp_path / 'w.pt'}"
    assert recipe(f"{NAME}@w.pt").backbone == "densenet121"
    assert recipe("rad-dino", backbone="resnet18").backbone == "resnet18"  # told when it is built
    for wrong, meant in (("raddino", "rad-dino"), ("rad_dino@w.pt", "rad-dino@w.pt")):
        with pytest.raises(InputError, match=rf"no file .*did you mean '{meant}'"):
            recipe(wrong, backbone="resnet18")


def test_a_users_own_files_are_told_once(file: Path, tmp_path: Path) -> None:
    for weights, told in ((str(file), [file.name]), (f"{NAME}@{file}", []), ("imagenet", [])):
        made = study(Path("m.csv"), weights)
        made["recipes"]["full"]["backbone"] = "densenet121"
        made["recipes"]["again"] = made["recipes"]["full"]
        assert files_of(make_study(made, where="s.yaml", relative_to=tmp_path)) == told


def test_a_key_knows_weights_by_their_contents(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    moved = tmp_path / "other" / "moved.pt"
    moved.write_bytes(file.read_bytes())
    given = weights_key(f"{NAME}@{file}")
    assert given == weights_key(f"{NAME}@{moved}")
    assert given["weights"] == NAME
    assert places_of(f"{NAME}@{file}") == {"weights": f"{NAME}@{file}"}
    # A name is looked for once: the file that the key knows is the one that the step is given.
    kept = Path(os.environ["PLEURA_WEIGHTS"]) / f"{NAME}.pt"
    kept.parent.mkdir()
    shutil.copy(file, kept)
    assert places_of(NAME) == {"weights": f"{NAME}@{kept}"}
    assert places_of("imagenet") == {}
    assert "weights by name" in backbone({"backbone": "densenet121", **given})
    assert "weights by name" not in backbone({"backbone": "densenet121", "weights": "imagenet"})


def test_a_plan_says_what_the_weights_may_have_seen(
    file: Path, plan: Plan, manifest: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(manifest)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table.assign(source="RSNA").to_csv(tmp_path / "rsna.csv", index=False)
    told = plan(f"{NAME}@{file}", tmp_path / "rsna.csv")
    assert any(line.startswith(f"full: densenet121 from {NAME} (TorchXRay") for line in told)
    (note,) = [line for line in told if "images that test here" in line]
    assert "are of RSNA pneumonia (images of NIH ChestX-ray14)" in note
    assert any("trained on images of 224 px, and this study shows them 32 px" in it for it in told)
    assert [
        line for line in plan(f"{NAME}@{file}", source="Kermany 2018") if "test here" in line
    ] == []
    (note,) = [line for line in plan(f"{NAME}@{file}") if "test here" in line]
    assert "cannot be told, since the table has no column source" in note


def test_without_file_and_network_one_message_says_what_to_do(
    file: Path, plan: Plan, manifest: Path
) -> None:
    with pytest.raises(PleuraError) as caught:
        plan(NAME)
    told = str(caught.value)
    assert told.startswith(f"weights '{NAME}': cannot download them from 127.0.0.1:1: ")
    assert f"write weights: {NAME}@FILE" in told
    with pytest.raises(PleuraError, match="people alone can fetch it"):
        plan("ark-plus")
    with pytest.raises(InputError, match=rf"there is no file {file.parent / 'gone.pt'}"):
        plan(f"{NAME}@{file.parent / 'gone.pt'}")


def test_missing_ones_become_random_where_that_is_asked_for(
    file: Path, manifest: Path, tmp_path: Path
) -> None:
    made = study(manifest, "random")
    made["recipes"]["full"]["backbone"] = "densenet121"
    published = {"weights": NAME, "missing_weights": "random", "strategy": "feature_extraction"}
    made["recipes"]["published"] = published
    told: list[str] = []
    prepared = Study.from_objects(made).prepare(tmp_path / "out", announce=told.append)
    recipe = prepared.study.recipes["published"]
    assert (recipe.weights, recipe.ranked) == ("random", False)
    assert any("published: its weights are missing" in line for line in told)
