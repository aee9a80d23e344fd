"""Fine-tuning trains everything."""

from pleura.models.classifier import Classifier
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.strategy import all_parts

from .contract import StrategyContract


class TestFineTuning(StrategyContract):
    strategy = FineTuning()

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [set(all_parts(model))]
