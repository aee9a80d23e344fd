"""Step: how long each network of a study takes for one image."""

import time
from typing import Any

import pandas as pd

from pleura.files import write_atomically
from pleura.models.cost import measure_latencies
from pleura.models.lora import merge
from pleura.models.network import Network
from pleura.study.context import Context
from pleura.study.kinds import reverse
from pleura.study.kinds.outcome import chosen_of, strategy_of
from pleura.study.step import Step
from pleura.transfer.build import build_model

TABLE = "latency.csv"
RECIPE = ["backbone", "strategy"]


def perform(step: Step, context: Context) -> None:
    """Write `latency.csv`: milliseconds for one image by backbone and strategy.

    All networks that the outcomes chose take turns, so that other work of the machine slows each of
    them alike. Those of one backbone with equally many parameters and MACs are one network.
    """
    begun = time.monotonic()
    trials: dict[tuple[Any, ...], Step] = {}
    network_of: dict[tuple[str, str], tuple[Any, ...]] = {}
    for outcome in step.parents:
        trial, run = chosen_of(outcome, context), outcome.result(context.steps)
        network = (run["backbone"], run["parameters"], run["macs"])
        trials.setdefault(network, trial)
        network_of[run["backbone"], strategy_of(trial)] = network
    models = [_network(trial, context) for trial in trials.values()]
    measured = measure_latencies(models, context.bank.size)
    latency = dict(zip(trials, measured, strict=True))
    rows = [(*recipe, latency[network]) for recipe, network in network_of.items()]
    with write_atomically(step.folder(context.steps) / TABLE) as temporary:
        pd.DataFrame(rows, columns=[*RECIPE, "latency_ms"]).to_csv(temporary, index=False)
    step.finish(context.steps, {"seconds": time.monotonic() - begun}, TABLE)


def with_latency(runs: pd.DataFrame, step: Step, context: Context) -> pd.DataFrame:
    """The runs table with what a finished step measured, empty for baselines."""
    measured = pd.read_csv(step.folder(context.steps) / TABLE)
    return runs.merge(measured, on=RECIPE, how="left", validate="many_to_one")


def _network(trial: Step, context: Context) -> Network:
    """The network of a trial as it is handed over, with other weights, on the device."""
    if trial.kind == "reverse":
        return reverse.untrained(trial, context)[0].to(context.fabric("fp32").device)
    spec = {**trial.spec, "weights": "random"}
    classifier = build_model(spec, context.n_classes, seed=0).classifier
    merge(classifier)
    return classifier.to(context.fabric("fp32").device)
