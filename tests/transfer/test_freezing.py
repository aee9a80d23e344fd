"""Freezing holds the first stages, the finer cuts in them too."""

from typing import Any, ClassVar

import pytest

from pleura.errors import InputError
from pleura.models.classifier import CLASSIFIER, Classifier

from .contract import StrategyContract, build, tensors_of


class TestFreezing(StrategyContract):
    strategy: ClassVar[Any] = {"freezing": {"stages": 2}}

    def may_change(self, model: Classifier) -> list[set[str]]:
        names = [cut.name for cut in model.backbone.cuts]
        second = [cut.name for cut in model.backbone.cuts if cut.stage][1]
        return [tensors_of(model, {*names[names.index(second) + 1 :], CLASSIFIER})]


def test_finer_cuts_freeze_with_their_stage() -> None:
    built = build({"freezing": {"stages": 3}}, "squeezenet1_0")
    (phase,) = built.strategy.phases(built.classifier)
    assert phase.trains == {"fire9", CLASSIFIER}


def test_one_stage_must_be_left() -> None:
    built = build({"freezing": {"stages": 4}}, "squeezenet1_0")
    with pytest.raises(InputError, match=r"at most 3 .*\n.*stem, fire4, fire8, fire9"):
        built.strategy.phases(built.classifier)
