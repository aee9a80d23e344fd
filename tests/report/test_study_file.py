"""The study file on the page says what applies, and reads as the same study."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.report.study_file import study_text
from pleura.study.study_files import dump_study, make_study

NET: dict[str, Any] = {"backbone": "squeezenet1_0", "weights": "random"}
CLASSIFIED: dict[str, Any] = {
    "question": "Which?",
    "data": {"manifest": "images.csv", "size": 32},
    "split": {"test": 0.2},
    "reference": "full",
    "recipes": {
        "full": NET,
        "deep": {**NET, "strategy": {"truncation": {"at": "fire3"}}},
        "reverse": {"network": "x_unet", "weights": "random", "heads": ["logits"]},
    },
    "training": {"augmentation": None},
}


SIMULATED = {"simulated": {"kind": "chest-xray"}, "size": 32}
CHANGES = [{}, {"fractions": [0.5, 1.0], "split": {"folds": 3}}, {"data": SIMULATED}]


@pytest.mark.parametrize("changed", CHANGES)
def test_it_is_the_same_study_without_what_does_not_apply(changed: dict[str, Any]) -> None:
    study = make_study(CLASSIFIED | changed, where="here", relative_to=Path("/base"))
    text = study_text(yaml.safe_load(dump_study(study)))
    shown = yaml.safe_load(text)
    assert make_study(shown, where="here", relative_to=Path("/base")) == study
    assert not {"network", "heads", "freeze"} & set(shown["recipes"]["full"])
    assert not {"backbone", "strategy", "curriculum"} & set(shown["recipes"]["reverse"])
    assert shown["training"]["augmentation"] is None  # that is none, not the default
    assert "missing_weights" not in text  # of random ones
    assert ("manifest" in shown["data"]) == ("simulated" not in shown["data"])
    assert text.count("null") == 1  # the augmentation
    assert "{}" not in text
    assert "[]" not in text
