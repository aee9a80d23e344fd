"""The searches of a study for a depth, as one table."""

from typing import Any

import pandas as pd

from pleura.models.build import cuts_of
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.trials import trials_of
from pleura.tables import DEPTH_COLUMNS

DEPTHS = "depths.csv"


def depth_table(plan: Plan, context: Context) -> pd.DataFrame:
    """The curves of all searches of a plan, one row a cut; columns as `pleura.tables` tells them.

    `chosen` are the cuts that were fine-tuned after a search.
    """
    searches = {search.key for search in plan.of("depth")}
    fine_tuned: dict[str, set[str]] = {}
    for outcome in plan.outcomes:
        for search in searches.intersection(parent.key for parent in outcome.parents):
            cuts = {trial.spec["strategy"]["truncation"]["at"] for trial in trials_of(outcome)}
            fine_tuned.setdefault(search, set()).update(cuts)
    rows = [
        row
        for search in plan.of("depth")
        for row in _rows(search, fine_tuned.get(search.key, set()), context)
    ]
    return pd.DataFrame(rows, columns=list(DEPTH_COLUMNS))


def _rows(search: Step, fine_tuned: set[str], context: Context) -> list[dict[str, Any]]:
    spec, result = search.spec, search.result(context.steps)
    cuts = cuts_of(spec["backbone"])
    places = {cut.name: place for place, cut in enumerate(cuts, start=1)}
    stages = {cut.name: cut.stage for cut in cuts}
    known = {name: spec[name] for name in ("backbone", "weights", "fold", "seed", "fraction")}
    return [
        {
            **known,
            "cut": point["cut"],
            "stage": stages[point["cut"]],
            "depth": places[point["cut"]] / len(cuts),
            "parameters": point["parameters"],
            "macs": point["macs"],
            "auroc": point["auroc"],
            "judged_on": result["judged_on"],
            "chosen": int(point["cut"] in fine_tuned),
        }
        for point in result["curve"]
    ]
