"""Time an image: every network of a study once, in one measurement."""

from collections.abc import Sequence

import pandas as pd
import pytest
from torch import nn

from pleura.models.cost import count_macs, count_parameters
from pleura.study.context import Context
from pleura.study.kinds import latency
from pleura.study.kinds.outcome import strategy_of
from pleura.study.step import Step
from pleura.transfer.build import build_model
from tests.study.trained import RUN

BACKBONE = "squeezenet1_0"
CUT = {"truncation": {"at": "fire4"}}


def plant_outcome(context: Context, recipe: str, strategy: object, **spec: object) -> Step:
    """A finished outcome that took its only trial; the weights' file is at hand no longer."""
    net = {"backbone": BACKBONE, "weights": "gone.safetensors", "strategy": strategy}
    trial = Step("fit", "fit", {**RUN, **net, **spec, "value": 1e-3}, ())
    outcome = Step("outcome", "outcome", {**RUN, **spec, "recipe": recipe}, (), (trial,))
    whole = "fine_tuning" if strategy == "lora" else strategy
    built = build_model({**net, "weights": "random", "strategy": whole}, context.n_classes, 0)
    cost = {
        "parameters": count_parameters(built.classifier),
        "macs": count_macs(built.classifier, context.bank.size),
    }
    columns = {"recipe": recipe, "backbone": BACKBONE, "strategy": strategy_of(trial)}
    outcome.finish(context.steps, {**columns, **cost, "step": trial.key})
    return outcome


def test_each_network_is_timed_once_and_all_its_runs_have_that_time(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed: list[list[tuple[int, int]]] = []

    def watched(models: Sequence[nn.Module], size: int) -> list[float]:
        timed.append([(count_parameters(model), size) for model in models])
        return [10.0 * (number + 1) for number in range(len(models))]

    monkeypatch.setattr(latency, "measure_latencies", watched)
    outcomes = [
        plant_outcome(context, "full", "fine_tuning"),
        plant_outcome(context, "full", "fine_tuning", seed=2),
        plant_outcome(context, "low rank", "lora"),
        plant_outcome(context, "cut", CUT),
        plant_outcome(context, "searched", CUT, fraction=0.5),
    ]
    step = Step("latency", "time an image", {}, (latency.__name__,), tuple(outcomes))
    latency.perform(step, context)
    # What LoRA added is merged, as in the model that is handed over: that network is the full one.
    runs = pd.DataFrame([outcome.result(context.steps) for outcome in outcomes])
    full, cut = runs["parameters"].iloc[0], runs["parameters"].iloc[3]
    assert timed == [[(full, 32), (cut, 32)]]
    baseline = pd.DataFrame([{"recipe": "pixels: random forest"}])
    runs = latency.with_latency(pd.concat([runs, baseline]), step, context)
    assert runs["latency_ms"].head(5).to_list() == [10, 10, 10, 20, 20]
    assert runs["latency_ms"].isna().to_list() == [False] * 5 + [True]


def test_a_truncated_network_is_faster(context: Context) -> None:
    outcomes = [
        plant_outcome(context, "full", "fine_tuning"),
        plant_outcome(context, "cut", {"truncation": {"at": "stem"}}),
    ]
    step = Step("latency", "time an image", {}, (latency.__name__,), tuple(outcomes))
    latency.perform(step, context)
    table = pd.read_csv(step.folder(context.steps) / latency.TABLE)
    full, cut = table["latency_ms"]
    assert 0 < cut < full
