"""Frozen features: one pass for all cuts, the network's own values, rows in order."""

from collections.abc import Sequence

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
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.views import HIDDEN, WHOLE, shown
from pleura.transfer.build import build_model

NET = {"backbone": "squeezenet1_0", "weights": "random", "seed": 3}
CUTS = [cut.name for cut in cuts_of("squeezenet1_0")]


def features_step(context: Context, *cuts: str, view: str = WHOLE) -> Step:
    spec = {**NET, "bank": context.bank.key, "view": view}
    files = tuple(map(features.file_of, cuts))
    return Step("features", "features", spec, {}, outputs=files)


def network() -> Classifier:
    spec = {**NET, "strategy": "feature_extraction"}
    return build_model(spec, n_classes=2, seed=3).classifier.eval()


def values_of(images: Images, rows: NDArray[np.int64], cut: str) -> NDArray[np.float32]:
    with torch.inference_mode():
        found = network().features(to_float(torch.from_numpy(images.read(rows))), [cut])
    return np.asarray(found)


def test_all_cuts_are_filled_in_one_pass(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, list[str]]] = []
    whole = Classifier.features

    def watched(self: Classifier, images: Tensor, cuts: Sequence[str]) -> Tensor:
        seen.append((len(images), list(cuts)))
        return whole(self, images, cuts)

    monkeypatch.setattr(Classifier, "features", watched)
    monkeypatch.setattr(features, "BLOCK", 20)
    step = features_step(context, *CUTS)
    features.KIND.perform(step, context, quiet)
    assert [n for n, cuts in seen if cuts == CUTS] == [20, 20, 8]
    # All else are single images, to count what the network costs up to each cut.
    assert {n for n, cuts in seen if cuts != CUTS} == {1}
    assert step.result(context.steps)["passes"] == dict.fromkeys(CUTS, 0)


def test_values_are_the_networks_at_each_cut_in_the_order_of_the_rows(context: Context) -> None:
    step = features_step(context, *CUTS)
    features.KIND.perform(step, context, quiet)
    rows = np.array([31, 2, 47, 8])
    for cut in CUTS:
        found = features.read(step, cut, context, rows)
        np.testing.assert_allclose(found, values_of(context.bank, rows, cut), atol=1e-4)
        assert np.ptp(found, axis=0).max() > 1e-2


@pytest.mark.parametrize("view", HIDDEN)
def test_a_hidden_view_holds_the_images_that_test_and_no_others(
    context: Context, view: str
) -> None:
    step = features_step(context, "fire4", view=view)
    features.KIND.perform(step, context, quiet)
    stored = np.load(step.folder(context.steps) / features.file_of("fire4"))
    assert len(stored) == len(context.split.tested) == 16
    rows = context.split.tested[[9, 0, 4]]
    found = features.read(step, "fire4", context, rows)
    expected = values_of(shown(view, context), rows, "fire4")
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert not np.allclose(found, values_of(context.bank, rows, "fire4"), atol=1e-3)
    # What it costs is told by the pass over whole images.
    assert step.result(context.steps)["costs"] == {}


def test_one_more_cut_is_added_and_what_is_done_stays(context: Context) -> None:
    last = CUTS[-1]
    first, both = features_step(context, "fire4"), features_step(context, "fire4", last)
    assert first.key == both.key
    features.KIND.perform(first, context, quiet)
    assert first.is_done(context.steps)
    assert not both.is_done(context.steps)
    file = first.folder(context.steps) / features.file_of("fire4")
    written = file.stat().st_mtime_ns
    cost = first.result(context.steps)["costs"]["fire4"]
    features.KIND.perform(both, context, quiet)
    assert first.is_done(context.steps) and both.is_done(context.steps)
    assert both.is_whole(context.steps)
    assert file.stat().st_mtime_ns == written
    result = both.result(context.steps)
    assert result["passes"] == {"fire4": 0, last: 1}
    assert result["costs"]["fire4"] == cost
    assert result["seconds"] == sum(result["pass_seconds"])


def test_a_reader_is_charged_for_the_passes_that_gave_its_cuts(context: Context) -> None:
    step = features_step(context, "fire4", CUTS[-1])
    seconds = {"passes": {"fire4": 0, CUTS[-1]: 1}, "pass_seconds": [3.0, 5.0], "seconds": 8.0}
    step.finish(context.steps, seconds)
    for cuts, expected in ((["fire4"], 3.0), ([CUTS[-1]], 5.0), (["fire4", CUTS[-1]], 8.0)):
        reader = Step("depth", "depth", {"cuts": cuts}, {}, (step,))
        assert sum(features.KIND.seconds(step, reader, context).values()) == expected


def test_the_cost_is_that_of_the_network_up_to_the_cut(context: Context) -> None:
    step = features_step(context, "fire4", CUTS[-1])
    features.KIND.perform(step, context, quiet)
    for cut in ("fire4", CUTS[-1]):
        backbone = network().backbone.truncate(cut)
        cost = step.result(context.steps)["costs"][cut]
        assert cost["parameters"] == count_parameters(backbone)
        assert cost["macs"] == count_macs(backbone, context.bank.size)
