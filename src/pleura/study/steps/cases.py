"""Step: the best trial of a segmentation on validation, its cases, and what it cost.

Here a U-Net meets test patients, once for each recipe, fold, seed and fraction.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from pleura.data.split import Parts
from pleura.evaluate.segmentation import measure_cases
from pleura.files import write_atomically
from pleura.study.context import Context
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.evaluation import Evaluation, Tested
from pleura.study.steps.kind import put_pictures
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import NetworkTrial, Trained, network_columns
from pleura.study.trials import fit_columns, named_rows, spelled, weights_of
from pleura.tables import write_table
from pleura.tasks.listed import SEGMENTATION
from pleura.tasks.segmentation import as_judged, predict_masks

CASES = "cases.csv"
OVERLAYS = "overlays.csv"
DRAW = ("fraction", "seed", "fold")
OVERLAY_COLUMNS = ("recipe", *DRAW, "rank", "image", "patient", "label", "dice", "file")

Masks = NDArray[np.uint8]


class Cases(Evaluation):
    """The best trial of a segmentation on validation meets test."""

    name = "cases"
    files = (CASES, OVERLAYS)
    table = CASES
    leaves = (CASES, f"panels/{OVERLAYS}", "panels/overlay_*.png")

    def judge(self, step: Step, chosen: Step, parts: Parts, context: Context) -> Tested:
        """Write `cases.csv`, and pictures of the best, the median and the worst test case with
        `overlays.csv`."""
        folder, device = step.folder(context.steps), context.device
        built = kind_as(NetworkTrial, chosen).trained(chosen, context)
        network = built.network.to(device)
        judges = context.masks[""]
        tables, shown = [], pd.DataFrame()
        for part, rows in (("validation", parts.validation), ("test", parts.test)):
            predicted = as_judged(
                predict_masks(network, context.bank, rows, device),
                chosen.spec["structures"],
                judges.structures,
            )
            reference = judges.read(rows)
            cases = measure_cases(
                predicted, reference, judges.structures, spacing=judges.spacing[rows]
            )
            named = named_rows(step, part, rows[cases["position"].to_numpy()], context)
            tables.append(named.join(cases.drop(columns="position").reset_index(drop=True)))
            if part == "test":
                shown = _draw(cases, rows, predicted, reference, step, context)
        write_table(folder / CASES, pd.concat(tables, ignore_index=True))
        write_table(folder / OVERLAYS, shown)
        columns = {"masks": step.spec["masks"], **_columns(chosen, built, context)}
        return Tested(columns, tuple(shown["file"]))

    def collect(self, plan: Plan, context: Context) -> None:
        """Write `cases.csv`; the pictures are those of the first seed at the largest fraction."""
        super().collect(plan, context)
        outcomes = self.collected(plan)
        largest = max(step.spec["fraction"] for step in outcomes)
        first = next(step.spec for step in outcomes if step.spec["fraction"] == largest)
        shown = [step for step in outcomes if all(step.spec[key] == first[key] for key in DRAW)]
        put_pictures(shown, OVERLAYS, "overlay_*.png", context)

    def hand_over(self, study: SegmentationStudy, plan: Plan, context: Context) -> None:
        """A U-Net."""
        from pleura.study.best import describe_unet, keep_best

        keep_best(study, plan, context, describe_unet)


def _draw(
    cases: pd.DataFrame,
    rows: NDArray[np.int64],
    predicted: Masks,
    reference: Masks,
    step: Step,
    context: Context,
) -> pd.DataFrame:
    """Pictures of the best, the median and the worst case by its mean Dice."""
    from pleura.evaluate.contours import draw_case  # a plan does not wait for matplotlib

    of_case = cases.groupby("position")["dice"].mean().dropna().sort_values(kind="stable")
    places = {"best": len(of_case) - 1, "median": len(of_case) // 2, "worst": 0}
    records = []
    for rank, place in places.items() if len(of_case) else ():
        position = int(of_case.index[place])
        row = int(rows[position])
        name = f"overlay_{step.key[:8]}_{rank}.png"
        picture = draw_case(
            context.bank.read(np.array([row]))[0],
            reference[position],
            predicted[position],
            context.masks[""].structures,
        )
        with write_atomically(step.folder(context.steps) / name) as temporary:
            Image.fromarray(picture).save(temporary, format="png")
        image, table = context.manifest.name(row), context.manifest.table.iloc[row]
        of_run = (step.spec[key] for key in ("recipe", *DRAW))
        record = (*of_run, rank, image, table["patient"], table["label"])
        records.append((*record, of_case.iloc[place], name))
    return pd.DataFrame(records, columns=list(OVERLAY_COLUMNS))


def _columns(chosen: Step, built: Trained[Any], context: Context) -> dict[str, Any]:
    """Columns of the runs table that tell of the U-Net that was chosen."""
    spec = chosen.spec
    return {
        **fit_columns(chosen, chosen.result(context.steps), SEGMENTATION.score.name),
        "backbone": spelled(spec["network"]),
        "weights": weights_of(chosen),
        "strategy": spelled(spec["freeze"]),
        "augmented": spec["augmentation"] is not None,
        **network_columns(chosen, built, context),
    }


KIND = Cases()
