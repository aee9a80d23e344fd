"""Step: a run's predictions of clips and patients, by the mean over frames and by attention."""

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from pleura.evaluate.calls import with_calls
from pleura.evaluate.pooling import UNITS, Unit, agreed, number_units, pool, unit_names
from pleura.randomness import seed_of
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps.kind import TableKind
from pleura.study.steps.trial import chosen_network
from pleura.study.trials import predictions_of
from pleura.study.versions import attention_over_frames
from pleura.tables import LOGIT
from pleura.tasks.attention_pooling import Bags, attended, fit_attention
from pleura.tasks.images import predict
from pleura.tasks.learned import LearnedLabels
from pleura.tasks.listed import task_of

TABLE = "clips.csv"
JUDGED = ("validation", "test")


class Clips(TableKind):
    """A run's predictions of clips and patients."""

    name = "clips"
    parts = (attention_over_frames,)
    files = leaves = (TABLE,)
    table = TABLE
    needs = "device"
    meets_test = True

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`clips.csv`: predictions of the clips and patients of validation and test.

        Shaped as `predictions`, with the columns `frames`, `unit` (clip or patient) and `pooling`:
        the `mean` of the frames' probabilities, or `attention` over the features of the run's
        network. It is trained on training clips and stops by validation clips; a patient is then
        shown to it as one long clip. The step stands on one outcome, of a network.
        """
        (outcome,) = step.parents
        spec = outcome.spec
        predictions = predictions_of(outcome, context, *JUDGED)
        parts = context.parts(spec)
        rows = np.concatenate([parts.train, parts.validation, parts.test])
        task = task_of(spec).learned
        frames = _frames(context, task, rows).assign(
            part=np.repeat(
                ["train", *JUDGED], [len(parts.train), len(parts.validation), len(parts.test)]
            )
        )
        trial, network = chosen_network(outcome, context)
        features = predict(network.features, context.bank, rows, context.device)
        train, validation = (
            _bags(frames, features, "clip", context, part)[0] for part in ("train", "validation")
        )
        learned = train.labels, context.n_classes, trial.spec["balanced"]
        model = fit_attention(
            train,
            validation,
            task.loss_of(trial.spec)(*learned, torch.device("cpu")),
            n_classes=context.n_classes,
            seed=seed_of("attention pooling", spec["seed"]),
        )
        tables = []
        for unit in UNITS:
            mean = pool(predictions, unit).table.assign(unit=unit, pooling="mean")
            by_part = [_bags(frames, features, unit, context, part) for part in JUDGED]
            logits = np.concatenate([attended(model, bags) for bags, _ in by_part])
            names = [name for _, of_part in by_part for name in of_part]
            attention = mean.assign(pooling="attention")
            columns = [f"{LOGIT}{name}" for name in context.manifest.classes]
            by_name = pd.DataFrame(logits.astype(np.float64), names, columns)
            attention[columns] = by_name.loc[attention["image"]].to_numpy()
            tables += [mean, with_calls(attention)]
        return pd.concat(tables, ignore_index=True)


def _frames(context: Context, learned: LearnedLabels, rows: NDArray[np.int64]) -> pd.DataFrame:
    frames = context.manifest.table.iloc[rows][["patient", "video", "label"]]
    named = frames.reset_index(drop=True).assign(image=context.manifest.names(rows), row=rows)
    return named.assign(**learned.label_columns(context.labels[rows], context.manifest.classes))


def _bags(
    frames: pd.DataFrame, features: NDArray[np.float32], unit: Unit, context: Context, part: str
) -> tuple[Bags, list[str]]:
    """The clips or patients of one label of a part, and their names; features by row of frames."""
    numbers, _ = number_units(frames, unit)
    mine = np.flatnonzero((frames["part"] == part) & (numbers >= 0))
    _, first, bag = np.unique(numbers[mine], return_index=True, return_inverse=True)
    labels = agreed(context.labels[frames["row"].to_numpy()[mine]], numbers[mine])
    names = [str(name) for name in unit_names(frames, unit)[mine[first]]]
    return Bags(features[mine], bag.astype(np.int64), labels), names


KIND = Clips()
