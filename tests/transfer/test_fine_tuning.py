"""Fine-tuning trains everything."""

from pleura.models.classifier import Classifier
from pleura.transfer.strategy import all_parts

from .contract import StrategyContract


class TestFineTuning(StrategyContract):
    strategy = "fine_tuning"

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [set(all_parts(model))]
