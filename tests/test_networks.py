"""The network of studies of tests has all that networks of studies can have."""

from torch import nn

from pleura.models.build import build_backbone, list_backbones
from tests.networks import SMALL


def test_the_small_network_has_stages_a_finer_cut_and_batchnorm() -> None:
    backbone = build_backbone(SMALL, "random").backbone
    assert [(cut.name, cut.stride) for cut in backbone.cuts if cut.stage] == [
        ("stem", 2),
        ("blocks.0", 4),
        ("blocks.1", 8),
        ("blocks.2", 16),
        ("head", 16),
    ]
    assert [cut.name for cut in backbone.cuts if not cut.stage] == ["blocks.1.0"]
    assert any(isinstance(module, nn.BatchNorm2d) for module in backbone.modules())


def test_no_list_for_users_names_it() -> None:
    assert SMALL not in list_backbones()
