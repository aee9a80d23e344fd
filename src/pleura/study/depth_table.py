"""The searches of a study for a depth, as one table."""

import pandas as pd

from pleura.models.build import cuts_of
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.trials import trials_of
from pleura.tables import depth_columns

DEPTHS = "depths.csv"


def depth_table(plan: Plan, context: Context, by: str) -> pd.DataFrame:
    """The curves of all searches of a plan, one row a cut; for the columns see `depth_columns`.

    `by` is the name of the metric of the probes. `chosen` are the cuts that were fine-tuned after a
    search.
    """
    searches = {search.key for search in plan.of("depth")}
    fine_tuned: dict[str, set[str]] = {}
    for outcome in outcomes_of(plan):
        for search in searches.intersection(parent.key for parent in outcome.parents):
            cuts = {trial.spec["strategy"]["truncation"]["at"] for trial in trials_of(outcome)}
            fine_tuned.setdefault(search, set()).update(cuts)
    tables = [
        _of_search(search, fine_tuned.get(search.key, set()), context, by)
        for search in plan.of("depth")
    ]
    return pd.concat(tables) if tables else pd.DataFrame(columns=list(depth_columns(by)))


def _of_search(search: Step, fine_tuned: set[str], context: Context, by: str) -> pd.DataFrame:
    spec, result = search.spec, search.result(context.steps)
    cuts = cuts_of(spec["backbone"])
    places = pd.DataFrame(
        [(cut.name, cut.stage, place / len(cuts)) for place, cut in enumerate(cuts, start=1)],
        columns=["cut", "stage", "depth"],
    )
    curve = pd.DataFrame(result["curve"]).merge(places, on="cut", validate="one_to_one")
    table = curve.assign(
        **{name: spec[name] for name in ("backbone", "weights", "fold", "seed", "fraction")},
        judged_on=result["judged_on"],
        chosen=curve["cut"].isin(fine_tuned).astype(int),
    )
    return table[list(depth_columns(by))]
