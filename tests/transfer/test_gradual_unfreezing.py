"""Each phase trains one stage more, the last one first."""

import itertools
from typing import Any, ClassVar

import pytest

from pleura.errors import InputError
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.transfer.strategy import all_parts

from .contract import StrategyContract, build, tensors_of


class TestGradualUnfreezing(StrategyContract):
    strategy: ClassVar[Any] = {"gradual_unfreezing": {"stages": 2}}

    def may_change(self, model: Classifier) -> list[set[str]]:
        names = [cut.name for cut in model.backbone.cuts]
        ends = [i for i, cut in enumerate(model.backbone.cuts) if cut.stage]
        trained: tuple[list[str], ...] = ([], names[ends[-2] + 1 :], names[ends[-3] + 1 :])
        return [tensors_of(model, {CLASSIFIER, *cuts}) for cuts in trained]


def test_by_default_it_ends_with_everything() -> None:
    built = build("gradual_unfreezing", "squeezenet1_0")
    phases = built.strategy.phases(built.classifier)
    assert [phase.name for phase in phases] == [
        "head",
        "from fire9",
        "from fire8",
        "from fire4",
        "from stem",
    ]
    assert all(a.trains < b.trains for a, b in itertools.pairwise(phases))
    assert phases[-1].trains == all_parts(built.classifier)
    assert len({phase.share for phase in phases}) == 1


def test_there_cannot_be_more_stages_than_the_network_has() -> None:
    built = build({"gradual_unfreezing": {"stages": 5}}, "squeezenet1_0")
    with pytest.raises(InputError, match=r"at most 4 .*\n.*stem, fire4, fire8, fire9"):
        built.strategy.phases(built.classifier)
