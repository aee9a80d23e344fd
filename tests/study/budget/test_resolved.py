"""What was chosen is found again only while it fits what the file asks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.study.budget.resolved import as_begun, asked_of, found
from pleura.study.run import Study
from pleura.study.study_files import dump_study, make_study
from tests.study.budget.conftest import Machine
from tests.study.budget.test_resolve import asking, keys, prepare, stop_at_work

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.mark.parametrize(
    "changed",
    [{"sizes": [96]}, {"augmentation": {"rand_augment": {"changes": 1}}}, {"augmentation": None}],
)
def test_values_that_no_longer_fit_the_file_are_chosen_anew(
    manifest: Path,
    tmp_path: Path,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
) -> None:
    stop_at_work(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(asking(manifest, "cheap")).run(tmp_path)
    study, said = asking(manifest, "cheap", training=changed), list[str]()
    chosen = prepare(study, tmp_path, said)
    assert any("chosen anew" in line for line in said)
    assert keys(chosen) == keys(prepare(study, tmp_path / "new"))
    make_study(yaml.safe_load(dump_study(chosen.study)), where="chosen", relative_to=tmp_path)


def test_values_kept_by_another_version_that_no_file_could_say_are_not_taken(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    asked = Study.from_objects(asking(manifest, "cheap", training={"sizes": [96]})).file
    budget, (digest, whole) = prepare(asking(manifest, "cheap"), tmp_path).budget, asked_of(asked)
    assert budget is not None
    replace(budget, asked=digest, study=whole).keep(tmp_path / "budget.json")  # of 96 pixels
    assert found(asked, tmp_path, tmp_path / "none", lambda _: "")[0] is None
    assert as_begun(asked, tmp_path) is asked
