"""How long steps take at most: images, epochs and what was measured, counted by hand."""

from dataclasses import dataclass, field
from typing import Any, cast

from pleura.study.context import Context
from pleura.study.prepared import NetworkTiming, Prepared
from pleura.study.step import Step
from pleura.study.steps.listed import kind_of
from pleura.study.views import HIDDEN, WHOLE
from pleura.train.settings import FitSettings
from tests.study.trained import RUN

SETTINGS = FitSettings(epochs=3, min_steps=1, batch_size=4).model_dump(mode="json")
TRAIN, VALIDATION, TEST = 24, 8, 16  # images: 16 patients of two train and validate, 8 test


@dataclass
class Stub:
    """What costs are told from, of a study that is prepared."""

    context: Context
    measured: dict[tuple[str, bool], NetworkTiming] = field(
        default_factory=lambda: {
            ("net", True): NetworkTiming("fp32", training_ms=10.0, prediction_ms=2.0),
            ("net", False): NetworkTiming("fp32", training_ms=0.0, prediction_ms=1.0),
        }
    )


def milliseconds(context: Context, kind: str, spec: dict[str, Any], *parents: Step) -> float:
    step = Step(kind, kind, spec, {}, parents)
    return kind_of(step).milliseconds(step, cast(Prepared, Stub(context)))


def test_a_training_takes_all_its_epochs(context: Context) -> None:
    parts = context.split.parts(0, 1, 1.0)
    assert [len(rows) for rows in (parts.train, parts.validation, parts.test)] == [
        TRAIN,
        VALIDATION,
        TEST,
    ]
    fit = {**RUN, "backbone": "net", "settings": SETTINGS, "value": 0.1}
    assert milliseconds(context, "fit", fit) == 3 * (TRAIN * 10 + VALIDATION * 2)


def test_evaluation_shows_the_network_every_view_of_the_test_images(context: Context) -> None:
    fit = Step("fit", "fit", {**RUN, "backbone": "net", "value": 0.1}, {})
    views = 1 + len(HIDDEN)
    assert milliseconds(context, "outcome", dict(RUN), fit) == 2 * (VALIDATION + views * TEST)


def test_one_pass_gives_the_features_of_all_cuts(context: Context) -> None:
    images = {view: len(context.bank) if view == WHOLE else TEST for view in (WHOLE, HIDDEN[0])}
    for view, number in images.items():
        assert milliseconds(context, "features", {"backbone": "net", "view": view}) == number


def test_heads_and_baselines_take_no_network(context: Context) -> None:
    for kind in ("head", "pixels"):
        spec = {**RUN, "backbone": "net", "value": 0.1}
        assert milliseconds(context, kind, spec) == 0
        assert milliseconds(context, "outcome", dict(RUN), Step(kind, kind, spec, {})) == 0
