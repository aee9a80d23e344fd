"""The plan of a study of numbers: that of labels, without what asks for classes."""

from collections.abc import Iterable, Sequence

from pleura.study.explain import similarities
from pleura.study.plan import LabelPlanner
from pleura.study.step import Step


class NumbersPlanner(LabelPlanner):
    """Recipes and baselines as of all labels. Of what explains them similarity and latency are
    left: clips, areas, heat maps and clues look at classes."""

    evaluation = "numbers"

    def explanations(self, outcomes: Sequence[Step]) -> Iterable[Step]:
        return similarities(self.study, outcomes)
