"""Step: the best trial of a segmentation on validation, its cases, and what it cost.

Here a U-Net meets test patients, once for each recipe, fold, seed and fraction.
"""

import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from pleura.evaluate.segmentation import measure_cases
from pleura.files import write_atomically
from pleura.models.cost import count_macs, count_parameters
from pleura.models.unet_nets import LoadedUNet
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.steps import segment
from pleura.study.steps.kind import Kind
from pleura.study.trials import best_of, fit_columns, run_columns, spelled, weights_of
from pleura.tasks.segmentation import as_judged, predict_masks

CASES = "cases.csv"
OVERLAYS = "overlays.csv"
SCORE = "validation_dice"

Masks = NDArray[np.uint8]


class Cases(Kind):
    """The best trial of a segmentation on validation meets test."""

    name = "cases"

    def perform(self, step: Step, context: Context) -> None:
        """Write `cases.csv`, pictures of the best, the median and the worst test case with
        `overlays.csv`, and the row of the runs table."""
        spec, folder = step.spec, step.folder(context.steps)
        chosen = best_of(step.parents, context)
        parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
        loaded = segment.trained(chosen, context)
        device = context.fabric("fp32").device
        network = loaded.network.to(device)
        judges = context.masks[""]
        tables, shown = [], pd.DataFrame()
        for part, rows in (("validation", parts.validation), ("test", parts.test)):
            predicted = as_judged(
                predict_masks(network, context.bank, rows, device),
                chosen.spec["structures"],
                judges.structures,
            )
            reference = judges.read(rows)
            found = measure_cases(
                predicted, reference, judges.structures, spacing=judges.spacing[rows]
            )
            tables.append(_named(found, part, rows, spec, context))
            if part == "test":
                shown = _draw(found, rows, predicted, reference, step, context)
        with write_atomically(folder / CASES) as temporary:
            pd.concat(tables, ignore_index=True).to_csv(temporary, index=False)
        with write_atomically(folder / OVERLAYS) as temporary:
            shown.to_csv(temporary, index=False)
        run = run_columns(step, chosen, parts, step.parents, context) | {
            "trials": json.dumps(
                [
                    {"rate": trial.spec["value"], SCORE: trial.result(context.steps)["score"]}
                    for trial in step.parents
                ]
            ),
            "masks": spec["masks"],
        }
        run |= _network_columns(chosen, loaded, context)
        step.finish(context.steps, run, CASES, OVERLAYS, *shown["file"])


def _named(
    found: pd.DataFrame, part: str, rows: NDArray[np.int64], spec: Any, context: Context
) -> pd.DataFrame:
    at = rows[found["position"].to_numpy()]
    table = context.manifest.table.iloc[at]
    known = {name: table[name].to_numpy() for name in ("patient", "video", "source", "label")}
    keys = {name: spec[name] for name in ("recipe", "fold", "seed", "fraction")}
    names = [context.manifest.name(row) for row in at]
    named = pd.DataFrame({**keys, "part": part, "image": names, **known})
    return pd.concat([named, found.drop(columns="position").reset_index(drop=True)], axis=1)


def _draw(
    found: pd.DataFrame,
    rows: NDArray[np.int64],
    predicted: Masks,
    reference: Masks,
    step: Step,
    context: Context,
) -> pd.DataFrame:
    """Pictures of the best, the median and the worst case by its mean Dice."""
    from pleura.evaluate.contours import draw_case  # a plan does not wait for matplotlib

    of_case = found.groupby("position")["dice"].mean().dropna().sort_values(kind="stable")
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
        table = context.manifest.table.iloc[row]
        records.append(
            {
                **{key: step.spec[key] for key in ("recipe", "fraction", "seed", "fold")},
                "rank": rank,
                "image": context.manifest.name(row),
                "patient": table["patient"],
                "label": table["label"],
                "dice": of_case.iloc[place],
                "file": name,
            }
        )
    columns = ["recipe", "fraction", "seed", "fold", "rank", "image", "patient", "label", "dice"]
    return pd.DataFrame(records, columns=[*columns, "file"])


def _network_columns(chosen: Step, loaded: LoadedUNet, context: Context) -> dict[str, Any]:
    spec, network, size = chosen.spec, loaded.network, context.bank.size
    result = chosen.result(context.steps)
    return fit_columns(chosen, result, "dice") | {
        "backbone": spelled(spec["network"]),
        "weights": weights_of(chosen),
        "strategy": spelled(spec["freeze"]),
        "augmented": spec["augmentation"] is not None,
        "parameters": count_parameters(network),
        "parameters_trained": result["parameters_trained"],
        "macs": count_macs(network, size),
        "device": str(next(network.parameters()).device),
        "provenance": json.dumps(loaded.provenance.as_dict()),
    }


KIND = Cases()
