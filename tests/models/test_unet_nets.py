"""U-Nets built by name."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from safetensors.torch import save_file
from tests.models.unet_contract import UNetContract, make

from pleura.errors import InputError
from pleura.models.cost import count_parameters
from pleura.models.unet_nets import build_unet


class TestVUNet(UNetContract):
    spec: ClassVar[Any] = "v_unet"
    blocks: ClassVar[list[str]] = [
        *("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"),
        *("decoder1", "decoder2", "decoder3", "decoder4", "output"),
    ]


class TestXUNet(UNetContract):
    spec: ClassVar[Any] = {"x_unet": {"width": 4}}
    blocks: ClassVar[list[str]] = [
        *("level1", "level2", "level3", "level4", "level5"),
        *("decoder1", "decoder2", "decoder3", "decoder4", "output"),
    ]


def test_sizes_are_those_of_the_papers_code() -> None:
    # 25,854,657 by hand from the layers of the authors' code; a gray image has two channels fewer
    # in the first of 64 filters of 3 x 3, a softmax one output more.
    with torch.device("meta"):
        v_unet = build_unet("v_unet", "random", 1, seed=0).network
        x_unet = build_unet("x_unet", "random", 1, seed=0).network
    assert count_parameters(v_unet) == 25_854_657 - 2 * 64 * 9 + 65
    assert count_parameters(x_unet) == 31_030_593 + 65
    assert [cut.channels for cut in x_unet.encoder.cuts] == [64, 128, 256, 512, 1024]
    assert not [m for m in x_unet.modules() if isinstance(m, torch.nn.BatchNorm2d)]


def test_provenance_is_that_of_the_encoders_weights(tmp_path: Path) -> None:
    random = build_unet({"x_unet": {"width": 4}}, "random", 1, seed=3)
    assert (random.provenance.name, random.provenance.source) == ("random", "seed 3")
    file = tmp_path / "edges.safetensors"
    x_net = {"x_unet": {"width": 4}}
    encoder = make(x_net, seed=1).encoder
    state = {name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
    save_file(state, file, metadata={"note": "ImageNet-1k, then fine-tuned for edges"})
    loaded = build_unet(x_net, str(file), 1, seed=0)
    assert loaded.provenance.name == "edges"
    assert loaded.provenance.note == "ImageNet-1k, then fine-tuned for edges"
    found = loaded.network.encoder.state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


def test_weights_that_there_are_not_are_told() -> None:
    with pytest.raises(InputError, match="x_unet has no `imagenet`"):
        build_unet("x_unet", "imagenet", 1, seed=0)
    with pytest.raises(InputError, match="there is no file imagnet"):
        build_unet({"x_unet": {"width": 4}}, "imagnet", 1, seed=0)
    with pytest.raises(InputError, match="no backbone 'resnet19'"):
        build_unet({"unet": {"backbone": "resnet19"}}, "random", 1, seed=0)
