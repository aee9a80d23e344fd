"""Step: how far training has changed what a recipe's network sees, cut by cut."""

import numpy as np
import pandas as pd
import torch

from pleura.data.augment import to_float
from pleura.evaluate.representation_similarity import similarity
from pleura.models.build import cuts_of
from pleura.randomness import seed_of
from pleura.study.context import Context, Progress
from pleura.study.pretrained import starting_backbone
from pleura.study.step import Step
from pleura.study.steps.kind import TableKind
from pleura.study.steps.trial import chosen_network
from pleura.tables import KEYS
from pleura.transfer.build import build_model

TABLE = "similarity.csv"
IMAGES = 512
BATCH = 64


class Similarity(TableKind):
    """How far training has changed what a network sees."""

    name = "similarity"
    files = leaves = (TABLE,)
    table = TABLE
    needs = "device"

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`similarity.csv`: at each stage, the network before against after training.

        Up to 512 validation images of the run are shown to both. `depth` is the place of the cut
        among all of the whole network, 0 to 1, so that a truncated one ends where it was cut.
        """
        (outcome,) = step.parents
        spec, device = outcome.spec, context.device
        trial, after = chosen_network(outcome, context)
        built = {**trial.spec, **trial.places}, context.n_classes, trial.spec["seed"]
        before = build_model(*built, starting_backbone(trial, context)).classifier.to(device).eval()
        parts = context.parts(spec)
        order = np.random.default_rng(seed_of("similarity", spec["seed"]))
        rows = order.permutation(parts.validation)[:IMAGES]
        batches = np.array_split(rows, -(-len(rows) // BATCH))
        names = [cut.name for cut in after.backbone.cuts]
        by_cut = similarity(
            before,
            after,
            (to_float(torch.from_numpy(context.bank.read(few)).to(device)) for few in batches),
            [cut.name for cut in after.backbone.cuts if cut.stage],
        )
        last = max(len(cuts_of(trial.spec["backbone"])), len(names)) - 1
        return pd.DataFrame(
            [
                {
                    **{name: spec[name] for name in KEYS},
                    "cut": cut,
                    "depth": names.index(cut) / last,
                    "cka": each.cka,
                    "svcca": each.svcca,
                    "images": len(rows),
                }
                for cut, each in by_cut.items()
            ]
        )


KIND = Similarity()
