"""Networks of steps and recipes are tried before anything is read; weights that are missing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from pleura.errors import InputError, PleuraError
from pleura.study.missing_weights import replace_missing
from pleura.study.needs import Needs
from pleura.study.run import Study
from pleura.study.sections import RecipeBase
from pleura.study.study_files import read_study
from pleura.tables import UNRANKED
from tests.conftest import MakeImages
from tests.study.segmented import reverse, segmentation
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

NOWHERE = Path("/nowhere.csv")


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[OSError], list[str]]:
    """No weights at hand, and a server that fails in a given way; returns what it is asked."""

    def fail_with(error: OSError) -> list[str]:
        asked: list[str] = []

        def fail(self: object, url: str, output: str, pooch: object) -> None:
            asked.append(url)
            raise error

        monkeypatch.setattr("pooch.HTTPDownloader.__call__", fail)
        return asked

    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path / "cache"))
    return fail_with


def with_missing(manifest: Path, *backbones: str) -> dict[str, Any]:
    study = {**content(manifest), "seeds": [0], "fractions": [1.0]}
    del study["recipes"]["frozen"]
    recipe = {"missing_weights": "random", "strategy": "feature_extraction"}
    study["recipes"] |= {name: {"backbone": name, **recipe} for name in backbones}
    return study


@pytest.mark.parametrize(
    ("section", "name", "change", "problem"),
    [
        (
            *("recipes", "discs", {"network": {"x_unet": {"width": 4}}}),
            "recipes.discs: network {x_unet: {width: 4}} cannot go on from step 'discs'",
        ),
        # Nine blocks of the U-Net lie before its output, but five before its bottleneck is pooled.
        (
            *("recipes", "random", {"freeze": {"first": 7}}),
            "recipes.random: head bottleneck: freeze: 7 blocks are asked for, at most 5",
        ),
        ("steps", "discs", {"network": "x_unett"}, "steps.discs: network: there is no 'x_unett'"),
        ("steps", "discs", {"weights": "imagenet"}, "steps.discs: x_unet has no `imagenet`"),
        ("steps", "discs", {"freeze": {"last": 40}}, "steps.discs: freeze: 40 blocks are asked"),
        (
            *("steps", "more", {"weights": "discs", "network": {"x_unet": {"width": 3}}}),
            "steps.more: network {x_unet: {width: 3}} cannot go on from step 'discs'",
        ),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_read(
    section: str, name: str, change: dict[str, Any], problem: str
) -> None:
    content = reverse(NOWHERE, NOWHERE)
    content["steps"]["more"] = {**content["steps"]["discs"]}
    content[section][name] |= change
    with pytest.raises(InputError) as caught:
        replace_missing(Study.from_objects(content).file, lambda _: None)
    (told,) = caught.value.problems
    assert told.startswith(problem)


def test_a_step_and_its_recipe_fit_however_they_are_spelled() -> None:
    content = reverse(NOWHERE, NOWHERE)
    content["steps"]["discs"]["network"] = {"unet": {"backbone": "cbr_tiny"}}
    content["base"]["network"] = {"unet": {"backbone": "cbr_tiny", "norm": True}}
    _, needs = replace_missing(Study.from_objects(content).file, lambda _: None)
    assert needs["discs"].provenance.endswith("from step 'discs'")


@pytest.mark.parametrize("network", [{"unet": {"backbone": "squeezenet1_0"}}, "v_unet"])
def test_missing_weights_of_an_encoder_become_random_ones(
    network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(recipe: RecipeBase, *_: object, **__: object) -> Needs:
        if recipe.weights == "imagenet":
            raise PleuraError("no route") from requests.ConnectionError()
        return Needs(on_features=False, probed=False, provenance="random")

    monkeypatch.setattr("pleura.study.missing_weights.needs_of", offline)
    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path))
    content = segmentation(NOWHERE)
    content["recipes"]["disc"] |= {
        "network": network,
        "weights": "imagenet",
        "missing_weights": "random",
    }
    lines: list[str] = []
    study, _ = replace_missing(Study.from_objects(content).file, lines.append)
    assert (study.recipes["disc"].weights, study.recipes["disc"].ranked) == ("random", False)
    assert any("download.pytorch.org cannot be reached" in line for line in lines)


def test_missing_weights_become_random_ones_outside_the_ranking(
    manifest: Path, tmp_path: Path, no_server: Callable[[OSError], list[str]]
) -> None:
    no_server(requests.ConnectionError("no route"))
    study = Study.from_objects(with_missing(manifest, "squeezenet1_0"))
    result = study.run(tmp_path / "out")
    kinds = result.runs.set_index("recipe")["kind"]
    assert (kinds["squeezenet1_0"], kinds["full"]) == (UNRANKED, "recipe")
    asked = read_study(tmp_path / "out" / "study.yaml").recipes["squeezenet1_0"]
    assert (asked.weights, asked.ranked) == ("imagenet", True)
    assert "random, since imagenet was missing" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("error", "times", "told"),
    [
        (requests.ConnectionError("no route"), 1, "download.pytorch.org cannot be reached"),
        (requests.HTTPError("404"), 2, "cannot download https://"),
    ],
)
def test_a_server_that_does_not_answer_is_asked_once(
    error: OSError,
    times: int,
    told: str,
    manifest: Path,
    no_server: Callable[[OSError], list[str]],
) -> None:
    asked, lines = no_server(error), list[str]()
    file = Study.from_objects(with_missing(manifest, "squeezenet1_0", "mobilenet_v2")).file
    study, needs = replace_missing(file, lines.append)
    assert len(asked) == times
    for name in ("squeezenet1_0", "mobilenet_v2"):
        (line,) = [line for line in lines if line.startswith(f"{name}: ")]
        assert line.startswith(f"{name}: its weights are missing ({told}")
        assert line.endswith("): runs from random weights, not ranked")
        assert (study.recipes[name].weights, study.recipes[name].ranked) == ("random", False)
        assert needs[name].on_features
    assert study.recipes["full"] == file.recipes["full"]


def test_weights_that_a_study_needs_are_not_replaced(
    manifest: Path, no_server: Callable[[OSError], list[str]]
) -> None:
    no_server(requests.ConnectionError("no route"))
    study = with_missing(manifest, "squeezenet1_0", "mobilenet_v2")
    study["recipes"]["mobilenet_v2"]["missing_weights"] = "refuse"
    with pytest.raises(PleuraError, match=r"cannot download .*mobilenet_v2"):
        replace_missing(Study.from_objects(study).file, print)
    study = {**with_missing(manifest, "mobilenet_v2"), "reference": "mobilenet_v2"}
    with pytest.raises(InputError, match=r"reference: 'mobilenet_v2': its weights are missing"):
        replace_missing(Study.from_objects(study).file, print)


def test_a_damaged_file_of_weights_is_not_missing(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path))
    (tmp_path / "squeezenet1_0-b66bff10.pth").write_bytes(b"damaged")
    study = Study.from_objects(with_missing(manifest, "squeezenet1_0"))
    with pytest.raises(PleuraError, match="wrong checksum"):
        replace_missing(study.file, print)
