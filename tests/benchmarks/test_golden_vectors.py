"""Published weights are held against their authors' packages, and told apart where they differ."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from benchmarks.golden_vectors import REFERENCES, compare, difference, golden_image, lines, pleuras
from tests.models.sources.made_up import SMALL_VIT, variant

from benchmarks import golden_vectors
from pleura.files import digest_of
from pleura.models.sources.fetch import find_file
from pleura.models.sources.golden import GOLDEN
from pleura.models.sources.listed import SOURCES


def test_the_image_is_always_the_same() -> None:
    image = golden_image(24)
    assert (image.min(), image.max()) == (17, 177)
    assert digest_of(image.tolist()).startswith("49c38dc76a02")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> str:
    """DINOv2 as a smaller network, in the places of pleura's and of timm's."""
    _, net = variant(
        monkeypatch, "dinov2-small", "vit_small_patch14_dinov2", img_size=42, **SMALL_VIT
    )
    monkeypatch.setitem(SOURCES, "dinov2-small", replace(SOURCES["dinov2-small"], size=42))
    its = replace(REFERENCES["dinov2-small"], build=lambda: net)
    monkeypatch.setitem(golden_vectors.REFERENCES, "dinov2-small", its)
    return "dinov2-small"


def test_the_same_network_agrees_and_another_does_not(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = compare(SOURCES[small], made_up=True, folder=tmp_path)
    assert told.startswith("dinov2-small: with random weights as timm ")
    # As if pleura showed images otherwise than timm does.
    monkeypatch.setitem(SOURCES, small, replace(SOURCES[small], mean=(0.4, 0.4, 0.4)))
    with pytest.raises(SystemExit, match=r"dinov2-small: features are .* apart from those of timm"):
        compare(SOURCES[small], made_up=True, folder=tmp_path)


def test_what_cannot_be_compared_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLEURA_WEIGHTS", str(tmp_path))
    missing = replace(REFERENCES["rad-dino"], build=lambda: __import__("no_such_package"))
    monkeypatch.setitem(golden_vectors.REFERENCES, "rad-dino", missing)
    monkeypatch.setattr(golden_vectors, "version", lambda name: "1.0")
    assert [*lines(["ark-plus", "rad-dino"], made_up=True)] == [
        "ark-plus: not verified, its authors have code but no package",
        "rad-dino: not verified, transformers is not installed (No module named 'no_such_package')",
    ]


@pytest.mark.parametrize("name", GOLDEN)
@torch.inference_mode()
def test_a_golden_vector_is_repeated(name: str) -> None:
    source, golden = SOURCES[name], GOLDEN[name]
    file = find_file(source)
    if file is None:
        pytest.skip(f"the weights {name} are not here (PLEURA_WEIGHTS)")
    found = pleuras(source, file, golden_image(source.size))[: len(golden.features)]
    assert difference(found, torch.tensor(golden.features)) < golden_vectors.TOLERANCE
