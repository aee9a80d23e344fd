"""What a budget chose can be had as a study file that another machine repeats."""

from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.study.budget.saved import refuse_existing, save_resolved
from pleura.study.run import Study
from pleura.study.study_files import read_study
from tests.conftest import MakeImages
from tests.study.budget.conftest import Machine
from tests.study.budget.test_resolve import asking, keys


def test_the_saved_file_is_the_same_study_on_a_machine_of_another_speed(
    make_images: MakeImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch)
    asked = Study.from_objects(asking(make_images(patients=36, size=70), "cheap"))
    prepared = asked.prepare(tmp_path / "here")
    save_resolved(asked.file, prepared, tmp_path / "saved.yaml")
    text = (tmp_path / "saved.yaml").read_text(encoding="utf-8")
    assert text.startswith("# budget of cheap: 64 px, 3 trials a recipe")
    machine.cost = 100.0
    there = Study(read_study(tmp_path / "saved.yaml"))
    assert there.file.budget is None
    assert keys(there.prepare(tmp_path / "there")) == keys(prepared)


def test_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine")
    with pytest.raises(InputError, match="is there already; give --save another name"):
        refuse_existing(tmp_path / "a.yaml")
    with pytest.raises(InputError, match=r"end in \.yaml"):
        refuse_existing(tmp_path / "a.txt")
