"""Studies that crop images by what does not fit: a masker without lungs, or one that has learned
from their images; settings that contradict each other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleura.data.lung_crop import LungRegions, Region
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError
from pleura.external.home import TEST, TRAIN, Home
from pleura.study import masker_patients
from pleura.study.context import quiet
from pleura.study.masker_patients import note_of_masker
from pleura.study.section_reader import Images, Reader, Wanted
from pleura.study.study_base import StudyBase
from pleura.study.study_files import make_study
from tests.study.chests import content, write_chests

MASKER = {"masker": "lung/best", "crop": 0.05}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, StudyBase, Images]:
    folder = tmp_path_factory.mktemp("without")
    table = write_chests(folder / "chests")
    study = make_study(content(table, MASKER), where="here", relative_to=folder)
    reader = Reader(folder / "run", quiet, quiet)
    return reader, study, reader.images(study.data, Wanted.by(study))


def test_a_masker_that_finds_no_lungs_at_all_is_refused(
    read: tuple[Reader, StudyBase, Images], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, study, whole = read
    assert study.lungs is not None and study.lungs.cropping is not None
    centre = Region((0.15, 0.15, 0.85, 0.85), np.zeros((32, 32), np.bool_), found=False)
    of = [centre] * len(whole[1])
    regions = LungRegions(study.lungs.cropping, of, np.zeros(len(of), np.bool_), "lung/best")
    monkeypatch.setattr("pleura.deploy.lung_crops.find_regions", lambda *_: regions)
    with pytest.raises(InputError, match=r"data\.lungs\.crop: the lung masker lung/best finds .*"):
        reader.cropped(study, whole)


def test_a_masker_that_has_learned_from_what_tests_is_noted(
    read: tuple[Reader, StudyBase, Images], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, (manifest, bank) = read
    split = make_split(manifest, Rule(test=0.34, validation=0.3, seeds=[0], fractions=[1.0]))
    at = tmp_path / "lung" / "best", "lung/best", manifest, bank, split
    note = note_of_masker(*at)
    assert note is not None and note.startswith("whether the lung masker lung/best has learned")
    tested = sorted(set(manifest.groups[split.tested]))

    def known(part: str, patients: list[str]) -> str | None:
        home = Home(tmp_path, {}, dict.fromkeys(patients, part))
        monkeypatch.setattr(masker_patients, "home_of", lambda *_: home)
        return note_of_masker(*at)

    trained = known(TRAIN, tested[:3])
    assert trained is not None
    assert f"has learned from 6 images of {len(split.tested)} that test here" in trained
    assert known(TEST, tested) is None
    assert known(TRAIN, sorted(set(manifest.groups) - set(tested))) is None
    twins = np.full(len(bank), TRAIN, dtype=object)
    home = Home(tmp_path, {}, {}, ((bank, twins),))  # other names, the same images
    monkeypatch.setattr(masker_patients, "home_of", lambda *_: home)
    assert f"learned from {len(split.tested)} images of" in str(note_of_masker(*at))


@pytest.mark.parametrize(
    ("lungs", "told"),
    [
        ({"study": "lung.yaml", "alone": True}, "alone: goes with crop"),
        ({"crop": 0.05}, "crop: needs masker or study"),
        ({"study": "lung.yaml", "crop": 5}, r"data\.lungs\.crop: takes a number .* at most 0.5"),
    ],
)
def test_what_does_not_fit_is_told(lungs: dict[str, Any], told: str, tmp_path: Path) -> None:
    study = content(tmp_path / "chests" / "images.csv", lungs)
    with pytest.raises(InputError, match=told):
        make_study(study, where="here", relative_to=tmp_path)


def test_lungs_alone_have_no_background_to_swap(tmp_path: Path) -> None:
    lungs = {"study": "lung.yaml", "crop": 0.05, "alone": True}
    study = content(tmp_path / "chests" / "images.csv", lungs)
    study["recipes"]["frozen"] |= {"strategy": "fine_tuning", "swap": "background"}
    with pytest.raises(InputError, match=r"of lungs alone .* there is no background to swap"):
        make_study(study, where="here", relative_to=tmp_path)
