"""Step: where a recipe's network looks, on a few sure hits and sure misses of the test part."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.augment import to_float
from pleura.evaluate.answers import told_of
from pleura.evaluate.heatmap_sizes import LEAST
from pleura.files import write_text
from pleura.models.classifier import Classifier
from pleura.randomness import seed_of
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import TableKind, put_pictures
from pleura.study.steps.trial import chosen_network
from pleura.study.trials import predictions_of
from pleura.transfer.build import build_model

TABLE = "heatmaps.csv"
EACH = 4  # hits, and misses
DRAWS = 3  # networks with their weights drawn anew
Method = Callable[[Classifier, Tensor, Tensor], Tensor]
COLUMNS = (
    *("recipe", "file", "image", "patient", "label", "predicted", "probability", "hit"),
    *("cut", "grid", "correlation_with_random"),
    *("last_cut", "last_grid", "last_correlation_with_random"),
)


class Heatmaps(TableKind):
    """Where a recipe's network looks."""

    name = "heatmaps"
    files = (TABLE,)
    leaves = (f"panels/{TABLE}", "panels/heatmap_*.svg")
    needs = "device"
    meets_test = True

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`heatmaps.csv`, and an SVG an image.

        From left: the image, Grad-CAM at the last cut for the predicted class, HiRes-CAM at the
        deepest cut with 14 x 14 positions or more for the predicted class and for the true one;
        where they are the same, for the next likely one. Maps of fewer than 7 x 7 positions are
        left out, and an image without any has no picture (`file` is empty); the check of all maps
        stands in the table.
        """
        # A plan does not wait for these.
        from pleura.evaluate.heatmaps import explaining_cut, grad_cam, grids, hires_cam, on_grid
        from pleura.evaluate.overlay import overlay
        from pleura.evaluate.sanity import correlation_with_random

        (outcome,) = step.parents
        trial, model = chosen_network(outcome, context)
        folder, device = step.folder(context.steps), context.device
        table = choose(predictions_of(outcome, context, "test"), context.manifest.classes)
        pixels = context.bank.read(context.manifest.rows(table["image"]))
        images = to_float(torch.from_numpy(pixels)).to(device)
        anew = [_drawn_anew(trial, context, draw).to(device) for draw in range(DRAWS)]
        fine, last = explaining_cut(model, context.bank.size), model.backbone.cuts[-1].name
        finer, coarse = partial(hires_cam, cut=fine), partial(grad_cam, cut=last)
        names, sides = list(context.manifest.classes), grids(model, context.bank.size)

        def maps(method: Method, column: str, model: Classifier = model) -> NDArray[np.float32]:
            of = torch.tensor([names.index(name) for name in table[column]], device=device)
            return on_grid(method(model, images, of)).cpu().numpy()

        first, second = maps(coarse, "explained"), maps(finer, "explained")
        third = maps(finer, "rival")
        drawn = max(sides[fine], sides[last]) >= LEAST
        named = [f"heatmap_{step.key[:8]}_{number}.svg" for number in range(len(table))]
        table = table.assign(recipe=outcome.spec["recipe"], file=named if drawn else "")
        for prefix, method, cut, of_model in (
            ("", finer, fine, second),
            ("last_", coarse, last, first),
        ):
            redrawn = [maps(method, "explained", other) for other in anew]
            table[f"{prefix}cut"], table[f"{prefix}grid"] = cut, sides[cut]
            check = correlation_with_random(of_model, redrawn)
            table[f"{prefix}correlation_with_random"] = check
        for i, (_, row) in enumerate(table.iterrows() if drawn else ()):
            # One scale for both classes, so that what speaks for each can be weighed.
            most = max(second[i].max(), third[i].max())
            every = [
                (last, f"Grad-CAM: {row['explained']}", _scaled(first[i], first[i].max())),
                (fine, f"HiRes-CAM: {row['explained']}", _scaled(second[i], most)),
                (fine, f"HiRes-CAM: {row['rival']} ({row['rival_is']})", _scaled(third[i], most)),
            ]
            shown = [(title, heat) for cut, title, heat in every if sides[cut] >= LEAST]
            write_text(folder / row["file"], overlay(pixels[i], shown))
        return table[list(COLUMNS)]

    def collect(self, plan: Plan, context: Context) -> None:
        """Put tables and pictures together in `panels`."""
        put_pictures(self.collected(plan), TABLE, "heatmap_*.svg", context)


def choose(test: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """At most four hits and then four misses of predictions of one run, one a patient, each with
    what `told_of` says of it.

    Sure ones: at least as probable as the median of their kind and true class. Of these, classes
    take turns, and images come in an order that hangs on their names alone, so that recipes which
    agree on an image tend to show the same ones.
    """
    table = test[["image", "patient"]].join(told_of(test, classes))
    table["order"] = [seed_of("heatmaps", image) for image in test["image"]]
    usual = table.groupby(["hit", "label"])["probability"].transform("median")
    sure = table[table["probability"] >= usual].sort_values(
        ["hit", "order"], ascending=[False, True]
    )
    sure = sure.drop_duplicates("patient")
    sure["turn"] = sure.groupby(["hit", "label"]).cumcount()
    sure = sure.sort_values(["hit", "turn", "order"], ascending=[False, True, True])
    return sure.groupby("hit", sort=False).head(EACH).drop(columns=["order", "turn"])


def _drawn_anew(trial: Step, context: Context, draw: int) -> Classifier:
    spec: dict[str, Any] = {**trial.spec, **trial.places, "weights": "random"}
    seed = seed_of("drawn anew", trial.spec["seed"], draw)
    return build_model(spec, context.n_classes, seed).classifier.eval()


def _scaled(heat: NDArray[np.float32], largest: float) -> NDArray[np.float32]:
    return heat / largest if largest > 0 else heat


KIND = Heatmaps()
