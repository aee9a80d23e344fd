"""Step: how well a linear probe does at every depth of a frozen backbone, on training patients."""

import time
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.balance import Balanced, ByStratum
from pleura.models.build import cuts_of
from pleura.study.context import Context, Progress
from pleura.study.depth_table import DEPTHS, depth_table
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import features
from pleura.study.steps.kind import Kind
from pleura.study.versions import labels, linear_head
from pleura.tables import write_table
from pleura.tasks.listed import task_of
from pleura.transfer.truncation import Truncation

FOLDS = 3

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]  # rows to fit, rows to judge


class Depth(Kind):
    """Linear probes at every depth of a frozen backbone."""

    name = "depth"
    parts = (linear_head, labels)
    leaves = (DEPTHS,)

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Fit probes on the features of every candidate cut; the curve of their scores is
        the result.

        Training patients are cut in three folds; each penalty is judged on the fold it did not see,
        and the best mean score of a cut counts. Test is not looked at, nor is validation, but where
        `inner_folds` has none.
        """
        spec = step.spec
        (frozen,), cuts = step.parents, spec["cuts"]
        parts, learned = context.parts(spec), task_of(spec).learned
        by = learned.probed_by
        folds = inner_folds(parts.train, parts.validation, context, spec["seed"], learned.balance)
        costs = frozen.result(context.steps)["costs"]
        start = time.monotonic()
        curve: list[dict[str, Any]] = []

        def score(cut: str, penalty: float, fold: Fold) -> float:
            fitted, judged = fold
            head = learned.fit_head(
                features.read(frozen, cut, context, fitted),
                context.labels[fitted],
                n_classes=context.n_classes,
                penalty=penalty,
                balanced=spec["balanced"],
            )
            logits = head.logits(features.read(frozen, cut, context, judged))
            return learned.score(logits, context.labels[judged], by, learned.probabilities)

        for done, cut in enumerate(cuts, start=1):
            scores = {
                penalty: [score(cut, penalty, fold) for fold in folds]
                for penalty in spec["penalties"]
            }
            penalty = max(scores, key=lambda value: mean(scores[value]))
            best = {by.name: mean(scores[penalty]), "folds": scores[penalty], "penalty": penalty}
            curve.append({"cut": cut, **best, **costs[cut]})
            progress(step.title, done, len(cuts), {by.label: curve[-1][by.name]})
        judged = "validation" if folds[0][1] is parts.validation else f"{len(folds)} folds"
        result = {"seconds": time.monotonic() - start, "judged_on": judged, "curve": curve}
        step.finish(context.steps, result)

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """Those of the trainings that follow, at the cost of the whole network."""
        spec, study = step.spec, prepared.study
        parts = prepared.context.parts(spec)
        cost = prepared.measured[spec["backbone"], True]
        training = cost.all_epochs(study.training, len(parts.train), len(parts.validation))
        return study.trainings_after_depth(spec["backbone"]) * training

    def collect(self, plan: Plan, context: Context) -> None:
        """Write `depths.csv`."""
        by = task_of(self.collected(plan)[0].spec).learned.probed_by
        write_table(context.out / DEPTHS, depth_table(plan, context, by.name))


def places_tried(backbone: str, search: Truncation) -> list[str]:
    """The names of the cuts among which a search for a depth chooses, the shallow first."""
    return [cut.name for cut in cuts_of(backbone) if cut.stage or search.among == "cuts"]


def best_cuts(curve: list[dict[str, Any]], count: int, by: str) -> list[str]:
    """The `count` cuts with the greatest score, the metric called `by`, best first; of equal ones
    the shallower first."""
    order = sorted(range(len(curve)), key=lambda i: (-curve[i][by], i))
    return [curve[i]["cut"] for i in order[:count]]


def inner_folds(
    train: NDArray[np.int64],
    validation: NDArray[np.int64],
    context: Context,
    seed: int,
    balance: Balanced = ByStratum.rarest,
) -> list[Fold]:
    """Training rows in three folds of whole patients, or two where a class has two patients.

    A fold counts where all classes are on both its sides; where there is none, as with one training
    patient of a class, probes are judged on the validation part instead.
    """
    groups, members = context.manifest.groups[train], context.manifest.members.values()
    fewest = min(len(set(groups[belongs[train]])) for belongs in members)
    if fewest < 2:
        return [(train, validation)]
    drawn = balance(groups, context.labels[train]).folds(min(FOLDS, fewest), seed % 2**32)
    judged = [np.isin(groups, fold) for fold in drawn]
    folds = [(train[~mask], train[mask]) for mask in judged]
    # A patient of several labels can leave a fold without one of them.
    whole = [fold for fold in folds if all(of[rows].any() for rows in fold for of in members)]
    return whole or [(train, validation)]


KIND = Depth()
