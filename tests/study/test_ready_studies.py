"""The files in `studies/` are ready: none needs what another command must make first."""

from collections import Counter
from pathlib import Path

import pytest

from pleura.data.sources.listed import SOURCES
from pleura.models import weight_files
from pleura.simulate.xray.findings.drawn import FINDINGS
from pleura.study.schema import StudyFile
from pleura.study.sections import STARTS, Data
from pleura.study.study_base import StudyBase
from pleura.study.study_files import read_study
from pleura.tasks.findings.study import FindingsData

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "studies").glob("*.yaml"))


def data_of(study: StudyBase) -> list[Data]:
    own: list[Data] = [study.data]
    for step in study.segmentations.values():
        own.append(step.data)
    for pretraining in study.pretrainings.values():
        own += pretraining.data
    return own


def manifests_of(study: StudyBase) -> list[Path]:
    return [data.manifest for data in data_of(study) if data.manifest is not None]


def needs(study: StudyBase) -> list[Path]:
    """The files that a study reads, but tables, and those of a study that it runs first."""
    starts = [step.weights for step in study.segmentations.values()]
    starts += [recipe.weights for recipe in study.recipes.values()]
    known = (*STARTS, *study.steps)
    lungs = study.data.lungs if isinstance(study, StudyFile) else None
    masker = [lungs.masker] if lungs and lungs.masker else []
    return [*masker, *(Path(start) for start in starts if start not in known)]


def test_there_are_some() -> None:
    names = {path.stem for path in FILES}
    assert {"demo", "reverse_transfer", "curricular_covid", "truncation_findings"} <= names


def test_the_truncation_of_findings_is_the_protocol_of_its_authors() -> None:
    """Five findings of the simulated set, 5, 10 and 100 %, networks whole and cut, the small CBRs;
    a quick variant that needs no weights."""
    path = ROOT / "studies" / "truncation_findings.yaml"
    study = read_study(path)
    assert study.fractions == [0.05, 0.1, 1.0]
    assert isinstance(study.data, FindingsData)
    assert study.data.label_columns == tuple(FINDINGS)
    assert study.data.findings.uncertain == {"Atelectasis": "one", "Edema": "one", "others": "zero"}
    counts = Counter(recipe.backbone_name for recipe in study.recipes.values())
    assert counts.pop("densenet121") == 8  # whole and T1 to T3, from ImageNet and from scratch
    assert counts.pop("resnet50") == 5
    assert set(counts) == {"cbr_larget", "cbr_largew", "cbr_small", "cbr_tiny"}
    quick = read_study(path, quick=True)
    assert quick.recipes[quick.reference].weights == "random"
    starts = [each for each in quick.recipes.values() if each.weights == "imagenet"]
    assert {each.missing_weights for each in starts} == {"random"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_ready_study_needs_no_file_that_another_command_makes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its images are simulated, or `pleura data get` gets them, of a source that there is."""
    monkeypatch.setenv("PLEURA_DATA", str(tmp_path))
    monkeypatch.setenv("PLEURA_WEIGHTS", str(tmp_path / "weights"))
    variants = [read_study(path)]
    if "\nquick:" in path.read_text(encoding="utf-8"):
        variants.append(read_study(path, quick=True))
    for study in variants:
        # Of these the message says what they are, where one is missing.
        listed = {tmp_path / "weights" / name for name in weight_files.FILES}
        assert {*needs(study)} <= listed
        for table in manifests_of(study):
            name = table.parent.name
            assert table == tmp_path / name / "images.csv"
            assert name in SOURCES
        lungs = study.data.lungs if isinstance(study, StudyFile) else None
        if lungs and lungs.study:
            assert lungs.study.parent == path.parent
            assert lungs.quick == (study is not variants[0])
