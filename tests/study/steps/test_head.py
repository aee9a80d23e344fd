"""Heads on frozen features: what is trained on features is a head of the whole network."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from pleura.evaluate.curve_areas import AUROC
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import features, head
from pleura.tasks.images import predict
from pleura.tasks.learned import score_of
from pleura.train.loop import FitSettings
from tests.study.steps.planted import CUT, plant_features, told
from tests.study.trained import RUN

NET = {"backbone": "squeezenet1_0", "weights": "random"}
HIDDEN_LAYER = {"feature_extraction": {"hidden": 16}}
SETTINGS = FitSettings(epochs=6, min_steps=2, batch_size=8).model_dump(mode="json")
BY_EPOCHS = {"strategy": HIDDEN_LAYER, "settings": SETTINGS, "value": 1e-2}
TO_OPTIMUM = {"strategy": "feature_extraction", "value": 0.1}


def trial(context: Context, frozen: Step, how: dict[str, Any], cut: str = CUT) -> Step:
    spec = {**RUN, **NET, "balanced": True, "cuts": [cut], **how}
    step = Step("head", "head", spec, {}, (frozen,))
    head.KIND.perform(step, context, quiet)
    return step


@pytest.mark.parametrize("how", [BY_EPOCHS, TO_OPTIMUM], ids=["hidden layer", "linear"])
def test_put_into_the_network_it_gives_the_logits_it_gave_on_features(
    context: Context, how: dict[str, Any]
) -> None:
    spec = {**NET, "seed": RUN["seed"], "view": "whole", "bank": context.bank.key}
    file = features.file_of("fire9")
    frozen = Step("features", "features", spec, {}, outputs=(file,))
    features.KIND.perform(frozen, context, quiet)
    done = trial(context, frozen, how, cut="fire9")
    rows = np.arange(len(context.bank))
    on_features = head.logits(done, features.read(frozen, "fire9", context, rows), context)
    model = head.KIND.trained(done, context).network
    on_images = predict(model, context.bank, rows, torch.device("cpu"))
    assert np.ptp(on_features, axis=0).min() > 0.01
    # Features are added up in another order when another number of images is in a batch.
    np.testing.assert_allclose(on_images, on_features, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("how", [BY_EPOCHS, TO_OPTIMUM], ids=["hidden layer", "linear"])
def test_the_scale_of_the_features_tells_nothing(context: Context, how: dict[str, Any]) -> None:
    raw = told(context)
    scaled = 50 * raw - 7
    plain, other = (
        trial(context, plant_features(context, values, name=name), how)
        for name, values in (("plain", raw), ("other", scaled))
    )
    expected = head.logits(plain, raw, context)
    np.testing.assert_allclose(head.logits(other, scaled, context), expected, atol=1e-2)


@pytest.mark.parametrize("how", [BY_EPOCHS, TO_OPTIMUM], ids=["hidden layer", "linear"])
def test_its_score_is_that_of_what_it_saved_on_validation(
    context: Context, how: dict[str, Any]
) -> None:
    values = told(context, noise=0.4)
    values[context.split.parts(0, 1, 1.0).test] = np.nan
    done = trial(context, plant_features(context, values), how)
    result = done.result(context.steps)
    rows = context.split.parts(0, 1, 1.0).validation
    logits = head.logits(done, values[rows], context)
    assert score_of(logits, context.labels[rows], AUROC) == result["score"]


def test_a_hidden_layer_learns_what_a_linear_head_cannot(context: Context) -> None:
    random = np.random.default_rng(0)
    values = random.choice([-1.0, 1.0], (len(context.bank), 2))
    # Two signs that are equal in one class and differ in the other.
    values[:, 1] = values[:, 0] * np.where(context.labels == 1, 1, -1)
    values += random.normal(0, 0.1, values.shape)
    frozen = plant_features(context, values.astype(np.float32))
    longer = {**BY_EPOCHS, "settings": {**SETTINGS, "epochs": 40, "patience": 1.0}}
    scores = [
        trial(context, frozen, how).result(context.steps)["score"] for how in (longer, TO_OPTIMUM)
    ]
    assert scores[0] > 0.95
    assert scores[1] < 0.85


def test_a_head_on_features_needs_no_accelerator(context: Context) -> None:
    elsewhere = replace(context, accelerator="cuda")
    done = trial(elsewhere, plant_features(context, told(context)), BY_EPOCHS)
    assert done.is_done(context.steps)


def test_the_cost_of_a_head_counts_weights_and_products(context: Context) -> None:
    done = trial(context, plant_features(context, told(context, channels=5)), BY_EPOCHS)
    layers = [nn.Linear(5, 16), nn.Linear(16, 2)]
    parameters = sum(p.numel() for layer in layers for p in layer.parameters())
    assert head.cost(done, context) == (parameters, 5 * 16 + 16 * 2)
