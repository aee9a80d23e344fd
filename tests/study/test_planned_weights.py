"""A step begins from the file of weights with which it was planned, or not at all."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from pleura.errors import PleuraError
from pleura.models.build import build_backbone
from pleura.models.unet_nets import build_unet
from pleura.study.pretrained import learned
from pleura.study.step import Step
from pleura.study.step_graph import places_of, weights_key
from pleura.study.steps.segment import start_of
from pleura.tasks.selfsup.job import Job, untrained
from pleura.transfer.build import build_model

BACKBONE, UNET = "cbr_tiny", {"x_unet": {"width": 2}}
Begin = Callable[[dict[str, Any], dict[str, str]], object]


def planned(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The spec and the places of a step that begins from a file."""
    spec = {"backbone": BACKBONE, "network": UNET, "seed": 0, "strategy": "fine_tuning"}
    return {**spec, **weights_key(str(file))}, places_of(str(file))


def model(spec: dict[str, Any], places: dict[str, str]) -> object:
    return build_model({**spec, **places}, n_classes=2, seed=0)


def pretrained(spec: dict[str, Any], places: dict[str, str]) -> object:
    context: Any = SimpleNamespace(pools={"pool": None})
    return learned(Step("selfsup", "", spec, {}, places={"pool": "pool", **places}), context)


def pretraining(spec: dict[str, Any], places: dict[str, str]) -> object:
    rows = np.arange(0)
    here = Path()
    return untrained(Job(here, spec, places, (), rows, rows, rows, None, here))


def segmentation(spec: dict[str, Any], places: dict[str, str]) -> object:
    context: Any = None
    return start_of(Step("segment", "", spec, {}, places=places), 1, context)


@pytest.mark.parametrize("begin", [model, pretrained, pretraining, segmentation])
def test_another_file_in_the_place_of_the_planned_one_is_refused(
    begin: Begin, tmp_path: Path
) -> None:
    def written(seed: int) -> None:
        if begin is segmentation:
            net: Any = build_unet(UNET, "random", 1, seed=seed).network.encoder
        else:
            net = build_backbone(BACKBONE, "random", channels=3, seed=seed).backbone
        torch.save(net.state_dict(), file)

    file = tmp_path / "w.pt"
    written(seed=1)
    step = planned(file)
    written(seed=2)
    now = weights_key(str(file))["weights_digest"]
    with pytest.raises(PleuraError) as caught:
        begin(*step)
    told = str(caught.value)
    assert told.startswith(f"weights '{file}': the SHA-256 of the file that is there now begins")
    assert now[:12] in told
    assert step[0]["weights_digest"][:12] in told


def test_the_planned_file_and_random_weights_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    torch.save(build_backbone(BACKBONE, "random", channels=3, seed=1).backbone.state_dict(), file)
    spec, places = planned(file)
    assert model(spec, places)
    assert model(spec, {"weights": "random"})  # as heat maps of a network drawn anew
