"""A training that goes on from a shorter one, however it was cut off."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pleura.study.attempt import ATTEMPTS, perform
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps.rung import rung_of, whole_of
from pleura.train.checkpoint import CHECKPOINT
from tests.conftest import MakeImages
from tests.study.test_halving import SEARCH, planned, study_of

BATCHES = 2  # an epoch


class KilledError(Exception):
    """In the place of what ends a process."""


class Seen:
    """Notes how far a training is, in steps, and ends it after so many."""

    def __init__(self, last: int | None = None) -> None:
        self.done, self.last = list[int](), last

    def __call__(self, what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
        self.done.append(done)
        if done == self.last:
            raise KilledError


@pytest.fixture(scope="module")
def rungs(
    make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Step, Step, Context]:
    """The first epoch of a training, done, and the first three, and the context of both."""
    folder = tmp_path_factory.mktemp("rungs")
    make_plan, context = planned(study_of(make_images(patients=24), searched=SEARCH), folder)
    first = make_plan().of("rung")[0]
    perform(first, context, quiet)
    return first, rung_of(whole_of(first), 3, first), context


def test_a_rung_that_is_killed_goes_on_and_ends_the_same(
    rungs: tuple[Step, Step, Context],
) -> None:
    _, second, context = rungs
    with pytest.raises(KilledError):
        perform(second, context, Seen(last=3 * BATCHES))
    again = Seen()
    perform(second, context, again)
    assert again.done == list(range(2 * BATCHES + 1, 3 * BATCHES + 1))
    found = second.result(context.steps)["history"]
    shutil.rmtree(second.folder(context.steps))
    uncut = Seen()
    perform(replace(second, places={}), context, uncut)
    assert uncut.done == list(range(1, 3 * BATCHES + 1))
    assert second.result(context.steps)["history"] == found
    shutil.rmtree(second.folder(context.steps))


def test_a_checkpoint_that_was_copied_in_part_is_copied_again(
    rungs: tuple[Step, Step, Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, context = rungs
    begun = (first.folder(context.steps) / CHECKPOINT).read_bytes()

    def fill_the_disk(source: Path, to: Path) -> None:
        Path(to).write_bytes(begun[: len(begun) // 2])
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", fill_the_disk)
        with pytest.raises(OSError, match="no space left"):
            perform(second, context, quiet)
    attempt = context.out / ATTEMPTS / second.name
    assert not list(attempt.rglob(CHECKPOINT))
    (attempt / "earlier").mkdir()
    (attempt / "earlier" / CHECKPOINT).write_bytes(begun[: len(begun) // 2])
    seen = Seen()
    perform(second, context, seen)
    assert seen.done[0] == BATCHES + 1
    shutil.rmtree(second.folder(context.steps))
