"""Each stage learns at its own rate, and the optimiser sees all of them."""

import pytest

from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.train.phase import parameter_groups
from pleura.transfer.strategy import all_parts

from .contract import CONVOLUTIONAL, TRANSFORMER, StrategyContract, build, tensors_of


class TestLayerWiseRates(StrategyContract):
    strategy = "layer_wise_rates"

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [tensors_of(model, all_parts(model))]


@pytest.mark.parametrize("backbone", [*CONVOLUTIONAL, TRANSFORMER])
def test_rates_do_not_collapse(backbone: str) -> None:
    built = build({"layer_wise_rates": {"decay": 0.5}}, backbone)
    model = built.classifier
    (phase,) = built.strategy.phases(model)
    groups = parameter_groups(model, phase, rate=1.0, weight_decay=0.1)
    rate_of = {id(p): group["lr"] for group in groups for p in group["params"]}
    found = {cut: {rate_of[id(p)] for p in m.parameters()} for cut, m in model.parts()}
    ends = [i for i, cut in enumerate(model.backbone.cuts) if cut.stage]
    assert len(set(rate_of.values())) == len(ends) + 1
    assert found[CLASSIFIER] == {1.0}
    for place, cut in enumerate(model.backbone.cuts):
        stages_to_the_head = sum(end >= place for end in ends)
        assert found[cut.name] == {0.5**stages_to_the_head}
