"""The shares of classes where a model is to be used, as a study file gives them."""

from pathlib import Path
from typing import Any

import pytest

from pleura.errors import InputError
from pleura.study.study_base import StudyBase
from pleura.study.study_files import dump_study, make_study
from tests.study.studies import content

CLASSES = ("ill", "well")


def study(prevalence: Any, **changes: Any) -> StudyBase:
    made = content(Path("images.csv"))
    made["data"] |= changes.pop("data", {})
    given = {"prevalence": prevalence, **changes}
    return make_study({**made, **given}, where="here", relative_to=Path("/base"))


def test_shares_of_classes_by_name() -> None:
    assert study({"ill": 0.02}).prevalence_of(CLASSES) == {"ill": 0.02}
    assert study({"ill": 0.02, "well": 0.98}).prevalence_of(CLASSES) == {"ill": 0.02, "well": 0.98}
    assert study(None).prevalence_of(CLASSES) == {}


def test_a_number_is_that_of_every_finding() -> None:
    findings = {"findings": {"names": ["Edema", "Mass"]}}
    made = study(0.1, task="findings", data=findings)
    assert made.prevalence_of(["Edema", "Mass"]) == {"Edema": 0.1, "Mass": 0.1}
    several = study({"Edema": 0.7, "Mass": 0.6}, task="findings", data=findings)
    assert several.prevalence_of(["Edema", "Mass"]) == {"Edema": 0.7, "Mass": 0.6}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (0.02, "name the class that it is the share of"),
        ({"ill": 0.7, "well": 0.6}, "the shares of classes are more than 1 together"),
        ({"ill": 0.0}, "above 0"),
        ({"ill": 1.0}, "below 1"),
    ],
)
def test_what_is_no_share_is_refused(given: Any, told: str) -> None:
    with pytest.raises(InputError) as refused:
        study(given)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"il": 0.1}, "no class is called 'il'; did you mean 'ill'?"),
        ({"ill": 0.1, "well": 0.8}, "must be 1 together, not 0.9"),
    ],
)
def test_shares_that_fit_no_classes_are_refused(given: Any, told: str) -> None:
    with pytest.raises(InputError, match=told.replace("?", r"\?")):
        study(given).prevalence_of(CLASSES)


def test_a_study_without_one_is_saved_as_ever() -> None:
    assert "prevalence" not in dump_study(study(None))
    assert "prevalence" in dump_study(study({"ill": 0.5}))
