"""A card that was edited, damaged, or is of another version is told by its fields."""

import json
import shutil
import warnings
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pleura.deploy.likeness import channels_of, fit_likeness, logits_and_features
from pleura.deploy.mask_quality import usual_of
from pleura.deploy.package import load_model
from pleura.deploy.segmenter import load_segmenter
from pleura.deploy.weights import save_model
from pleura.errors import InputError
from pleura.models.unet_nets import build_unet
from pleura.transfer.build import build_model

SPEC = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
PIXELS = np.random.default_rng(0).integers(0, 255, (20, 32, 32), dtype=np.uint8)
CARD = {
    **SPEC,
    "task": "findings",
    "classes": ["a", "b"],
    "size": 32,
    "fit": "crop",
    "full_range": [0.0, 4095.0],
    "calibration": {"temperature": [2.0, 1.0], "biases": [0.0, 0.5], "images": 9},
    "thresholds": {"a": 0.5, "b": 0.25},
    "sets": {
        "coverage": 0.9,
        "several": True,
        "thresholds": [[0.5, None], [0.1, 0.2]],
        "patients": [[9, 3], [9, 9]],
    },
}
SHAPES = {
    "task": "segmentation",
    "network": {"unet": {"backbone": "cbr_tiny"}},
    "structures": ["lung"],
    "size": 32,
    "fit": "crop",
    "full_range": None,
    "usual": {"lung": {"pieces": 2, "images": 9, "ranges": {"area": [0.1, 0.4]}}},
}
WRONG: tuple[Any, ...] = (None, "text", -1, [], {"a": 1})


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ensemble of two with all that a card can hold."""
    folder = tmp_path_factory.mktemp("classifier") / "best"
    first, other = (
        build_model({**SPEC, "weights": "random"}, n_classes=2, seed=seed).classifier.eval()
        for seed in (4, 5)
    )
    _, features = logits_and_features(first, torch.from_numpy(PIXELS)[:, None] / 255)
    known = fit_likeness(features[:10], features[10:], channels_of(first.backbone))
    save_model(folder, first, CARD | {"likeness": known.save(folder, "k")}, [(other, SPEC)])
    return folder


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("segmenter") / "best"
    network = build_unet(SHAPES["network"], "random", 1, seed=0).network  # type: ignore[arg-type]
    save_model(folder, network, SHAPES)
    return folder


def places(card: Any) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a card, at any depth."""
    keys = card if isinstance(card, dict) else range(len(card)) if isinstance(card, list) else ()
    for key in keys:
        yield (key,)
        yield from ((key, *rest) for rest in places(card[key]))


def changed(card: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The card with each thing in it gone, or something else."""
    for place in places(card):
        for value in ("gone", *WRONG):
            copy = deepcopy(card)
            *above, last = place
            here = copy
            for key in above:
                here = here[key]
            if value == "gone":
                del here[last]
            else:
                here[last] = value
            yield place, copy


def use_classifier(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = load_model(folder).assess(PIXELS[:1])
    assert np.isfinite(found.probabilities).all()


def use_segmenter(folder: Path) -> None:
    loaded = load_segmenter(folder)
    loaded.probabilities(list(PIXELS[:1]))
    usual_of(loaded, folder, loaded.structures)[1].faults({"area": 0.0})


@pytest.mark.parametrize("kind", ["classifier", "segmenter"])
def test_whatever_a_card_is_changed_to_it_works_or_is_told(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """No change gives another error, and each message names the file."""
    folder, use = request.getfixturevalue(kind), globals()[f"use_{kind}"]
    file = folder / "model.json"
    whole = file.read_text()
    told = 0
    try:
        for place, card in changed(json.loads(whole)):
            file.write_text(json.dumps(card))
            try:
                use(folder)
            except InputError as error:
                told += 1
                assert str(folder) in str(error).split("\n")[0], (place, str(error))
    finally:
        file.write_text(whole)
    assert told > 100
    use(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sets": None}, "sets: is empty"),
        ({"sets": {"coverage": 0.9}}, "sets.several: is missing; it takes true or false"),
        ({"size": "32"}, "size: takes a whole number at least 1, not '32'"),
        ({"classes": None}, "classes: takes a list of 1 or more, each a text, not nothing"),
        ({"full_range": [1]}, "full_range: takes a list of 2, each a number"),
        ({"classes": ["a"]}, "calibration: takes as many numbers as there are classes, 1"),
        ({"calibration": None}, "calibration: is missing"),
        (
            {"calibration": {"temperature": 1.0, "biases": [0.0, 0.0]}},
            "sets.thresholds: do not fit",
        ),
        ({"thresholds": {"a": 0.5}}, "thresholds: takes a probability of each finding"),
        ({"thresholds": {"a": 0.5, "b": 2}}, "thresholds: takes a probability of each finding"),
        ({"likeness": {"key": "k", "limit": 0}}, "likeness.limit: takes a number above 0, not 0"),
        ({"backbone": None}, "backbone: takes a text, not nothing"),
        ({"network": "v_unet"}, "structures and head: missing"),
        ({"backbone": "cbr_tinny"}, r"model\.json: there is no backbone 'cbr_tinny'"),
        ({"strategy": {"unheard": {}}}, r"model\.json: strategy: there is no 'unheard'"),
        ({"version": 2}, r"model\.json: written by a newer version of pleura .* update pleura"),
    ],
)
def test_the_field_and_what_it_takes_are_told(
    classifier: Path, change: dict[str, Any], told: str
) -> None:
    file = classifier / "model.json"
    whole = file.read_text()
    try:
        file.write_text(json.dumps(json.loads(whole) | change))
        with pytest.raises(InputError, match=told):
            load_model(classifier)
        file.write_text(whole[:-5])
        with pytest.raises(InputError, match=r"holds no model(.|\n)*model\.json: Expecting"):
            load_model(classifier)
    finally:
        file.write_text(whole)


def test_a_card_for_a_hub_is_read_by_the_name_that_it_has_there(
    classifier: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    shutil.copytree(classifier, folder)
    (folder / "model.json").rename(folder / "config.json")
    assert load_model(folder).classes == load_model(classifier).classes
    card = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(card | {"classes": []}))
    with pytest.raises(InputError, match=r"config\.json: fields that do not fit"):
        load_model(folder)
    # Where both are there, a model's own name goes before that of many others' files.
    shutil.copy(classifier / "model.json", folder)
    assert load_model(folder).classes
