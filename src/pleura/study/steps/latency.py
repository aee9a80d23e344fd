"""Step: how long each network of a study takes for one image."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pleura.models.cost import measure_latencies
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps.kind import TableKind
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import NetworkTrial
from pleura.study.trials import chosen_of

TABLE = "latency.csv"


class Latency(TableKind):
    """How long each network of a study takes for one image."""

    name = "latency"
    files = (TABLE,)
    needs = "alone"

    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """`latency.csv`: milliseconds for one image by the training that an outcome chose.

        All networks that the outcomes (kind `outcome` or `cases`) chose take turns, so that other
        work of the machine slows each of them alike. Those of one backbone or U-Net with equally
        many parameters and MACs are one network.
        """
        trials: dict[tuple[Any, ...], Step] = {}
        network_of: dict[str, tuple[Any, ...]] = {}
        for outcome in step.parents:
            trial, run = chosen_of(outcome, context), outcome.result(context.steps)
            network = (run["backbone"], run["parameters"], run["macs"])
            trials.setdefault(network, trial)
            network_of[trial.key] = network
        blanks = [kind_as(NetworkTrial, trial).blank(trial, context) for trial in trials.values()]
        models = [network.to(context.device) for network in blanks]
        latency = dict(zip(trials, measure_latencies(models, context.bank.size), strict=True))
        rows = [(key, network[0], latency[network]) for key, network in network_of.items()]
        return pd.DataFrame(rows, columns=["step", "backbone", "latency_ms"])

    def reads_weights_of(self, step: Step, context: Context) -> Sequence[Step]:
        """Of none: time does not hang on the weights."""
        return ()


def with_latency(runs: pd.DataFrame, step: Step, context: Context) -> pd.DataFrame:
    """The runs table with what a finished step measured, empty for baselines."""
    measured = pd.read_csv(step.folder(context.steps) / TABLE)[["step", "latency_ms"]]
    return runs.merge(measured, on="step", how="left", validate="many_to_one")


KIND = Latency()
