"""What the run does with answers of workers; none of them is a process here."""

import json
import shutil
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pleura.engine import cluster
from pleura.engine.cluster import Cluster
from pleura.engine.todo import Todo
from pleura.errors import PleuraError
from pleura.study.context import Context, quiet
from pleura.study.step_graph import Plan
from pleura.study.steps import listed
from pleura.study.work import Work
from tests.engine.made_workers import (
    DONE,
    FULL,
    GONE,
    LAST,
    MACHINE,
    TIMED,
    A,
    Answered,
    B,
    Workers,
    step,
    titles,
    work,
)


def test_a_step_waits_for_its_parents_and_what_is_timed_for_all(workers: Workers) -> None:
    told = work(workers, A, TIMED, B, LAST)
    assert titles(workers) == ["a", "b", "last", "timed"]
    assert told[0] == "4 steps, 0 already done"
    assert told[-1].startswith("[4/4] timed")


def test_what_is_done_is_not_done_again(workers: Workers) -> None:
    work(workers, A, B)
    work(workers, A, B, LAST)
    assert titles(workers) == ["a", "b", "last"]


def test_steps_go_to_workers_that_are_free(workers: Workers) -> None:
    work(workers, A, B, LAST)
    assert workers.asked[:2] == [("a", "tls://1"), ("b", "tls://2")]


def test_a_training_goes_where_a_gpu_is_and_others_leave_it_free(workers: Workers) -> None:
    workers.gpus = {"tls://1": "0"}
    assert listed.load_kind("features").needs == "device"
    assert listed.load_kind("depth").needs == "nothing"
    work(workers, B, A, step("features", "c"), TIMED)
    assert workers.asked == [
        ("b", "tls://2"),
        ("a", "tls://1"),
        ("c", "tls://1"),
        ("timed", "tls://1"),
    ]


def test_trainings_are_spread_over_gpus_before_they_share_one(workers: Workers) -> None:
    """Each GPU has two workers; those of another machine may call theirs the same."""
    workers.at = dict.fromkeys(("tls://1", "tls://2", "tls://3", "tls://4"), "10.0.0.1")
    workers.at |= {"tls://5": "10.0.0.2", "tls://6": "10.0.0.2"}
    of = (("tls://1", "0"), ("tls://2", "0"), ("tls://3", "1"), ("tls://4", "1"))
    workers.gpus = dict(of) | {"tls://5": "0", "tls://6": "0"}
    work(workers, *(step("features", name) for name in "abcdef"))
    assert [at for _, at in workers.asked] == [f"tls://{at}" for at in (1, 3, 5, 2, 4, 6)]


def test_a_machine_whose_disk_is_full_is_left_out(workers: Workers) -> None:
    """Though it is called otherwise by itself than by the scheduler."""
    workers.answers["a"] = [FULL]
    told = work(workers, A, B)
    assert workers.asked == [("a", "tls://1"), ("b", "tls://2"), ("a", "tls://2")]
    assert "a: /scratch: No space left on device on node1; elsewhere" in told


def test_where_all_disks_are_full_that_is_told(workers: Workers) -> None:
    workers.answers["a"] = [FULL, {**FULL, "host": "node2"}]
    with pytest.raises(PleuraError, match="a: on node2: /scratch: No space left on device"):
        work(workers, A)


def test_a_machine_is_asked_again_where_the_others_have_gone(workers: Workers) -> None:
    """It may have room by now; if not, that ends the run, which must not wait for ever."""
    workers.answers["a"] = [FULL, GONE]
    work(workers, A)
    assert workers.asked == [("a", "tls://1"), ("a", "tls://2"), ("a", "tls://1")]


def test_why_a_step_cannot_be_done_is_told(workers: Workers) -> None:
    workers.answers["a"] = [{**DONE, "done": False, "error": "an image is gone"}]
    with pytest.raises(PleuraError, match="a: on node1: an image is gone"):
        work(workers, A, LAST)
    assert "last" not in titles(workers)


def test_a_step_whose_worker_has_ended_is_given_to_another(workers: Workers) -> None:
    workers.answers["a"] = [GONE]
    work(workers, A)
    assert workers.asked == [("a", "tls://1"), ("a", "tls://2")]


@pytest.mark.parametrize("answer", [Answered(None, "lost"), Answered(TimeoutError())])
def test_an_answer_that_went_with_its_worker_is_not_waited_for(
    answer: Answered, workers: Workers
) -> None:
    """The step may be done: it is not done again then."""
    workers.answers["a"] = [answer]
    work(workers, A)
    assert titles(workers) == ["a", "a"]
    workers.answers["b"] = [answer]
    B.finish(workers.out / "steps", {"seconds": 1.0})
    again = Todo([B])
    again.done(B, workers.out / "steps")
    assert not again


def test_a_step_that_takes_all_workers_with_it_ends_the_run(workers: Workers) -> None:
    workers.at |= {f"tls://{number}": f"10.0.0.{number}" for number in range(3, 9)}
    workers.answers["a"] = [GONE] * 8
    with pytest.raises(PleuraError, match="a: 4 workers ended one after another"):
        work(workers, A)


def test_what_fails_before_a_worker_can_answer_is_told(workers: Workers) -> None:
    workers.answers["a"] = [Answered(ImportError("no module"), "error")]
    with pytest.raises(PleuraError, match=r"a: ImportError\('no module'\)"):
        work(workers, A)


def test_the_scheduler_is_gone(workers: Workers) -> None:
    workers.answers["a"], workers.status = [Answered(None, "lost")], "closed"
    with pytest.raises(PleuraError, match="a: the scheduler is gone"):
        work(workers, A)


def test_a_disk_that_is_not_shared_is_told(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ARRIVAL_SECONDS", 0.1)
    workers.answers["a"] = [DONE]
    with pytest.raises(PleuraError, match="need the study's folder on a disk that they share"):
        work(workers, A)


def test_a_search_goes_on_while_others_work(workers: Workers) -> None:
    """The plan is made anew as soon as something was found out, not when all is done."""
    plans = iter([Plan((A, B), open=True), Plan((A, B, LAST), open=False)])
    work(workers, A, is_open=True, again=lambda: next(plans, None))
    assert titles(workers) == ["a", "b", "last"]


def test_a_step_that_is_lost_in_between_is_done_again(workers: Workers) -> None:
    """Something that was done is needed anew, as weights that were dropped."""

    def lost() -> Plan | None:
        if len(workers.asked) > 1:
            return None
        shutil.rmtree(A.folder(workers.out / "steps"))
        return Plan((A,), open=False)

    work(workers, A, again=lost)
    assert titles(workers) == ["a", "a"]


def test_machines_of_different_kinds_are_told_and_kept(workers: Workers) -> None:
    workers.machines["b"] = {**MACHINE, "instructions": "AVX512"}
    told = work(workers, A, B)
    assert any("instructions AVX2, then AVX512" in line for line in told)
    kept = json.loads((workers.out / "environment.json").read_text())
    assert kept == {**MACHINE, "instructions": "AVX2, then AVX512", "steps side by side": "2"}


def test_that_workers_are_waited_for_is_told(workers: Workers) -> None:
    """On the terminal, as work of its own, and to whoever looks at the folder."""
    shown, told = list[str](), list[Any]()
    at, workers.at = workers.at, {}

    def come(done: int) -> None:
        workers.at = at

    context = cast(Context, SimpleNamespace(out=workers.out, steps=workers.out / "steps"))
    plan = Plan((A,), open=False)
    asked = Work(
        plan, context, lambda what, *_: shown.append(what), quiet, tell=lambda it: told.append(it)
    )
    Cluster(workers.connect, come).work(asked)
    assert [what.splitlines()[0] for what in shown] == ["waiting for workers", "steps"]
    assert told == [{"workers": 0}, {"workers": 2}]
