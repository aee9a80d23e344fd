import numpy as np
import pytest

from pleura.data.clips.chosen import chosen_frames, spread
from pleura.data.clips.settings import Frames
from pleura.errors import PleuraError

STEADY = np.arange(40) / 10  # four seconds at 10 a second
PAUSED = np.array([0, 0.1, 0.2, 2.0, 2.1])


@pytest.mark.parametrize(
    ("count", "number", "expected"),
    [(8, 4, [1, 3, 5, 7]), (9, 3, [1, 4, 7]), (10, 1, [5]), (3, 8, [0, 1, 2]), (1, 1, [0])],
)
def test_a_number_of_frames_are_the_middles_of_equal_parts(
    count: int, number: int, expected: list[int]
) -> None:
    assert spread(count, number).tolist() == expected


def test_frames_are_spread_evenly_and_none_comes_twice() -> None:
    for count in (17, 100, 1000):
        for number in (2, 7, 16):
            steps = np.diff(spread(count, number))
            assert len(steps) == number - 1
            assert steps.max() - steps.min() <= 1


def test_more_moments_than_a_clip_can_be_asked_for_are_refused() -> None:
    with pytest.raises(PleuraError, match=r"lasts 1,000,000 seconds by its header.*number: 8"):
        chosen_frames(np.array([0.0, 1e6]), Frames(per_second=30))


def test_frames_a_second_are_those_shown_at_that_time() -> None:
    chosen = chosen_frames(STEADY, Frames(per_second=2))
    assert chosen.tolist() == [0, 5, 10, 15, 20, 25, 30, 35]
    # At 0, .5, 1, 1.5 and 2 seconds; the third frame is shown from .2 to 2 seconds.
    assert chosen_frames(PAUSED, Frames(per_second=2)).tolist() == [0, 2, 3]
    assert chosen_frames(STEADY, Frames(per_second=1000)).tolist() == list(range(40))
    assert chosen_frames(np.zeros(1), Frames(per_second=2)).tolist() == [0]


def test_a_file_without_times_has_frames_by_number_alone() -> None:
    unknown = np.full(9, np.nan)
    assert chosen_frames(unknown, Frames(number=3)).tolist() == [1, 4, 7]
    with pytest.raises(PleuraError, match=r"take frames: \{number: 8\}"):
        chosen_frames(unknown, Frames(per_second=2))


@pytest.mark.parametrize("times", [-0.04 * np.arange(9), np.zeros(9), [0, 0.1, 0.1, 0.2]])
def test_times_that_do_not_go_on_are_no_times(times: list[float]) -> None:
    assert len(chosen_frames(np.array(times), Frames(number=3))) == 3
    with pytest.raises(PleuraError, match="says not when each of its frames is shown"):
        chosen_frames(np.array(times), Frames(per_second=2))


@pytest.mark.parametrize("given", [{}, {"number": 3, "per_second": 2}, {"number": 0}])
def test_one_rule_is_given(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"give either number|greater than"):
        Frames.model_validate(given)
