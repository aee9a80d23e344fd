"""The searches of a study by successive halving, as one table."""

from collections import Counter

import pandas as pd

from pleura.models.build import cuts_of
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.trials import chosen_of, given_up, rungs_of, trials_of
from pleura.tables import rung_columns
from pleura.tasks.listed import task_of

RUNGS = "rungs.csv"


def rungs_table(plan: Plan, context: Context) -> pd.DataFrame:
    """One row a training of each search, as far as it went; for the columns see `rung_columns`."""
    rows = [
        row
        for outcome in outcomes_of(plan)
        if rungs_of(outcome)
        for row in _of_search(outcome, context)
    ]
    by = task_of(plan.of("rung")[0].spec).score.name
    return pd.DataFrame(rows, columns=list(rung_columns(by)))


def _of_search(outcome: Step, context: Context) -> list[dict[str, object]]:
    chosen, ended = chosen_of(outcome, context), trials_of(outcome)
    names = [cut.name for cut in cuts_of(chosen.spec["backbone"])]
    compared = Counter(map(_which, rungs_of(outcome)))
    rows = []
    for training in sorted((*ended, *given_up(outcome)), key=lambda it: names.index(_which(it)[0])):
        cut, rate = _which(training)
        result = training.result(context.steps)
        rows.append(
            {
                **{name: outcome.spec[name] for name in ("recipe", "fold", "seed", "fraction")},
                **{name: training.spec[name] for name in ("backbone", "weights")},
                "cut": cut,
                "depth": (names.index(cut) + 1) / len(names),
                "rate": rate,
                "rungs": compared[cut, rate],
                "epochs": result["epochs"],
                task_of(training.spec).score.name: result["score"],
                "ended": int(training in ended),
                "chosen": int(training.key == chosen.key),
            }
        )
    return rows


def _which(training: Step) -> tuple[str, float]:
    """The cut and the rate of a training."""
    return training.spec["strategy"]["truncation"]["at"], training.spec["value"]
