"""Fine-tuning trains everything."""

from pleura.models.classifier import Classifier
from pleura.transfer.strategy import all_parts

from .contract import StrategyContract, tensors_of


class TestFineTuning(StrategyContract):
    strategy = "fine_tuning"

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [tensors_of(model, all_parts(model))]
