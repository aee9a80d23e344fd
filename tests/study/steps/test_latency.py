"""Time an image: every network of a study once, in one measurement."""

from collections.abc import Sequence

import pandas as pd
import pytest
from torch import nn

from pleura.models.cost import count_macs, count_parameters
from pleura.models.network import Network
from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import latency
from pleura.study.steps.listed import kind_as
from pleura.study.steps.trial import Trial
from pleura.study.trials import spelled
from pleura.transfer.build import build_model
from tests.study.trained import RUN

BACKBONE = "squeezenet1_0"
CUT = {"truncation": {"at": "fire4"}}


def plant_outcome(context: Context, recipe: str, strategy: object, **spec: object) -> Step:
    """A finished outcome that took its only trial; the weights' file is at hand no longer."""
    net = {"backbone": BACKBONE, "weights": "gone.safetensors", "strategy": strategy}
    trial = Step("fit", "fit", {**RUN, **net, **spec, "value": 1e-3}, {})
    outcome = Step("outcome", "outcome", {**RUN, **spec, "recipe": recipe}, {}, (trial,))
    whole = "fine_tuning" if strategy == "lora" else strategy
    built = build_model({**net, "weights": "random", "strategy": whole}, context.n_classes, 0)
    cost = {
        "parameters": count_parameters(built.classifier),
        "macs": count_macs(built.classifier, context.bank.size),
    }
    columns = {
        "recipe": recipe,
        "backbone": BACKBONE,
        "strategy": kind_as(Trial, trial).strategy(trial),
    }
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
    step = Step("latency", "time an image", {}, {}, tuple(outcomes))
    latency.KIND.perform(step, context, quiet)
    # What LoRA added is merged, as in the model that is handed over: that network is the full one.
    runs = pd.DataFrame([outcome.result(context.steps) for outcome in outcomes])
    full, cut = runs["parameters"].iloc[0], runs["parameters"].iloc[3]
    assert timed == [[(full, 32), (cut, 32)]]
    baseline = pd.DataFrame([{"recipe": "pixels: random forest"}])
    runs = latency.with_latency(pd.concat([runs, baseline]), step, context)
    assert runs["latency_ms"].head(5).to_list() == [10, 10, 10, 20, 20]
    assert runs["latency_ms"].isna().to_list() == [False] * 5 + [True]


@pytest.mark.parametrize("kind", ["segment", "reverse"])
def test_unets_of_other_structures_are_timed_apart_and_in_one_measurement(
    kind: str, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed: list[list[int]] = []

    def watched(models: Sequence[nn.Module], size: int) -> list[float]:
        timed.append([count_parameters(model) for model in models])
        return [float(count_parameters(model)) for model in models]

    monkeypatch.setattr(latency, "measure_latencies", watched)
    outcomes = [
        plant_unet(context, kind, structures, seed) for structures in (2, 7) for seed in (0, 1)
    ]
    step = Step("latency", "time an image", {}, {}, tuple(outcomes))
    latency.KIND.perform(step, context, quiet)
    runs = pd.DataFrame([outcome.result(context.steps) for outcome in outcomes])
    assert runs["strategy"].nunique() == 1
    assert timed == [runs["parameters"].unique().tolist()]
    assert len(timed[0]) == 2
    runs = latency.with_latency(runs, step, context)
    assert (runs["latency_ms"] == runs["parameters"]).all()


def plant_unet(context: Context, kind: str, structures: int, seed: int) -> Step:
    """A finished outcome that took a U-Net's only trial, or that of a classifier made out of it."""
    net = {"x_unet": {"width": 2}}
    unet = build_unet(net, "random", structures, seed=0).network
    network: Network = unet
    spec = {**RUN, "seed": seed, "network": net, "freeze": "none", "value": 1e-3}
    if kind == "reverse":
        network = ReverseClassifier(unet, "logits", context.n_classes, seed=0)
        spec |= {"head": "logits", "structures": structures}
    else:
        spec |= {"structures": [f"structure {number}" for number in range(structures)]}
    trial = Step(kind, kind, {**spec, "weights": "gone.safetensors"}, {})
    name = "cases" if kind == "segment" else "outcome"
    outcome = Step(name, name, {**RUN, "seed": seed, "recipe": str(structures)}, {}, (trial,))
    run = {
        "backbone": spelled(net),
        "strategy": "none",
        "parameters": count_parameters(network),
        "macs": count_macs(network, context.bank.size),
        "step": trial.key,
    }
    outcome.finish(context.steps, run)
    return outcome


def test_a_truncated_network_is_faster(context: Context) -> None:
    outcomes = [
        plant_outcome(context, "full", "fine_tuning"),
        plant_outcome(context, "cut", {"truncation": {"at": "stem"}}),
    ]
    step = Step("latency", "time an image", {}, {}, tuple(outcomes))
    latency.KIND.perform(step, context, quiet)
    table = pd.read_csv(step.folder(context.steps) / latency.TABLE)
    full, cut = table["latency_ms"]
    assert 0 < cut < full
