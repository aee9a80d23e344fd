"""Step: how much of each clip networks segment as each structure, beside the clip's flags."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from pleura.evaluate.segmented_areas import AREAS, by_clip
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps.kind import TableKind
from pleura.study.steps.listed import kind_as, kind_of
from pleura.study.steps.trial import SegmentingTrial
from pleura.tasks.images import predict

TABLE = "areas.csv"


class Areas(TableKind):
    """How much of each clip networks segment as each structure."""

    name = "areas"
    files = leaves = (TABLE,)
    table = TABLE
    needs = "device"
    meets_test = True

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`areas.csv`: one row a network, clip and structure, with the columns `AREAS`.

        `step.spec` holds `networks`, the name of each parent in the table; `structures` in the
        order of the logits, background left out; and `flags`, by structure the column of the
        manifest's table that tells whether a clip shows it. A parent is a `segment` step or the
        outcome of a reverse classifier. One that names a fold has learned from frames of the
        manifest, so that only the test frames of its fold are shown to it; a network trained on
        other images is shown all.
        """
        tables = []
        for name, parent in zip(step.spec["networks"], step.parents, strict=True):
            rows, fold = np.arange(len(context.manifest)), ""
            spec = parent.spec
            if "fold" in spec:
                rows, fold = context.parts(spec).test, str(spec["fold"])
            (trial,) = kind_of(parent).weights_given(parent, context)
            segment = kind_as(SegmentingTrial, trial).segmenter(trial, context)
            areas = predict(shares_of(segment), context.bank, rows, context.device)
            names = context.manifest.names(rows)
            table = context.manifest.table.iloc[rows].assign(image=names)
            clips = by_clip(areas, step.spec["structures"], table, step.spec["flags"])
            tables.append(clips.assign(network=name, fold=fold, seed=spec["seed"]))
        return pd.concat(tables, ignore_index=True)[list(AREAS)]


def shares_of(segment: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """From images to the share of each where each structure is the likeliest, (n, structures).

    `segment` gives logits (n, structures + 1, h, w); channel 0 is the background.
    """

    def share_of_each(images: Tensor) -> Tensor:
        logits = segment(images)
        likeliest = logits.argmax(dim=1)
        # One structure at a time: all of them side by side take too much memory.
        areas = [(likeliest == i).float().mean(dim=(1, 2)) for i in range(1, logits.shape[1])]
        return torch.stack(areas, dim=1)

    return share_of_each


KIND = Areas()
