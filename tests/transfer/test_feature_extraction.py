"""Feature extraction trains the head; the backbone keeps every bit, BatchNorm too."""

from pleura.models.classifier import CLASSIFIER, Classifier

from .contract import StrategyContract, tensors_of


class TestFeatureExtraction(StrategyContract):
    strategy = "feature_extraction"

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [tensors_of(model, {CLASSIFIER})]
