"""A budget is resolved once, on the speed of this machine, and is then a study file like any."""

from pathlib import Path
from typing import Any

import pytest
from torch import Tensor, nn

from pleura.errors import InputError
from pleura.study import speeds
from pleura.study.budget.rules import SHARE
from pleura.study.budget.sizes import sizes_taken
from pleura.study.budget.time import seconds_of_study
from pleura.study.estimate import describe
from pleura.study.missing_weights import replace_missing
from pleura.study.prepared import NetworkTiming, Prepared
from pleura.study.run import Study
from pleura.study.speeds import Subject
from pleura.study.study_files import dump_study
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


@pytest.mark.parametrize(
    ("tune", "own", "rates", "penalties"),
    [
        ({"rates": [1e-3]}, None, [1e-3], [1.0]),
        ({"rates": [1e-3, 1e-2]}, None, [1e-3, 1e-2], [0.32, 3.2]),
        ({"penalties": [1.0]}, None, [1.1e-3], [1.0]),
        ({}, [1e-4, 1e-3, 1e-2, 1e-1, 1.0], [1.1e-4, 3.5e-4, 1.1e-3, 3.5e-3, 1.1e-2], None),
    ],
)
def test_as_many_values_are_tried_as_the_file_gives_of_any_kind(
    manifest: Path,
    tmp_path: Path,
    machine: Machine,
    tune: dict[str, Any],
    own: list[float] | None,
    rates: list[float],
    penalties: list[float] | None,
) -> None:
    study = asking(manifest, "cheap", tune=tune)
    if own:
        study["recipes"]["full"]["rates"] = own
    prepared = prepare(study, tmp_path)
    chosen: Any = prepared.study.tune
    assert chosen.rates == rates
    assert chosen.penalties == (penalties or [0.01, 0.1, 1.0, 10.0, 100.0])
    assert prepared.budget and "as many as the file gives" in " ".join(prepared.budget.told())


def test_unequal_numbers_of_values_are_refused_with_a_budget_too(manifest: Path) -> None:
    study = asking(manifest, "cheap", tune={"rates": [1e-3], "penalties": [1.0, 2.0]})
    with pytest.raises(InputError, match="tune: rates and penalties need the same number"):
        Study.from_objects(study)
    study["tune"] = {"rates": [1e-3], "by_strategy": {"fine_tuning": [1e-3, 1e-2]}}
    with pytest.raises(InputError, match=r"by_strategy\.fine_tuning: .* number of trials, 1"):
        Study.from_objects(study)
    with pytest.raises(InputError, match="tune: rates and penalties need the same number"):
        Study.from_objects(asking(manifest, None, tune={"rates": [1e-3]}))


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


def test_precision_is_that_which_is_faster_at_the_size_that_is_chosen(
    manifest: Path, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small images do not show what bf16 brings larger ones."""

    def measure(subject: Subject, accelerator: str) -> NetworkTiming:
        faster = "bf16" if subject.size > 64 else "fp32"
        precision = faster if subject.precision == "auto" else subject.precision
        timing = machine.measure(subject, accelerator)
        half = 2 if precision == "bf16" else 1
        return NetworkTiming(precision, timing.training_ms / half, timing.prediction_ms / half)

    monkeypatch.setattr(speeds, "_measure", measure)
    monkeypatch.setattr("pleura.study.budget.resolve.computes_bf16", lambda accelerator: True)
    for budget in ("cheap", "60 days"):
        prepared = prepare(asking(manifest, budget), tmp_path / budget)
        assert prepared.study.training.precision == "bf16" and prepared.budget
        told = " ".join(prepared.budget.told())
        size = prepared.study.data.size
        assert f"bf16 faster here for all networks that train, at {size} pixels" in told
    small = asking(manifest, "cheap")
    small["data"]["size"] = 64
    assert prepare(small, tmp_path / "small").study.training.precision == "fp32"


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
