"""Where a study stands is told from its folder alone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pleura import leases
from pleura.errors import InputError
from pleura.files import write_text
from pleura.leases import hold
from pleura.study.status import status_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    titles = {"fit-1": "first", "fit-2": "second", "outcome-3": "evaluation"}
    write_text(tmp_path / "engine" / "plan.json", json.dumps({"open": False, "steps": titles}))
    write_text(tmp_path / "steps" / "fit-1" / "done.json", "{}")
    return tmp_path


@pytest.fixture
def _beating(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.01)
    yield


def test_nobody_is_at_it(folder: Path) -> None:
    assert status_of(folder) == (
        "steps done: 1 of 3\nnobody runs it; the same command goes on from here"
    )


@pytest.mark.usefixtures("_beating")
def test_who_is_at_what(folder: Path) -> None:
    place = folder / "attempts" / "fit-2"
    place.mkdir(parents=True)
    with hold(folder / ".lease", wait=False), hold(place / "lease", wait=False) as lease:
        assert lease is not None
        me = str(leases.holder_of(place / "lease"))
        assert f"process {os.getpid()} on " in me
        assert f"{me}: second" in status_of(folder).splitlines()
        lease.tell({"what": "second", "done": 3, "total": 8, "figures": {"loss": 0.25}})
        while "3/8" not in status_of(folder):
            pass
        assert status_of(folder).splitlines() == [
            "steps done: 1 of 3",
            f"{me}: second: 3/8  loss 0.250",
            f"run by {me}",
        ]


@pytest.mark.usefixtures("_beating")
@pytest.mark.parametrize(
    ("workers", "words"),
    [(0, ", waiting for workers"), (1, ", which has 1 worker"), (8, ", which has 8 workers")],
)
def test_how_many_workers_a_run_has(workers: int, words: str, folder: Path) -> None:
    with hold(folder / ".lease", wait=False) as lease:
        assert lease is not None
        lease.tell({"workers": workers})
        while "worker" not in (said := status_of(folder)):
            pass
        assert said.splitlines()[-1] == f"run by {leases.holder_of(folder / '.lease')}{words}"


def test_all_is_done(folder: Path) -> None:
    for name in ("fit-2", "outcome-3"):
        write_text(folder / "steps" / name / "done.json", "{}")
    assert status_of(folder) == "all 3 steps are done\nthe report is not written"
    (folder / "report.html").touch()
    assert status_of(folder).endswith(f"the report is {folder}/report.html")


def test_more_may_come(folder: Path) -> None:
    plan = {"open": True, "steps": {"fit-1": "first"}}
    write_text(folder / "engine" / "plan.json", json.dumps(plan))
    assert status_of(folder).startswith(
        "steps done: 1 of 1, more once searches have ended\nnobody runs it"
    )


def test_no_study_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run of a study has begun here"):
        status_of(tmp_path)
