"""TransFusion keeps what lies before its cut, and draws the rest anew."""

from typing import Any, ClassVar

import pytest
import torch

from pleura.errors import InputError
from pleura.models.classifier import Classifier
from pleura.transfer.strategy import all_parts

from .contract import CONVOLUTIONAL, TRANSFORMER, StrategyContract, build, tensors_of


class TestTransFusion(StrategyContract):
    strategy: ClassVar[Any] = {"transfusion": {"at": 2}}
    backbones = CONVOLUTIONAL

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [tensors_of(model, all_parts(model))]


def test_it_keeps_the_weights_up_to_its_cut_and_none_after_it() -> None:
    full = build("fine_tuning", "mobilenet_v2_035").classifier.backbone
    model = build({"transfusion": {"at": "block6"}}, "mobilenet_v2_035", seed=0).classifier
    place = full.position("block6")
    for i, (cut, ours) in enumerate(zip(full.cuts, model.backbone.cuts, strict=True)):
        theirs = full.modules_of(cut.name)[0].state_dict()
        kept = model.backbone.modules_of(cut.name)[0].state_dict()
        assert ours.channels == (cut.channels if i <= place else cut.channels // 2)
        assert (theirs.keys() == kept.keys()) == (i != place + 1)
        if i <= place:
            assert all(torch.equal(theirs[name], kept[name]) for name in theirs)
        elif i > place + 1:
            assert not any(v.shape == theirs[n].shape for n, v in kept.items() if v.ndim == 4)


def test_a_transformer_is_refused() -> None:
    with pytest.raises(InputError, match="only convolutional networks"):
        build({"transfusion": {"at": 2}}, TRANSFORMER)


def test_after_the_last_cut_there_is_nothing_to_narrow() -> None:
    with pytest.raises(InputError, match=r"nothing comes after .* fire9.*\n.*stem, fire2"):
        build({"transfusion": {"at": "fire9"}}, "squeezenet1_0")
