"""Step: what one training predicts of images and of their mirror images together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.hidden import Images
from pleura.evaluate.ensembles import averaged, outputs_in
from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.steps.ensemble import Average
from pleura.study.steps.listed import kind_of
from pleura.study.steps.trial import chosen_network
from pleura.study.trials import PREDICTIONS, predictions_of
from pleura.study.views import SHOWS, WHOLE, shown
from pleura.tasks.images import predict
from pleura.tasks.listed import task_of


@dataclass(frozen=True)
class Mirrored:
    """Images with left and right exchanged."""

    images: Images

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images (len(rows), h, w)."""
        return np.ascontiguousarray(self.images.read(rows)[..., ::-1])


class OfBoth(Average):
    """The mean of what a network says of an image and of its mirror image."""

    name = "mirrored"
    files = (PREDICTIONS,)
    needs = "device"
    passes = 2

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`predictions.csv`, shaped as that of the outcome that it stands on, in all its parts."""
        (outcome,) = step.parents
        own = predictions_of(outcome, context)
        other = own.copy()
        _, network = chosen_network(outcome, context)
        learned = task_of(outcome.spec).learned
        for part, mine in own.groupby("part", sort=False):
            view = str(part) if part in SHOWS else WHOLE
            rows = context.manifest.rows(mine["image"])
            logits = predict(network, Mirrored(shown(view, context)), rows, context.device)
            said = learned.columns(logits, context.labels[rows], context.manifest.classes)
            names = outputs_in(said)
            other.loc[mine.index, names] = said[names].to_numpy()
        return self.written(averaged([own, other], learned.calibration), step, context)

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """As long as the outcome took to predict."""
        (outcome,) = step.parents
        return kind_of(outcome).milliseconds(outcome, prepared)


KIND = OfBoth()
