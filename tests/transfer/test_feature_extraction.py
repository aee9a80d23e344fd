"""Feature extraction trains the head; the backbone keeps every bit, BatchNorm too."""

from pleura.models.classifier import Classifier
from pleura.train.phase import HEAD
from pleura.transfer.feature_extraction import FeatureExtraction

from .contract import StrategyContract


class TestFeatureExtraction(StrategyContract):
    strategy = FeatureExtraction()

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [{HEAD}]
