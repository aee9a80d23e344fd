"""Without a terminal progress is told in lines, and never later than it is promised."""

import time

import pytest

from pleura.progress import Terminal, Work


def test_work_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    work = Work("fine-tuning")
    work.see(10, 50, {"epoch": 2, "loss": 0.5, "validation AUROC": 0.81234})
    # A training that is resumed at step 10: what it did before says nothing of its pace.
    assert (
        str(work)
        == "fine-tuning: 10/50  epoch 2  loss 0.500  validation AUROC 0.812  at it for 0 s"
    )
    now = 120.0
    work.see(20, 50, {"epoch": 3, "loss": 0.25})
    assert str(work) == "fine-tuning: 20/50  epoch 3  loss 0.250  about 60 s left"


def test_a_pause_is_not_part_of_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    work = Work("steps")
    work.see(0, 100, {})
    now = 10.0
    work.see(10, 100, {})
    assert work.seconds_left == 90
    work.pause()
    assert work.seconds_left is None
    now = 5000.0
    work.see(10, 100, {})
    assert work.seconds_left is None
    now = 5010.0
    work.see(20, 100, {})
    assert work.seconds_left == 80


def test_work_that_cannot_tell_how_far_it_is_says_for_how_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    work = Work("loading packages")
    now = 600.0
    assert str(work) == "loading packages  at it for 10 min"


def test_at_once_the_bar_says_what_takes_time() -> None:
    assert Terminal().bar.tasks[0].description == "loading packages"


def test_silence_is_broken_by_where_the_work_stands(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal(silent=0.05) as terminal:
        terminal.progress("training", 1, 10, {"epoch": 1, "loss": 0.5})
        for _ in range(100):  # up to 10 s, on a busy machine
            time.sleep(0.1)
            if "training: 1/10  epoch 1  loss 0.500" in (said := capsys.readouterr().out):
                break
    assert "training: 1/10  epoch 1  loss 0.500" in said
    time.sleep(0.2)
    capsys.readouterr()
    time.sleep(0.2)
    assert capsys.readouterr().out == ""  # it ends with the work


def test_what_is_said_puts_the_next_line_off(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal(silent=60) as terminal:
        terminal.progress("training", 1, 10, {})
        terminal.say("a line")
        time.sleep(0.1)
    assert capsys.readouterr().out == "a line\n"
