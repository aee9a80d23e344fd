"""The outcome of a run: what was chosen, and what finding it has cost."""

from collections.abc import Sequence

import numpy as np
import pytest
from torch import nn

from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import head, outcome
from pleura.study.trials import PREDICTIONS
from pleura.study.views import HIDDEN
from pleura.tables import LOGIT, read_predictions
from pleura.train.checkpoint import save_weights
from tests.study.steps.planted import CUT, plant_features, told
from tests.study.trained import RUN


def plant_trial(
    context: Context,
    frozen: Step,
    value: float,
    score: float,
    strategy: str = "feature_extraction",
    cut: str = CUT,
) -> Step:
    """A finished head that took one second; its weights are 1, but `value` from the first feature
    to the second class."""
    spec = {**RUN, "backbone": "net", "weights": "random", "strategy": strategy}
    how = {"precision": "fp32", "value": value, "cuts": [cut]}
    step = Step("head", "head", {**spec, **how}, {}, (frozen,))
    linear = nn.Linear(4, 2)
    nn.init.ones_(linear.weight)
    nn.init.zeros_(linear.bias)
    nn.init.constant_(linear.weight[1:, :1], value)
    save_weights(step.folder(context.steps) / head.WEIGHTS, linear)
    result = {"score": score, "seconds": 1.0, "epochs": 3, "converged": True, "history": []}
    step.finish(context.steps, result, head.WEIGHTS)
    return step


def hidden_views(context: Context, cut: str = CUT) -> list[Step]:
    values = {cut: told(context)[context.split.tested]}
    return [plant_features(context, values, view=view, pass_seconds=[1000.0]) for view in HIDDEN]


def run_of(context: Context, parents: Sequence[Step]) -> Step:
    spec = {**RUN, "recipe": "frozen", "knob": "L2 penalty"}
    step = Step("outcome", "outcome", spec, {}, tuple(parents))
    outcome.KIND.perform(step, context, quiet)
    return step


def test_seconds_count_a_shared_pass_once_and_the_search_that_led_there(context: Context) -> None:
    values = dict.fromkeys("abc", told(context))
    frozen = plant_features(context, values, pass_seconds=[10.0])
    search = Step("depth", "depth", {"cuts": list("abc")}, {}, (frozen,))
    search.finish(context.steps, {"seconds": 5.0})
    views = hidden_views(context, "c")
    trials = [plant_trial(context, frozen, value, score=value, cut="c") for value in (0.1, 0.2)]
    plain = run_of(context, [*trials, *views]).result(context.steps)
    searched = run_of(context, [*trials, search, *views]).result(context.steps)
    assert plain["train_seconds"] == 10 + 1
    # Both trials; what the model was shown afterwards is no part of finding it.
    assert plain["tuning_seconds"] == 10 + 1 + 1
    assert searched["train_seconds"] == 10 + 1
    assert searched["tuning_seconds"] == 10 + 5 + 1 + 1


def test_two_passes_are_two_and_one_that_gave_other_cuts_is_none(context: Context) -> None:
    frozen = plant_features(
        context,
        dict.fromkeys("abc", told(context)),
        passes={"a": 0, "b": 1, "c": 2},
        pass_seconds=[10.0, 20.0, 400.0],
    )
    scores = {"a": 0.6, "b": 0.5}
    trials = [plant_trial(context, frozen, 0.1, scores[cut], cut=cut) for cut in scores]
    result = run_of(context, [*trials, *hidden_views(context, "a")]).result(context.steps)
    assert result["tuning_seconds"] == 10 + 20 + 2
    assert result["train_seconds"] == 10 + 1


@pytest.mark.parametrize(
    ("best", "at_edge"),
    [
        (("feature_extraction", 1.0), True),
        (("feature_extraction", 2.0), False),
        (("feature_extraction", 3.0), True),
        # A value that another strategy takes over is judged by all that were tried.
        (("l2_sp", 2.0), False),
        (("l2_sp", 3.0), True),
    ],
)
def test_the_edge_is_that_of_all_values_tried(
    context: Context, best: tuple[str, float], at_edge: bool
) -> None:
    frozen = plant_features(context, told(context))
    tried = {"feature_extraction": (1.0, 2.0, 3.0), "l2_sp": (2.0, 3.0)}
    trials = [
        plant_trial(context, frozen, value, 0.5 + 0.4 * ((name, value) == best), name)
        for name, values in tried.items()
        for value in values
    ]
    result = run_of(context, [*trials, *hidden_views(context)]).result(context.steps)
    assert (result["strategy"], result["rate"]) == best
    assert result["rate_at_edge"] is at_edge


@pytest.mark.parametrize("values", [(1.0,), (1.0, 2.0)])
def test_one_or_two_values_have_no_edge(context: Context, values: tuple[float, ...]) -> None:
    """Either of two would lie there."""
    frozen = plant_features(context, told(context))
    trials = [
        plant_trial(context, frozen, value, 0.5, name)
        for name in ("l2_sp", "fine_tuning")
        for value in values
    ]
    result = run_of(context, [*trials, *hidden_views(context)]).result(context.steps)
    assert result["rate_at_edge"] is False


def test_the_chosen_head_meets_every_part_in_its_view(context: Context) -> None:
    values = told(context)
    frozen = plant_features(context, values)
    trials = [plant_trial(context, frozen, value, score=value) for value in (0.1, 0.9)]
    tested = context.split.tested
    views = [
        plant_features(context, values[tested] + 10 * i, view=view)
        for i, view in enumerate(HIDDEN, start=1)
    ]
    done = run_of(context, [*trials, *views])
    table = read_predictions(done.folder(context.steps) / PREDICTIONS)
    names = [context.manifest.name(row) for row in range(len(context.bank))]
    parts = context.split.parts(0, 1, 1.0)
    shown = {"validation": 0, "test": 0} | {view: 10 * i for i, view in enumerate(HIDDEN, start=1)}
    assert list(table["part"].unique()) == list(shown)
    for part, added in shown.items():
        rows = parts.validation if part == "validation" else parts.test
        mine = table[table["part"] == part].set_index("image")
        assert list(mine.index) == [names[row] for row in rows]
        found = mine[f"{LOGIT}b"] - mine[f"{LOGIT}a"]
        # Of the head's weights only one differs between the classes: .9 against 1.
        np.testing.assert_allclose(found, -0.1 * (values[rows, 0] + added), atol=1e-4)
