"""What a budget chose is kept, and holds as long as what was asked and the data are the same."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from pleura.errors import InputError
from pleura.files import read_mapping
from pleura.study.budget.resolved import as_begun, asked_of, found
from pleura.study.context import quiet
from pleura.study.prepare import prepare as prepare_file
from pleura.study.run import Study
from pleura.study.study_files import dump_study, make_study
from tests.conftest import MakeImages
from tests.study.budget.conftest import Machine
from tests.study.budget.test_resolve import asking, keys, prepare

pytestmark = pytest.mark.usefixtures("small_forests")


def test_a_plan_and_the_run_after_it_choose_alike_on_a_machine_that_is_busier(
    manifest: Path, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = prepare(asking(manifest, "1 h"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]
    machine.cost = 40.0
    (tmp_path / "bank" / "measured.json").unlink()
    stop_at_work(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(asking(manifest, "1 h")).run(tmp_path)
    assert (tmp_path / "budget.json").is_file()
    (tmp_path / "bank" / "budget.json").unlink()
    again = prepare(asking(manifest, "1 h"), tmp_path)
    assert keys(again) == keys(planned)


def stop_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pleura.study.work.Here.work", stop)


def test_a_study_that_has_begun_keeps_its_values_whatever_recipes_come_to_it(
    manifest: Path, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at_work(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(asking(manifest, "1 h")).run(tmp_path)
    begun = read_mapping(tmp_path / "budget.json")
    more, said = asking(manifest, "1 h"), list[str]()
    more["seeds"] = [0, 1, 2, 3, 4, 5, 6, 7]
    assert prepare(more, tmp_path, said).budget is not None
    assert any("its values stay" in line for line in said)
    assert read_mapping(tmp_path / "budget.json") == begun
    said.clear()
    prepare(asking(manifest, "2 h"), tmp_path, said)
    assert any("chosen anew" in line for line in said)


def test_other_data_in_a_table_of_the_same_name_choose_anew(
    make_images: MakeImages, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a study has begun, and where it was only planned."""
    table, said = make_images(patients=36, size=130), list[str]()
    study, whole = asking(table, "standard"), table.read_text()
    few = "".join(whole.splitlines(keepends=True)[:-2])

    def kept(folder: Path) -> Any:
        return read_mapping(folder / "budget.json")["data"]

    prepare(study, tmp_path, said)
    planned = kept(tmp_path / "bank")
    prepare(study, tmp_path, said)
    assert kept(tmp_path / "bank") == planned and not any("anew" in line for line in said)
    table.write_text(few)
    prepare(study, tmp_path, said)
    assert kept(tmp_path / "bank") != planned
    assert "note: the data have changed since the last plan" in " ".join(said)

    stop_at_work(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(study).run(tmp_path)
    begun = kept(tmp_path)
    (tmp_path / "split.json").unlink()  # which is not drawn anew by itself
    for image in table.parent.glob("*.png"):
        Image.open(image).resize((100, 100)).save(image)
    said.clear()
    assert prepare(study, tmp_path, said).study.data.size == 96
    assert any("values are chosen anew" in line for line in said)
    assert kept(tmp_path) == begun != kept(tmp_path / "bank")

    file, record = tmp_path / "budget.json", read_mapping(tmp_path / "bank" / "budget.json")
    for unknown in ({**record, "data": ""}, {k: record[k] for k in record if k != "data"}):
        file.write_text(json.dumps(unknown))
        said.clear()
        prepare(study, tmp_path, said)
        assert not any("anew" in line for line in said)


def test_a_kept_budget_that_cannot_be_read_is_refused_and_one_that_says_more_is_taken(
    manifest: Path, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at_work(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(asking(manifest, "1 h")).run(tmp_path)
    file = tmp_path / "budget.json"
    begun = read_mapping(file)
    values = [{**value, "later": 1} for value in begun["values"]]
    file.write_text(json.dumps({**begun, "values": values, "later": 1}))
    machine.cost = 20.0  # chosen anew it would be another
    said = list[str]()
    assert prepare(asking(manifest, "1 h"), tmp_path, said).study.data.size == 128
    assert not any("anew" in line for line in said)
    asked = Study.from_objects(asking(manifest, "1 h")).file
    whole = json.dumps(begun)
    for damaged in (whole[:-40], "", "[]", json.dumps({**begun, "values": None})):
        file.write_text(damaged)
        for look in (
            lambda: prepare(asking(manifest, "1 h"), tmp_path),
            lambda: as_begun(asked, tmp_path),
        ):
            with pytest.raises(InputError, match=r"budget\.json: .* put the file back, or delete"):
                look()


def test_a_finished_study_is_saved_with_its_values_and_goes_on_from_that_file(
    manifest: Path, tmp_path: Path, machine: Machine, no_page: None
) -> None:
    study = asking(manifest, "cheap", seeds=[0], fractions=[1.0])
    del study["recipes"]["frozen"]
    study["training"] = {"epochs": 1, "min_steps": 1}
    study["tune"] = {"rates": [1e-3], "penalties": [1.0]}
    study["data"]["size"] = 32
    Study.from_objects(study).run(tmp_path)
    saved = Study.from_file(tmp_path / "study.yaml")
    assert saved.file.budget is None
    assert saved.file.training.batch_size == 16  # chosen, as few images train
    again = saved.prepare(tmp_path)
    assert not again.plan.missing(again.context.steps)


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


def test_lungs_whose_masker_is_not_there_yet_count_as_asked_for(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    study = asking(manifest, "cheap", training={"swap": "background"})
    study["data"]["lungs"] = "given"
    file = Study.from_objects(study).file
    waiting = file.model_copy(update={"data": file.data.model_copy(update={"lungs": None})})
    with pytest.raises(InputError, match="where the lungs are is not known"):
        prepare_file(waiting, tmp_path, quiet, quiet, keep=False)
    for _ in ("chosen", "found again"):
        planned = prepare_file(waiting, tmp_path, quiet, quiet, keep=False, lungs=file.lungs)
        assert planned.budget is not None
