"""The list of backbones as text."""

from pleura.models.build import list_backbones
from pleura.models.listing import describe_backbones


def test_every_backbone_has_its_line() -> None:
    lines = describe_backbones().splitlines()
    assert [line.split(":")[0] for line in lines] == sorted(list_backbones())
    assert "resnet18: stem, layer1, layer2, layer3, layer4 (9 cuts)" in lines
