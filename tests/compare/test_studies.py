"""Which folders are compared, and which are refused in one message."""

import re
from pathlib import Path

import pytest
import yaml

from pleura.compare.studies import read_pair
from pleura.errors import InputError
from tests.compare.made import patients, predictions, write_study


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_study(tmp_path / "runs" / "one", predictions(patients(0, 8)))


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_study(tmp_path / "runs" / "two", predictions(patients(0, 8)))


def test_two_finished_studies_are_read(one: Path, two: Path) -> None:
    pair = read_pair(one, two)
    assert [study.name for study in pair] == ["one", "two"]
    assert {study.task for study in pair} == {"classification"}


def test_folders_that_are_called_alike_are_told_apart(one: Path, tmp_path: Path) -> None:
    other = write_study(tmp_path / "later" / "one", predictions(patients(0, 8)))
    assert [study.name for study in read_pair(one, other)] == ["runs/one", "later/one"]


@pytest.mark.parametrize("missing", ["predictions.csv", "study.yaml", "runs.csv", "split.json"])
def test_an_unfinished_study_is_refused(one: Path, two: Path, missing: str) -> None:
    (two / missing).unlink()
    (two / "steps").mkdir()
    with pytest.raises(InputError, match=rf"two: not a finished study: {missing} is missing; `ple"):
        read_pair(one, two)


def test_a_folder_that_is_no_study_is_refused(one: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing: there is no such folder"):
        read_pair(one, tmp_path / "nothing")
    best = one / "best"
    best.mkdir()
    with pytest.raises(InputError, match=rf"best: no study's folder.*did you mean {one}\?"):
        read_pair(best, one)


def test_the_same_folder_twice_is_refused(one: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(one)
    for again in (one, tmp_path / "link", one.parent / "one" / ".." / "one"):
        with pytest.raises(InputError, match="the same folder"):
            read_pair(one, again)


def test_two_tasks_are_refused(one: Path, two: Path) -> None:
    study = yaml.safe_load((two / "study.yaml").read_text())
    (two / "study.yaml").write_text(yaml.safe_dump(study | {"task": "grades"}))
    with pytest.raises(InputError, match=r"one is a study of classification, .*two one of grades"):
        read_pair(one, two)


def test_a_cut_off_table_is_refused_with_its_line(one: Path, two: Path) -> None:
    path = two / "predictions.csv"
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    with pytest.raises(InputError, match=re.escape(str(path)) + ".* line .*cut off"):
        read_pair(one, two)
