"""A step is whole or not there, whoever is at it, dies at it, or comes late."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pleura import leases
from pleura.files import write_text
from pleura.holders import Holder, this_machine
from pleura.study import attempt
from pleura.study.attempt import ATTEMPTS, clear_attempts, perform
from pleura.study.context import Context, Progress, quiet
from pleura.study.step import DONE, Step

STEP = Step("fit", "a training", {"seed": 0}, {})


@dataclass
class Kind:
    """Writes its checkpoint, and then its weights."""

    between: Callable[[Path], None] = lambda folder: None
    begun_from: str = ""
    times: int = 0

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        self.times += 1
        folder = step.folder(context.steps)
        checkpoint = folder / "checkpoint"
        self.begun_from = checkpoint.read_text() if checkpoint.exists() else "nothing"
        write_text(checkpoint, "half a training")
        progress("training", 1, 2, {"loss": 0.5})
        self.between(folder)
        for name in step.outputs or ("weights",):
            write_text(folder / name, f"{name} of all")
        there = sorted(
            path.name for path in folder.iterdir() if path.name not in (DONE, "checkpoint")
        )
        step.finish(context.steps, {"seconds": 1}, *there)
        checkpoint.unlink()


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Kind:
    kind = Kind()
    monkeypatch.setattr(attempt, "kind_of", lambda step: kind)
    return kind


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return cast(Context, SimpleNamespace(out=tmp_path, steps=tmp_path / "steps"))


def assert_whole(context: Context, *names: str) -> None:
    """The step and nothing else is there."""
    folder = STEP.folder(context.steps)
    assert STEP.is_ready(context.steps)
    assert {path.name for path in folder.iterdir()} == {DONE, *names}
    assert {path.name for path in context.out.iterdir()} == {"steps"}


class EndedError(Exception):
    """The process was ended."""


def end(folder: Path) -> None:
    raise EndedError


def test_a_step_comes_into_its_place_when_it_is_whole(kind: Kind, context: Context) -> None:
    kind.between = lambda folder: seen.append(context.steps.exists())
    seen: list[bool] = []
    told: list[tuple[Any, ...]] = []
    perform(STEP, context, lambda *of: told.append(of))
    assert seen == [False]
    assert told == [("training", 1, 2, {"loss": 0.5})]
    assert_whole(context, "weights")
    perform(STEP, context, quiet)
    assert kind.times == 1


def test_what_a_process_left_that_was_ended_is_gone_on_from(kind: Kind, context: Context) -> None:
    for _ in range(3):
        kind.between = end
        with pytest.raises(EndedError):
            perform(STEP, context, quiet)
        assert not STEP.has_record(context.steps)
    assert kind.begun_from == "half a training"
    kind.between = lambda folder: None
    perform(STEP, context, quiet)
    assert kind.begun_from == "half a training"
    assert_whole(context, "weights")


def test_what_an_earlier_version_has_begun_is_gone_on_from(kind: Kind, context: Context) -> None:
    write_text(STEP.folder(context.steps) / "checkpoint", "of an earlier version")
    perform(STEP, context, quiet)
    assert kind.begun_from == "of an earlier version"
    assert_whole(context, "weights")


def test_a_process_that_ended_just_before_the_end_had_done_the_step(
    kind: Kind, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(attempt, "_put_in_place", lambda *of: end(Path()))
        with pytest.raises(EndedError):
            perform(STEP, context, quiet)
    perform(STEP, context, quiet)
    assert kind.times == 1
    assert_whole(context, "weights")


def test_more_outputs_of_a_finished_step_come_beside_the_others(
    kind: Kind, context: Context
) -> None:
    first, more = replace(STEP, outputs=("a",)), replace(STEP, outputs=("b",))
    perform(first, context, quiet)
    kept = (STEP.folder(context.steps) / "a").stat()

    def look(folder: Path) -> None:
        assert first.is_ready(context.steps)  # whoever reads meanwhile finds it as it was

    kind.between = look
    perform(more, context, quiet)
    assert_whole(context, "a", "b")
    assert more.is_ready(context.steps)
    assert (STEP.folder(context.steps) / "a").stat().st_mtime_ns == kept.st_mtime_ns


@pytest.mark.parametrize("links", [True, False])
def test_a_disk_without_links_does_as_well(
    links: bool, kind: Kind, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*of: object) -> None:
        raise OSError("links are not supported")

    perform(replace(STEP, outputs=("a",)), context, quiet)
    if not links:
        monkeypatch.setattr(os, "link", no_link)
    perform(replace(STEP, outputs=("b",)), context, quiet)
    assert_whole(context, "a", "b")


def test_of_two_at_once_one_does_it_and_the_other_waits(kind: Kind, context: Context) -> None:
    waited: list[Holder] = []
    with ThreadPoolExecutor() as pool:

        def other(folder: Path) -> None:
            both.append(pool.submit(perform, STEP, context, quiet, waited.append))
            while not waited:
                pass

        both: list[Any] = []
        kind.between = other
        perform(STEP, context, quiet)
        both[0].result()
    assert kind.times == 1
    assert waited[0].pid == os.getpid()
    assert_whole(context, "weights")


def test_who_was_paused_and_writes_late_changes_nothing(
    kind: Kind, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another took the step over meanwhile, and has done it."""
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(leases, "EXPIRY_SECONDS", 0.05)
    late = Kind()

    def paused(folder: Path) -> None:
        # Nothing is heard of it; another process takes over, and goes on from its checkpoint.
        monkeypatch.setattr(attempt, "kind_of", lambda step: kind)
        perform(STEP, context, quiet)
        assert kind.begun_from == "half a training"
        written.append((STEP.folder(context.steps) / "weights").stat().st_mtime_ns)

    written: list[int] = []
    late.between = paused
    monkeypatch.setattr(attempt, "kind_of", lambda step: late)
    perform(STEP, context, quiet)
    assert late.times == kind.times == 1
    assert (STEP.folder(context.steps) / "weights").stat().st_mtime_ns == written[0]
    assert_whole(context, "weights")


def test_an_error_of_the_disk_is_told(kind: Kind, context: Context) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device", str(folder / "weights"))

    kind.between = full
    with pytest.raises(OSError, match="No space left"):
        perform(STEP, context, quiet)
    kind.between = lambda folder: None
    perform(STEP, context, quiet)
    assert_whole(context, "weights")


def test_others_are_told_what_is_being_done(kind: Kind, context: Context) -> None:
    def ask(folder: Path) -> None:
        said.append(leases.holder_of(folder.parent / "lease"))

    said: list[Holder | None] = []
    kind.between = ask
    perform(STEP, context, quiet)
    assert said[0] is not None
    assert said[0].pid == os.getpid()
    assert not (context.out / ATTEMPTS).exists()


def test_what_one_left_that_had_taken_over_and_failed_is_gone_on_from(
    kind: Kind, context: Context
) -> None:
    """Nobody holds the step then, and counting begins anew."""

    place = context.out / ATTEMPTS / STEP.name
    write_text(place / "killed" / "checkpoint", "half a training")
    dead = Holder("killed", "here", this_machine(), 2**22 + 1)
    write_text(place / "lease.0", json.dumps(asdict(dead)))

    def fail(folder: Path) -> None:
        (folder / "checkpoint").write_text("more of a training")
        raise OSError(28, "No space left on device")

    kind.between = fail
    with pytest.raises(OSError, match="No space"):
        perform(STEP, context, quiet)
    assert kind.begun_from == "half a training"
    kind.between = lambda folder: None
    perform(STEP, context, quiet)
    assert kind.begun_from == "more of a training"
    assert_whole(context, "weights")


def test_a_process_that_was_killed_while_files_moved_hinders_nobody(
    kind: Kind, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more outputs of a finished step one was in its place, and the record was not."""
    perform(replace(STEP, outputs=("a",)), context, quiet)
    more, moved = replace(STEP, outputs=("b",)), list[str]()

    def killed(temporary: Path, path: Path) -> None:
        if path.name == DONE:
            raise EndedError
        moved.append(path.name)
        temporary.replace(path)

    with monkeypatch.context() as patch:
        patch.setattr(attempt, "put_in_place", killed)
        with pytest.raises(EndedError):
            perform(more, context, quiet)
    assert "b" in moved
    assert (context.out / ATTEMPTS).exists()
    perform(more, context, quiet)
    assert more.is_ready(context.steps)
    assert_whole(context, "a", "b")


def test_what_is_left_of_attempts_at_finished_steps_goes(kind: Kind, context: Context) -> None:
    perform(STEP, context, quiet)
    other = replace(STEP, spec={"seed": 1})
    for step in (STEP, other):
        (context.out / ATTEMPTS / step.name / "token").mkdir(parents=True)
    clear_attempts([STEP, other], context)
    assert [path.name for path in (context.out / ATTEMPTS).iterdir()] == [other.name]
