"""The head first, as in feature extraction; then everything."""

import torch

from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.train.phase import set_mode
from pleura.transfer.feature_extraction import FeatureExtraction
from pleura.transfer.linear_probe_then_fine_tuning import LinearProbeThenFineTuning
from tests.train.fixtures import Spots

from .contract import StrategyContract, build, tensors_of


class TestLinearProbeThenFineTuning(StrategyContract):
    strategy = "linear_probe_then_fine_tuning"

    def may_change(self, model: Classifier) -> list[set[str]]:
        # BatchNorm keeps its statistics in both.
        parameters = {name for name, _ in model.named_parameters()}
        return [tensors_of(model, {CLASSIFIER}), parameters]


def test_the_probe_is_that_of_feature_extraction() -> None:
    built = build("linear_probe_then_fine_tuning", "squeezenet1_0")
    probe, fine_tuning = built.strategy.phases(built.classifier)
    assert (probe,) == FeatureExtraction().phases(built.classifier)
    assert not fine_tuning.to_convergence


def test_fine_tuning_starts_from_the_features_that_were_probed() -> None:
    model = build("linear_probe_then_fine_tuning", "mobilenet_v2_035").classifier
    _, phase = LinearProbeThenFineTuning().phases(model)
    images = Spots().images
    with torch.no_grad():
        probed = model.eval().features(images)
        set_mode(model, phase)
        assert torch.equal(model.features(images), probed)
