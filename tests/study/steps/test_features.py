"""Frozen features: one pass for all cuts, the network's own values, rows in order."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.augment import to_float
from pleura.data.hidden import Images
from pleura.models.build import cuts_of
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.views import HIDDEN, WHOLE, shown
from pleura.transfer.build import build_model

NET = {"backbone": "squeezenet1_0", "weights": "random", "seed": 3}
CUTS = [cut.name for cut in cuts_of("squeezenet1_0")]


def features_step(context: Context, cut: str, view: str = WHOLE) -> Step:
    spec = {**NET, "bank": context.bank.key, "view": view, "cut": cut}
    return Step("features", "features", spec, {})


def network() -> Classifier:
    spec = {**NET, "strategy": "feature_extraction"}
    return build_model(spec, n_classes=2, seed=3).classifier.eval()


def values_of(images: Images, rows: NDArray[np.int64], cut: str) -> NDArray[np.float32]:
    with torch.inference_mode():
        found = network().features(to_float(torch.from_numpy(images.read(rows))), [cut])
    return np.asarray(found)


def test_all_waiting_cuts_are_filled_in_one_pass(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, list[str]]] = []
    whole = Classifier.features

    def watched(self: Classifier, images: Tensor, cuts: Sequence[str]) -> Tensor:
        seen.append((len(images), list(cuts)))
        return whole(self, images, cuts)

    monkeypatch.setattr(Classifier, "features", watched)
    monkeypatch.setattr(features, "BLOCK", 20)
    steps = [features_step(context, cut) for cut in CUTS]
    features.KIND.perform(steps[3], replace(context, waiting=tuple(steps)))
    assert [n for n, cuts in seen if cuts == CUTS] == [20, 20, 8]
    # All else are single images, to count what the network costs up to each cut.
    assert {n for n, cuts in seen if cuts != CUTS} == {1}
    assert {step.result(context.steps)["pass"] for step in steps} == {steps[3].key}


def test_values_are_the_networks_at_each_cut_in_the_order_of_the_rows(context: Context) -> None:
    steps = [features_step(context, cut) for cut in CUTS]
    features.KIND.perform(steps[0], replace(context, waiting=tuple(steps)))
    rows = np.array([31, 2, 47, 8])
    for step in steps:
        found = features.read(step, context, rows)
        expected = values_of(context.bank, rows, step.spec["cut"])
        np.testing.assert_allclose(found, expected, atol=1e-4)
        assert np.ptp(found, axis=0).max() > 1e-2


@pytest.mark.parametrize("view", HIDDEN)
def test_a_hidden_view_holds_the_images_that_test_and_no_others(
    context: Context, view: str
) -> None:
    step = features_step(context, "fire4", view)
    features.KIND.perform(step, context)
    stored = np.load(step.folder(context.steps) / features.FEATURES)
    assert len(stored) == len(context.split.tested) == 16
    rows = context.split.tested[[9, 0, 4]]
    found = features.read(step, context, rows)
    expected = values_of(shown(view, context), rows, "fire4")
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert not np.allclose(found, values_of(context.bank, rows, "fire4"), atol=1e-3)
    # What it costs is told by the pass over whole images.
    assert "macs" not in step.result(context.steps)


def test_a_later_pass_leaves_out_what_is_done(context: Context) -> None:
    first, second = (features_step(context, cut) for cut in ("fire4", CUTS[-1]))
    features.KIND.perform(first, replace(context, waiting=(first,)))
    written = (first.folder(context.steps) / features.FEATURES).stat().st_mtime_ns
    features.KIND.perform(second, replace(context, waiting=(first, second)))
    assert (first.folder(context.steps) / features.FEATURES).stat().st_mtime_ns == written
    assert first.result(context.steps)["pass"] == first.key
    assert second.result(context.steps)["pass"] == second.key


def test_the_cost_is_that_of_the_network_up_to_the_cut(context: Context) -> None:
    steps = [features_step(context, cut) for cut in ("fire4", CUTS[-1])]
    features.KIND.perform(steps[0], replace(context, waiting=tuple(steps)))
    for step in steps:
        backbone = network().backbone.truncate(step.spec["cut"])
        result = step.result(context.steps)
        assert result["parameters"] == count_parameters(backbone)
        assert result["macs"] == count_macs(backbone, context.bank.size)
