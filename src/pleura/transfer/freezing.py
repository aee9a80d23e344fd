"""Freezing: the first stages keep what they know, the others and the head train."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.models.places import check_stages, stages
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class Freezing(Strategy):
    """The first stages are frozen, the rest and the head train (Yosinski et al. 2014).

    Peng et al. (arXiv 2106.05152) call it layer-wise fine-tuning. A frozen stage keeps every
    parameter and buffer bit for bit; the finer cuts within it are frozen with it.
    """

    stages: int = Field(ge=1, description="how many are frozen, counted from the image")

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All but the frozen cuts. Raises InputError where no stage would be left to train."""
        every = stages(model.backbone)
        check_stages(model.backbone, self.stages, len(every) - 1)
        frozen = itertools.chain.from_iterable(every[: self.stages])
        return (Phase(name="freezing", trains=all_parts(model).difference(frozen)),)
