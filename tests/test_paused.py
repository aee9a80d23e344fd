"""A process that was paused at the worst moment, and files that somebody has open, as on Windows.

A laptop's lid closes at any moment: also between the look whether a lease holds and what follows.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pleura import leases
from pleura.files import write_text
from pleura.holders import Holder, this_machine
from pleura.leases import Lease, hold, holder_of
from pleura.study import attempt
from pleura.study.attempt import perform
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from tests.test_portable import as_on_windows

__all__ = ["as_on_windows"]  # the fixture

STEP = Step("fit", "a training", {"seed": 0}, {})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 60.0)  # nothing is heard of who is paused
    monkeypatch.setattr(leases, "EXPIRY_SECONDS", 0.05)
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(leases, "READ_SECONDS", 0.001)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return cast(Context, SimpleNamespace(out=tmp_path, steps=tmp_path / "steps"))


@dataclass
class Kind:
    """Writes its outputs, all of which say who has written them."""

    who: str
    then: Callable[[Path], None] = lambda folder: None

    def perform(self, step: Step, context: Context, progress: Any) -> None:
        folder = step.folder(context.steps)
        for name in step.outputs:
            write_text(folder / name, f"by {self.who}")
        there = sorted(path.name for path in folder.iterdir() if path.name != "done.json")
        step.finish(context.steps, {"who": self.who}, *there)
        self.then(folder)


def done_by(kind: Kind, step: Step, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "kind_of", lambda step: kind)
    perform(step, context, quiet)


@pytest.mark.usefixtures("as_on_windows")
@pytest.mark.parametrize("more", [False, True])
def test_one_paused_between_its_look_and_its_result_leaves_that_of_another(
    more: bool, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it had a file open, so that the other could not take its folder away."""
    step = replace(STEP, outputs=("a", "b"))
    if more:  # some of the outputs were there before
        done_by(Kind("before"), replace(STEP, outputs=("a",)), context, monkeypatch)
    look, opened = Lease.holds, list[Any]()

    def paused(lease: Lease) -> bool:
        held = look(lease)
        monkeypatch.setattr(Lease, "holds", look)
        done_by(Kind("another"), step, context, monkeypatch)
        opened[0].close()
        return held

    monkeypatch.setattr(Lease, "holds", paused)
    late = Kind("who was late", lambda folder: opened.append((folder / "b").open()))
    done_by(late, step, context, monkeypatch)
    assert step.result(context.steps)["who"] == "another"
    for name in step.outputs:
        assert (step.folder(context.steps) / name).read_text() == "by another"
    assert step.is_ready(context.steps)


@pytest.mark.usefixtures("as_on_windows")
def test_more_outputs_come_while_the_others_are_read(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_by(Kind("first"), replace(STEP, outputs=("a",)), context, monkeypatch)
    step = replace(STEP, outputs=("b",))
    with (STEP.folder(context.steps) / "a").open() as read:
        done_by(Kind("second"), step, context, monkeypatch)
        assert read.read() == "by first"
    assert replace(STEP, outputs=("a", "b")).is_ready(context.steps)


@pytest.mark.usefixtures("as_on_windows")
def test_a_lease_that_somebody_reads_is_given_free_nevertheless(tmp_path: Path) -> None:
    """Though its process lives on, as that of a notebook, and the file stays."""
    name = tmp_path / ".lease"
    with hold(name, wait=False) as lease:
        assert lease is not None
        reader = lease.path.open()
    assert lease.path.exists()
    assert not lease.holds()
    assert holder_of(name) is None
    with hold(name, wait=False) as later:  # at once, and whoever reads still does
        assert later is not None
        assert later.number == lease.number + 1
        assert later.holds()
    reader.close()
    with hold(name, wait=False):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("as_on_windows")
def test_who_was_paused_with_its_lease_open_does_not_hold_again(tmp_path: Path) -> None:
    """Another has followed it, and has given the name free since."""
    name = tmp_path / ".lease"
    with hold(name, wait=False) as lease:
        assert lease is not None
        with lease.path.open():
            with hold(name, wait=True) as other:
                assert other is not None
                assert not lease.holds()
            assert not lease.holds()
            assert holder_of(name) is None


def test_a_late_sign_of_life_takes_no_name_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was paused between its look and its writing; the file could not be deleted meanwhile."""
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.01)
    look, name = Lease.holds, tmp_path / ".lease"
    free = json.dumps(asdict(Holder(free=True)))

    def paused(lease: Lease) -> bool:
        held = look(lease)
        lease.path.write_text(free)
        return held

    monkeypatch.setattr(Lease, "holds", paused)
    with hold(name, wait=False) as lease:
        assert lease is not None
        lease._beating.join(5)
        assert not lease._beating.is_alive()
        assert lease.path.read_text() == free


def test_who_has_given_a_name_free_has_ended() -> None:
    here = Holder("token", "here", this_machine(), 1)
    assert replace(here, free=True).has_ended
    assert Holder(free=True).has_ended
    assert not Holder().has_ended
