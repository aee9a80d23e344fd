"""Images in, logits out."""

import pytest
import torch

from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier


def make(name: str, seed: int = 0, dropout: float = 0.0) -> Classifier:
    loaded = build_backbone(name, "random", seed=seed)
    return Classifier(loaded.backbone, loaded.mean, loaded.std, 3, dropout=dropout, seed=seed)


@pytest.mark.parametrize("name", ["resnet18", "tf_efficientnet_lite0", "vit_tiny_patch16_224"])
def test_state_dict_carries_all(name: str) -> None:
    images = torch.rand(4, 1, 64, 64)
    model = make(name, seed=1)
    model(images)  # moves the statistics of BatchNorm
    model.eval()
    other = make(name, seed=2).eval()
    with torch.no_grad():
        assert not torch.equal(model(images), other(images))
        other.load_state_dict(model.state_dict())
        assert torch.equal(model(images), other(images))
        assert model(images).shape == (4, 3)


def test_logits_are_by_hand() -> None:
    model = make("resnet18", dropout=0.5).eval()
    images = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        maps = model.backbone((images - 0.449) / 0.226)
        features = maps.flatten(2).mean(2)
        torch.testing.assert_close(model.features(images), features)
        by_hand = features @ model.head.weight.T + model.head.bias
        torch.testing.assert_close(model(images), by_hand)


def test_normalisation_is_not_trained() -> None:
    names = {name for name, _ in make("resnet18").named_parameters()}
    assert not names & {"mean", "std"}
    assert {"mean", "std"} <= make("resnet18").state_dict().keys()


def test_dropout_acts_in_training_alone() -> None:
    model = make("squeezenet1_0", dropout=0.5)
    images = torch.rand(1, 1, 64, 64)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_head_follows_the_seed_and_leaves_the_global_state() -> None:
    loaded = build_backbone("squeezenet1_0", "random")
    before = torch.random.get_rng_state()
    one, same, other = (
        Classifier(loaded.backbone, loaded.mean, loaded.std, 3, seed=seed).head.get_parameter(
            "weight"
        )
        for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
