"""Networks of steps and recipes are tried before anything is read; missing weights of U-Nets."""

from pathlib import Path
from typing import Any

import pytest
import requests

from pleura.errors import InputError, PleuraError
from pleura.study.missing_weights import replace_missing
from pleura.study.needs import Needs
from pleura.study.run import Study
from pleura.study.sections import RecipeBase
from tests.study.segmented import reverse, segmentation

NOWHERE = Path("/nowhere.csv")


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
    def offline(recipe: RecipeBase, _: object) -> Needs:
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
