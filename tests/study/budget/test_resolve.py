"""A budget is resolved once, on the speed of this machine, and is then a study file like any."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from torch import Tensor, nn

from pleura.errors import InputError
from pleura.files import read_mapping
from pleura.study import speeds
from pleura.study.budget.resolved import as_begun
from pleura.study.budget.rules import SHARE
from pleura.study.budget.sizes import sizes_taken
from pleura.study.budget.time import seconds_of_study
from pleura.study.estimate import describe
from pleura.study.missing_weights import replace_missing
from pleura.study.prepared import NetworkTiming, Prepared
from pleura.study.run import Study
from pleura.study.speeds import Subject
from pleura.study.study_files import dump_study
from tests.conftest import MakeImages
from tests.study.budget.conftest import Machine
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")


def asking(manifest: Path, budget: str | None, **other: Any) -> dict[str, Any]:
    """A study that leaves all open that a budget chooses."""
    study = content(manifest)
    del study["training"], study["tune"], study["data"]["size"]
    return study | ({"budget": budget} if budget else {}) | other


def prepare(study: dict[str, Any], out: Path, said: list[str] | None = None) -> Prepared:
    say = said.append if said is not None else lambda line: None
    return Study.from_objects(study).prepare(out, announce=say)


def keys(prepared: Prepared) -> list[str]:
    return [step.key for step in prepared.plan.steps]


def test_what_was_resolved_given_by_hand_has_the_same_keys_and_bytes(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    asked = Study.from_objects(asking(manifest, "cheap"))
    budget = prepare(asking(manifest, "cheap"), tmp_path / "a")
    by_hand = asking(manifest, None)
    by_hand["data"]["size"] = 96
    by_hand["training"] = {"epochs": 8, "min_steps": 300, "batch_size": 16, "precision": "fp32"}
    by_hand["training"]["augmentation"] = {
        "rotation": 15.0, "shift": 0.075, "scale": 0.15, "brightness": 0.15, "contrast": 0.3
    }  # fmt: skip
    by_hand["tune"] = {"rates": [3.5e-4, 1.1e-3, 3.5e-3], "penalties": [0.1, 1.0, 10.0]}
    again = prepare(by_hand, tmp_path / "b")
    assert keys(budget) == keys(again)
    assert budget.budget and not again.budget
    saved = dump_study(budget.budget.applied(asked.file))
    assert saved == dump_study(Study.from_objects(by_hand).file)
    assert "budget" not in saved


def test_more_time_never_buys_less(manifest: Path, tmp_path: Path, machine: Machine) -> None:
    machine.cost = 0.5
    found = []
    for budget in ("20 min", "2 h", "60 days"):
        study = prepare(asking(manifest, budget), tmp_path).study
        assert study.budget is None
        epochs, steps = study.training.epochs, study.training.min_steps
        found.append((study.data.size, len(study.tune.rates), epochs, steps))
        assert study.seeds == [0, 1] and study.fractions == [0.5, 1.0]
    assert [list(column) for column in zip(*found, strict=True)] == [
        sorted(column) for column in zip(*found, strict=True)
    ]
    assert len(set(found)) == 3
    assert found[-1] == (128, 5, 32, 2400)  # images have 130 pixels


def test_what_fits_is_told_by_the_plan_and_the_next_would_not(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    prepared = prepare(asking(manifest, "1 h"), tmp_path)
    assert prepared.budget is not None
    needs = replace_missing(prepared.study, lambda line: None)[1]
    study, measured = prepared.study, prepared.measured
    seconds = seconds_of_study(study, needs, prepared.context, measured)
    assert seconds <= SHARE * 3600
    told = describe(Study.from_objects(asking(manifest, "1 h")).file, prepared)
    assert "budget of 1 h: " in told and "left out: " in told
    for key in ("data.size", "training.epochs", "tune.rates", "training.precision"):
        assert f"\n  {key}: " in told


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


def test_what_does_not_hold_the_seeds_is_refused_with_what_does(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    machine.cost = 20.0
    with pytest.raises(InputError, match="does not hold 2 recipes in each of 4 draws") as refused:
        prepare(asking(manifest, "5 min"), tmp_path / "a")
    text = str(refused.value)
    assert "2 seeds, 2 fractions" in text
    smallest = text.partition("that does is ")[2].partition(" on this machine")[0]
    prepare(asking(manifest, smallest), tmp_path / "b")
    number, unit = smallest.split()
    less = f"{float(number) * 0.97:.2f} {unit}"
    with pytest.raises(InputError, match="does not hold"):
        prepare(asking(manifest, less), tmp_path / "c")


def test_every_value_that_the_file_gives_stands(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    given = asking(manifest, "1 day", training={"epochs": 3, "augmentation": {"rotation": 2.0}})
    given["data"]["size"] = 48
    given["tune"] = {"rates": [1e-4, 1e-3], "penalties": [0.1, 1.0]}
    prepared = prepare(given, tmp_path)
    study = prepared.study
    assert (study.data.size, study.training.epochs) == (48, 3)
    assert study.tune.rates == [1e-4, 1e-3]
    varied: Any = getattr(study.training, "augmentation")  # noqa: B009
    assert (varied.rotation, varied.flip) == (2.0, 0.5)
    assert study.training.min_steps == 2400
    assert set(machine.sizes) == {48}
    assert prepared.budget
    assert "  training.epochs: 3 as the file says" in prepared.budget.told()


def test_images_decoded_to_look_at_them_are_not_left_there(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    prepared = prepare(asking(manifest, "cheap"), tmp_path)
    banks = [path for path in (tmp_path / "bank").iterdir() if path.is_dir()]
    assert banks == [prepared.context.bank.folder]


def test_a_size_that_this_machine_cannot_train_ends_the_climb(
    manifest: Path, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(subject: Subject, accelerator: str) -> NetworkTiming:
        if subject.size > 96:
            raise InputError("out of memory")
        return machine.measure(subject, accelerator)

    monkeypatch.setattr(speeds, "_measure", measure)
    prepared = prepare(asking(manifest, "60 days"), tmp_path)
    assert prepared.study.data.size == 96 and prepared.budget
    assert any("left out: 128 px" in line for line in prepared.budget.told())
    assert prepared.budget.told()[-1].endswith("out of memory")


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


def test_options_of_trainings_that_hang_on_a_value_are_chosen_around(
    manifest: Path, tmp_path: Path, machine: Machine
) -> None:
    """Images that grow end above the sizes that are given, RandAugment has no rotation beside it,
    and rates of a strategy are as many as all others."""
    study = asking(manifest, "cheap")
    study["training"] = {"sizes": [96], "augmentation": {"rand_augment": {"changes": 1}}}
    study["tune"] = {"by_strategy": {"fine_tuning": [1e-4, 1e-3, 1e-2]}}
    chosen = prepare(study, tmp_path).study
    assert chosen.data.size == 128
    assert len(chosen.tune.rates) == 3
    varied: Any = getattr(chosen.training, "augmentation")  # noqa: B009
    assert varied.rotation == 10.0


class Takes(nn.Module):
    """Stands for a network that takes images of these sizes alone."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.sizes = sizes

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-1] not in self.sizes:
            raise RuntimeError(f"takes {self.sizes} alone")
        return images


@pytest.mark.parametrize(
    ("first", "second", "sizes"),
    [
        ((64, 96, 128, 224), (32, 64, 128), (64, 128)),
        ((64, 224), (224, 320), (224,)),  # larger than the images: no other suits both
    ],
)
def test_sizes_are_those_that_all_networks_take(
    first: tuple[int, ...], second: tuple[int, ...], sizes: tuple[int, ...]
) -> None:
    def subject(name: str, takes: tuple[int, ...]) -> Subject:
        net: Any = Takes(*takes)
        return Subject(name, lambda: (net, net), True, 64, 8, "fp32")

    subjects = [subject("a", first), subject("b", second)]
    assert sizes_taken(subjects, 130) == sizes
    with pytest.raises(
        InputError, match=r"(?s)give data.size.*c, (64|224) px: takes \(50,\) alone"
    ):
        sizes_taken([*subjects, subject("c", (50,))], 130)
