"""Gradual unfreezing: the head first, then one stage more in each phase, the last stage first."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.models.places import CLASSIFIER, check_stages, stages
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class GradualUnfreezing(Strategy):
    """The head trains, then one stage more in each phase, last first (Howard & Ruder 2018).

    arXiv 1801.06146. All phases have equal shares of the epochs.
    """

    stages: int | None = Field(
        None, ge=1, description="how many are unfrozen in the end; all where it is not given"
    )

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """One phase for the head and one for each stage. Raises InputError for too many stages."""
        every = stages(model.backbone)
        count = len(every) if self.stages is None else self.stages
        check_stages(model.backbone, count, len(every))
        return (
            Phase(name="head", trains=frozenset({CLASSIFIER})),
            *(
                Phase(
                    name=f"from {every[-k][-1]}",
                    trains=frozenset({CLASSIFIER, *itertools.chain.from_iterable(every[-k:])}),
                )
                for k in range(1, count + 1)
            ),
        )
