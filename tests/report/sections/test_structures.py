"""What a reader must know first."""

from dataclasses import replace

import numpy as np
import pytest

from pleura.report.section import Caution
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged
from tests.report.conftest import cautions_of, study_of


def told_of(cases: CasesFolder, judged: Judged) -> list[Caution]:
    """The cautions of a study without a model that is handed over."""
    return cautions_of(study_of(cases, judged, model=False))


def test_few_patients_and_seeds_come_first(cases: CasesFolder, judged: Judged) -> None:
    found = told_of(cases, judged)
    serious = [caution.text for caution in found if caution.serious]
    assert [caution.serious for caution in found] == sorted(
        (caution.serious for caution in found), reverse=True
    )
    assert serious[0].startswith("Only 24 test patients (fewer than 100): a few of them")
    assert serious[1].startswith("Two seeds at 25")


def test_rare_structures_are_told(cases: CasesFolder, judged: Judged) -> None:
    assert not any("rare on test" in caution.text for caution in told_of(cases, judged))
    changed = cases.cases.copy()
    gone = (changed["structure"] == "B-line") & ~changed["patient"].isin(["p00", "p01", "p02"])
    changed.loc[gone, "reference_area"] = 0
    gone = changed["structure"] == "A-line"
    changed.loc[gone, "reference_area"] = np.where(changed.loc[gone, "patient"] == "p05", 0.1, 0)
    found = told_of(replace(cases, cases=changed), judged)
    (told,) = [caution for caution in found if "rare on test" in caution.text]
    assert "“A-line” in 1 patient and “B-line” in 3 patients." in told.text


def test_units_of_distances(cases: CasesFolder, judged: Judged) -> None:
    def told(contents: CasesFolder) -> list[str]:
        return [c.text for c in told_of(contents, judged) if c.text.startswith("Distances")]

    assert told(cases) == []
    (pixels,) = told(replace(cases, unit="px"))
    assert "since no spacing is known" in pixels
    (some,) = told(replace(cases, unscaled=1))
    assert "leave 1 test image without" in some


def sided(cases: CasesFolder, name: str, flip: float) -> CasesFolder:
    """The study with another name for the pleura, trained on images so often mirrored."""
    named = cases.cases.replace({"structure": {"pleura": name}})
    training = {"augmentation": {"flip": flip}}
    return replace(cases, cases=named, study={**cases.study, "training": training})


@pytest.mark.parametrize("name", ["left lung", "Right_Lung", "lung-left"])
def test_sides_are_swapped_by_a_mirror(cases: CasesFolder, judged: Judged, name: str) -> None:
    (told,) = [c for c in told_of(sided(cases, name, 0.5), judged) if "mirror" in c.text]
    assert told.serious
    assert f"although “{name}” is named by side" in told.text
    # Only those that were augmented.
    assert told.text.startswith("“X-Unet” and “X-Unet, sparse” trained")


def test_nothing_is_swapped_without_sides_mirrors_or_augmentation(
    cases: CasesFolder, judged: Judged
) -> None:
    plain = replace(cases, runs=cases.runs.assign(augmented="false"))
    for contents in (
        sided(cases, "left lung", 0.0),
        sided(cases, "cleft", 0.5),
        sided(plain, "left lung", 0.5),
    ):
        assert not any("mirror" in caution.text for caution in told_of(contents, judged))


def test_what_is_hardly_found_is_told(cases: CasesFolder, judged: Judged) -> None:
    changed = cases.cases.copy()
    recipe = changed["recipe"].iloc[0]
    changed.loc[(changed["recipe"] == recipe) & (changed["structure"] == "A-line"), "dice"] = 0.0
    found = [c for c in told_of(replace(cases, cases=changed), judged) if "hardly finds" in c.text]
    assert any(f"“{recipe}” hardly finds “A-line” (Dice .000)" in c.text for c in found)
    assert all(caution.serious for caution in found)


def test_a_quick_try_says_that_it_is_one(cases: CasesFolder, judged: Judged) -> None:
    study = {**cases.study, "data": {"patients": 20}}
    told = [c.text for c in told_of(replace(cases, study=study), judged) if c.serious]
    assert any("No more than 20 patients of each label" in t for t in told)


def test_simulated_images_are_called_so_before_the_verdict(
    cases: CasesFolder, judged: Judged
) -> None:
    study = {**cases.study, "data": {"simulated": {"kind": "lung-ultrasound", "patients": 8}}}
    told = [c.text for c in told_of(replace(cases, study=study), judged) if c.serious]
    assert any("simulated (lung-ultrasound): they never stand in for patients" in t for t in told)
    for real in (cases.study, {**cases.study, "data": {"manifest": "a.csv", "simulated": None}}):
        told = [c.text for c in told_of(replace(cases, study=real), judged)]
        assert not any("simulated (" in text for text in told)
