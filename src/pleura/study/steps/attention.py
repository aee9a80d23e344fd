"""Step: how much a network's heat maps of test images lie in the lungs."""

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from pleura.data.augment import to_float
from pleura.data.lung_regions import overlap
from pleura.evaluate.answers import told_of
from pleura.evaluate.attention import ATTENTION, GRAD, HIRES
from pleura.files import write_text
from pleura.models.classifier import Classifier
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.heatmaps import choose
from pleura.study.steps.kind import Kind, put_pictures, put_together
from pleura.study.steps.trial import chosen_network
from pleura.study.trials import predictions_of
from pleura.study.versions import hiding
from pleura.study.views import known_lungs, rows_of, shown
from pleura.tables import ELSEWHERE, LUNGS, NO_LUNGS, write_table

TABLE = "attention.csv"
PANELS = "attention_panels.csv"
AT_ONCE = 32  # images
FIRST = ("fold", "seed")
EACH = 2  # hits, and misses, that are drawn
TITLES = {NO_LUNGS: "Lungs hidden", ELSEWHERE: "Same shape elsewhere", LUNGS: "Lungs alone"}
PANEL_COLUMNS = (
    *("recipe", "fold", "seed", "file", "image", "patient", "label", "predicted", "probability"),
    *("hit", "inside", "area", "overlap", "doubtful"),
)
Maps = NDArray[np.float32]


class Attention(Kind):
    """How much a network's heat maps of test images lie in the lungs."""

    name = "attention"
    parts = (hiding,)
    files = (TABLE, PANELS)
    leaves = (TABLE, "panels/attention_*")
    needs = "device"
    meets_test = True

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `attention.csv`, one row a test image with lungs and heat map (`ATTENTION`), and
        for a few of the images an SVG with `attention_panels.csv`.

        Maps are those of `kinds.heatmaps` for the predicted class. An SVG shows, from the left: the
        image with its lungs, HiRes-CAM, and what is left where the lungs, the same shape elsewhere,
        or all but the lungs are hidden. `inside` and `area` of the panels are those of HiRes-CAM.
        """
        # A plan does not wait for these.
        from pleura.evaluate.heatmaps import explaining_cut, grids
        from pleura.evaluate.localisation import masks_on_grid, mass_in_masks, pointing_game

        begun = time.monotonic()
        (outcome,) = step.parents
        folder, size = step.folder(context.steps), context.bank.size
        _, model = chosen_network(outcome, context)
        cuts = {HIRES: explaining_cut(model, size), GRAD: model.backbone.cuts[-1].name}
        test, lungs = _test(outcome, context), known_lungs(context)
        maps = _maps(model, cuts, test, step.title, context, progress)
        at = lungs.at(test["row"].to_numpy(dtype=np.int64))
        masks, sides = masks_on_grid(lungs.masks[at]), grids(model, size)
        test = test.assign(
            area=masks.mean(axis=(1, 2), dtype=np.float64),
            doubtful=lungs.doubtful[at],
            overlap=overlap(lungs.masks[at], lungs.elsewhere[at]),
        )
        tables = {
            method: test.assign(
                method=method,
                cut=cut,
                grid=sides[cut],
                inside=mass_in_masks(maps[method], masks),
                pointing=pointing_game(maps[method], masks),
            )
            for method, cut in cuts.items()
        }
        write_table(folder / TABLE, pd.concat(tables.values())[list(ATTENTION)])
        panels = _draw(tables[HIRES], maps[HIRES], step, context)
        write_table(folder / PANELS, panels)
        result = {"seconds": time.monotonic() - begun}
        step.finish(context.steps, result, *self.files, *panels["file"])

    def collect(self, plan: Plan, context: Context) -> None:
        """Write `attention.csv`, and the pictures of each recipe's first fold and seed."""
        steps = self.collected(plan)
        put_together(steps, TABLE, context)
        first: dict[str, Step] = {}
        for step in sorted(steps, key=lambda step: [step.parents[0].spec[k] for k in FIRST]):
            first.setdefault(step.parents[0].spec["recipe"], step)
        put_pictures(list(first.values()), PANELS, "attention_*.svg", context)


def _test(outcome: Step, context: Context) -> pd.DataFrame:
    """The outcome's predictions of test images with lungs, numbered from 0, with `row` of the bank,
    `class`, the index of what is explained, and what is `predicted` (see `told_of`)."""
    table = predictions_of(outcome, context, "test")
    with_lungs = context.manifest.names(rows_of(NO_LUNGS, context))
    table = table[table["image"].isin(with_lungs)].reset_index(drop=True)
    names = context.manifest.classes
    answers = told_of(table, names)
    place = {name: at for at, name in enumerate(names)}
    return table.assign(
        row=context.manifest.rows(table["image"]),
        **{"class": answers["explained"].map(place), "predicted": answers["predicted"]},
    )


def _maps(
    model: Classifier,
    cuts: Mapping[str, str],
    test: pd.DataFrame,
    title: str,
    context: Context,
    progress: Progress,
) -> dict[str, Maps]:
    """For each method, at its cut, the map of each image for its predicted class: (n, 28, 28)."""
    from pleura.evaluate.heatmaps import GRID, grad_cam, hires_cam, on_grid

    ways = {HIRES: hires_cam, GRAD: grad_cam}
    device = context.device
    blocks: dict[str, list[Maps]] = {of: [np.zeros((0, GRID, GRID), np.float32)] for of in cuts}
    for start in range(0, len(test), AT_ONCE):
        block = test.iloc[start : start + AT_ONCE]
        pixels = torch.from_numpy(context.bank.read(block["row"].to_numpy()))
        images = to_float(pixels.to(device))
        classes = torch.tensor(block["class"].tolist(), device=device)
        for method, cut in cuts.items():
            maps = ways[method](model, images, classes, cut=cut)
            blocks[method].append(on_grid(maps).cpu().numpy())
        progress(title, start + len(block), len(test), {})
    return {method: np.concatenate(maps) for method, maps in blocks.items()}


def _draw(test: pd.DataFrame, maps: Maps, step: Step, context: Context) -> pd.DataFrame:
    """Write an SVG each of a few sure hits and misses; their table."""
    from pleura.evaluate.overlay import image_layer, map_layer, outline_layer, strip

    lungs = known_lungs(context)
    chosen = choose(test, context.manifest.classes).groupby("hit", sort=False).head(EACH)
    files = [f"attention_{step.key[:8]}_{number}.svg" for number in range(len(chosen))]
    for file, number in zip(files, chosen.index, strict=True):
        row, heat = np.array([test["row"][number]]), maps[number]
        at = lungs.at(row)
        image = image_layer(context.bank.read(row)[0])
        outline, moved = outline_layer(lungs.masks[at][0]), outline_layer(lungs.elsewhere[at][0])
        scaled = map_layer(heat / heat.max() if heat.any() else heat)
        tiles = [
            ("Lungs", image + outline),
            (f"{HIRES}: {test['predicted'][number]}", image + scaled + outline),
        ]
        for view, title in TITLES.items():
            left = image_layer(shown(view, context).read(row)[0])
            tiles.append((title, left + (moved if view == ELSEWHERE else outline)))
        write_text(step.folder(context.steps) / file, strip(tiles))
    panels = test.loc[chosen.index].assign(file=files, **chosen[["probability", "hit"]])
    return panels[list(PANEL_COLUMNS)]


KIND = Attention()
