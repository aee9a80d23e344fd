"""Places: stages by number, cuts by name, and the middle."""

import pytest
from torch import nn

from pleura.errors import InputError
from pleura.models.backbone import Cut, SegmentedBackbone
from pleura.models.places import check_stages, cut_at, stages


def backbone(stage_count: int) -> SegmentedBackbone:
    """Stages a, b, ...; each but the first has a finer cut before it."""
    cuts = [Cut("a", 1, 1, stage=True)]
    for letter in "bcdefghi"[: stage_count - 1]:
        cuts += [Cut(f"{letter}.0", 1, 1, stage=False), Cut(letter, 1, 1, stage=True)]
    return SegmentedBackbone("net", cuts, [nn.Identity() for _ in cuts])


def test_finer_cuts_belong_to_the_stage_that_they_lead_to() -> None:
    assert stages(backbone(3)) == [["a"], ["b.0", "b"], ["c.0", "c"]]


def test_the_last_stage_of_a_truncated_backbone_ends_with_it() -> None:
    assert stages(backbone(3).truncate("c.0")) == [["a"], ["b.0", "b"], ["c.0"]]


@pytest.mark.parametrize(("count", "middle"), [(1, "a"), (2, "a"), (4, "b"), (5, "c"), (9, "e")])
def test_the_middle_of_n_stages_is_half_of_them_rounded_up(count: int, middle: str) -> None:
    assert cut_at(backbone(count), "middle") == middle


def test_by_number_and_by_name() -> None:
    assert cut_at(backbone(3), 2) == "b"
    assert cut_at(backbone(3), "b.0") == "b.0"


def test_a_stage_that_is_not_there_and_more_than_there_are() -> None:
    with pytest.raises(InputError, match=r"^net: no stage 9; at most 3 can be named") as caught:
        cut_at(backbone(3), 9)
    assert caught.value.problems == ("its stages are: a, b, c",)
    with pytest.raises(InputError, match=r"^net: 9 stages asked for, at most 2 can be") as caught:
        check_stages(backbone(3), 9, 2)
    assert caught.value.problems == ("its stages are: a, b, c",)
    with pytest.raises(InputError, match=r"^net: 1 stage asked for, at most 0 can be"):
        check_stages(backbone(1), 1, 0)
    check_stages(backbone(3), 3, 3)
