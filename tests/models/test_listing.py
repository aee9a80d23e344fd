"""The list of backbones as text."""

import pytest

from pleura.models.build import list_backbones
from pleura.models.listing import describe_backbones


@pytest.fixture(scope="module")
def text() -> str:
    return describe_backbones()


def test_every_backbone_has_its_line(text: str) -> None:
    table, note = text.split("\n\n")
    header, *lines = table.splitlines()
    assert [line.split()[0] for line in lines] == sorted(list_backbones())
    # Aligned: the words of a column start, and its numbers end, at one place.
    for word in ("ImageNet", "cuts"):
        assert all(line[header.index(word) - 2 :][:2] == "  " for line in lines)
        assert all(line[header.index(word)] != " " for line in lines)
    assert all(line[: header.index("MACs") + 4].endswith(" G") for line in lines)
    assert "gray" in note


def test_a_line_says_what_is_known(text: str) -> None:
    cells = {line.split()[0]: line.split(maxsplit=8)[1:] for line in text.splitlines()[1:25]}
    # Of torchvision's 11,689,512 parameters and 1.81 GMAC: no head, and one channel of three.
    resnet = ["224", "px", "11.17", "M", "1.73", "G", "download"]
    assert cells["resnet18"] == [*resnet, "stem, layer1, layer2, layer3, layer4 (+4)"]
    assert cells["inception_v3"][:2] == ["299", "px"]
    assert cells["tf_efficientnet_lite0"][6] == "offline"
    assert cells["cbr_tiny"][6] == cells["mobilenet_v2_035"][6] == "none"
