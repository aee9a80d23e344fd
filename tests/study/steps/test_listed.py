"""Every listed kind of step fulfils the contract."""

import pytest

from pleura.study.step import Step
from pleura.study.steps.listed import KINDS, kind_of, load_kind

NEEDS = {"latency": "alone"} | dict.fromkeys(
    ("clues", "depth", "ensemble", "head", "pixels"), "nothing"
)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is(name: str) -> None:
    kind = load_kind(name)
    assert kind.name == name
    assert kind.version >= 1
    assert kind.needs == NEEDS.get(name, "device")
    assert {kind.table, kind.weights} <= {*kind.files, ""}
    assert not kind.table or kind.table in kind.leaves
    assert kind_of(Step(name, "", {}, {})) is kind


def test_a_kind_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of step called 'kind'"):
        load_kind("kind")


def test_what_is_left_in_the_studys_folder_is_left_by_one_kind() -> None:
    left = [name for kind in KINDS for name in load_kind(kind).leaves]
    assert len(set(left)) == len(left) > len(KINDS) / 2


def test_what_meets_the_test_part_waits_for_the_look_at_the_images() -> None:
    """The others train, choose on validation, or keep what a network sees."""
    others = {
        *("depth", "features", "fit", "head", "latency", "member", "pixels", "reverse", "rung"),
        *("segment", "selfsup", "similarity", "soft_targets"),
    }
    assert {name for name in KINDS if not load_kind(name).meets_test} == others
