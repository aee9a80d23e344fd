"""What fits into an hour, by times that are worked out by hand."""

import pytest

from pleura.data.manifest import Manifest
from pleura.data.split import Split, make_split
from pleura.errors import InputError
from pleura.study.new.design import MINUTES, Design, fit_design, minutes_of
from pleura.study.prepared import NetworkTiming
from tests.data.splits import manifest_of, usual

FRACTIONS = [0.5, 1.0]
SEEDS = [0, 1, 2]


def many(patients: int) -> Manifest:
    return manifest_of([f"p{n}" for n in range(patients)], ["ab"[n % 2] for n in range(patients)])


def split_of(manifest: Manifest) -> Split:
    return make_split(manifest, usual(seeds=SEEDS, fractions=FRACTIONS))


def fitted(manifest: Manifest, training_ms: float, side: int = 224) -> Design:
    timing = NetworkTiming("fp32", training_ms, training_ms / 4)
    split = split_of(manifest)
    return fit_design(manifest, split, FRACTIONS, side, timing, 2, split_of)


def test_minutes_are_those_of_all_trainings_and_baselines() -> None:
    manifest = many(1000)
    split = split_of(manifest)
    parts = split.parts(0, 1, 1.0)
    train, validation, test = (len(each) for each in (parts.train, parts.validation, parts.test))
    assert (train, validation, test) == (600, 150, 250)
    # 300 steps need 16 epochs of 19 batches; three rates; twice the side, four times the pixels.
    fit = 4 * 3 * 16 * (600 * 10 + 150 * 2)
    tested, features = 4 * 3 * 250 * 2, 4 * 3 * 1000 * 2
    forests = 3 * 4000 * (600 / 500) ** 1.2 / 2
    design = Design(192, ("frozen", "fine-tuning"), {1.0: [1]})
    minutes = minutes_of(design, split, 1000, NetworkTiming("fp32", 10, 2), 2)
    assert minutes == pytest.approx((fit + tested + features + forests) / 60_000)


def test_a_fast_machine_compares_all_at_the_size_of_the_images() -> None:
    design = fitted(many(100), 0.01)
    assert (design.size, design.patients) == (224, None)
    assert design.seeds == {0.5: SEEDS, 1.0: SEEDS}
    assert list(design.recipes) == ["scratch", "frozen", "fine-tuning", "truncated"]
    assert fitted(many(100), 0.01, side=130).size == 128
    assert fitted(many(100), 0.01, side=28).size == 96


def test_a_slower_machine_compares_less_within_the_hour() -> None:
    sizes = []
    for training_ms in (0.01, 1, 5, 20, 60):
        design = fitted(many(100), training_ms)
        assert design.minutes <= MINUTES
        assert "fine-tuning" in design.recipes  # which all are compared with
        sizes.append((design.size, sum(map(len, design.seeds.values())), design.rates))
    assert sizes == sorted(sizes, reverse=True)


def test_patients_are_left_out_last_and_never_too_many() -> None:
    manifest = many(2000)
    design = fitted(manifest, 400)
    assert design.patients is not None
    assert design.patients < 1000
    assert design.minutes <= MINUTES
    assert fitted(manifest, 6000).patients == 50  # more than an hour, and it is said


def test_patients_are_kept_whom_no_smaller_split_can_do_without() -> None:
    def none_of_them(fewer: Manifest) -> Split:
        raise InputError("no image of a in validation")

    timing, manifest = NetworkTiming("fp32", 6000, 1500), many(400)
    design = fit_design(manifest, split_of(manifest), FRACTIONS, 224, timing, 2, none_of_them)
    assert design.patients is None
    assert design.minutes > MINUTES
