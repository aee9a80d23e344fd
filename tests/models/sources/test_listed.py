"""Published weights by name: what a study file writes for them, and how they are listed."""

from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.models.sources.golden import GOLDEN
from pleura.models.sources.listed import (
    SOURCES,
    describe_weights,
    find_named,
    find_weight_source,
    name_of,
)


def test_names_and_files() -> None:
    plain, given = find_named("rad-dino"), find_named("rad-dino@/w/model.safetensors")
    assert plain
    assert plain.source.name == "rad-dino"
    assert plain.file is None
    assert given
    assert given.source is plain.source
    assert given.file == Path("/w/model.safetensors")
    for other in ("random", "imagenet", "model.pt", "raddino", "rad-dino@", "me@home/w.pt"):
        assert find_named(other) is None
    assert name_of("rad-dino@/w/model.safetensors") == "rad-dino"
    assert name_of("/w/mine.safetensors") == "mine"


def test_files_in_the_folder_of_weights_end_as_the_published_ones() -> None:
    for name, file in {
        "medical-mae-base": "medical-mae-base.pth",  # published as vit-b_CXR_0.5M_mae.pth
        "ark-plus": "ark-plus.pth.tar",
        "rad-dino": "rad-dino.safetensors",
    }.items():
        assert SOURCES[name].files[-1] == file


def test_ranges_are_those_of_the_authors() -> None:
    for name, expected in {
        "xrv-densenet121-all": (-1024, 1024),
        "xrv-resnet50-512-all": (-1024, 1024),
        "radimagenet-resnet50": (-1, 1),
        "rad-dino": (-0.5307 / 0.2583, (1 - 0.5307) / 0.2583),
    }.items():
        assert SOURCES[name].range == pytest.approx(expected)


def test_every_one_is_listed_with_what_matters() -> None:
    text = describe_weights()
    for source in SOURCES.values():
        block = text[text.index(f"\n{source.name}\n" if text[0] != "x" else source.name) :]
        for words in (source.backbone, source.licence, source.seen, source.place.file):
            assert words in block
        assert ("verified    yes" in block.split("\nverified")[0]) == (source.name in GOLDEN)


def test_a_wrong_name_is_told() -> None:
    with pytest.raises(InputError, match="did you mean 'rad-dino'"):
        find_weight_source("rad-dno")
