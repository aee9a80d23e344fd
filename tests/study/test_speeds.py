"""What a network costs here is told as of an idle machine, whoever else is at work."""

import json
import os
from pathlib import Path

import psutil
import pytest
import torch

from pleura.study import speeds
from pleura.study.prepared import NetworkTiming
from pleura.study.speeds import Others, Subject, backbone_subject, measure_network


@pytest.fixture
def subject() -> Subject:
    return backbone_subject("squeezenet1_0", trained=True, size=32, batch_size=4, precision="auto")


def load(times: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "getloadavg", lambda: (times * (os.cpu_count() or 1), 0.0, 0.0))
    monkeypatch.setattr(Others, "were_in_the_way", lambda self: times > 1)
    monkeypatch.setattr(speeds, "SHORTEST", 0.0)


class Measured:
    """Stands for the measurement: which precision was asked for, by how many threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, int]] = []
        monkeypatch.setattr(speeds, "_measure", self.measure)

    def measure(self, subject: Subject, accelerator: str) -> NetworkTiming:
        self.asked.append((subject.precision, torch.get_num_threads()))
        return NetworkTiming("fp32", 8.0, 4.0)


@pytest.mark.parametrize(
    ("busy", "threads", "expected"), [(0.0, 4, 8.0), (99.0, 1, 8.0), (99.0, 4, 2.5)]
)
def test_a_busy_machine_is_timed_by_one_thread(
    busy: float, threads: int, expected: float, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, measured, said = torch.get_num_threads(), Measured(monkeypatch), list[str]()
    load(busy, monkeypatch)
    try:
        torch.set_num_threads(threads)
        told = measure_network(subject, accelerator="cpu", announce=said.append)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert told.training_ms == pytest.approx(expected)
    assert told.prediction_ms == pytest.approx(expected / 2)
    assert measured.asked == [("auto", 1 if busy else threads)]
    assert said[0].endswith("those of an idle one") == bool(busy)


def test_what_a_busy_machine_told_is_measured_again_on_an_idle_one_at_the_same_precision(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, measured = (tmp_path / "a.json", tmp_path / "b.json"), Measured(monkeypatch)

    def ask(remember: Path) -> NetworkTiming:
        return measure_network(subject, accelerator="cpu", files=files, remember=remember)

    load(99, monkeypatch)
    ask(files[1])
    ask(files[1])
    assert len(measured.asked) == 1  # believed while others are at work
    load(0, monkeypatch)
    ask(files[0])
    assert [precision for precision, _ in measured.asked] == ["auto", "fp32"]
    ask(files[0])
    assert len(measured.asked) == 2
    load(99, monkeypatch)
    ask(files[0])
    assert len(measured.asked) == 2  # an idle machine has told it


def test_what_was_measured_while_others_came_to_work_is_not_kept_as_of_an_idle_machine(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were not there yet when it began, as the load of the last minute tells."""
    file, measured, said = tmp_path / "a.json", Measured(monkeypatch), list[str]()
    load(0, monkeypatch)
    monkeypatch.setattr(Others, "were_in_the_way", lambda self: True)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        told = measure_network(
            subject, accelerator="cpu", files=(file,), remember=file, announce=said.append
        )
        measure_network(subject, accelerator="cpu", files=(file,), remember=file)
    finally:
        torch.set_num_threads(before)
    assert measured.asked == [("auto", 2), ("fp32", 1)]  # once, while they are at work
    assert told.training_ms == 5.0  # of one thread, by what two threads gain
    assert "others were at work here meanwhile" in said[1]
    (record,) = json.loads(file.read_text()).values()
    assert record["busy"]
    load(0, monkeypatch)
    told = measure_network(subject, accelerator="cpu", files=(file,), remember=file)
    assert told.training_ms == 8.0
    assert "busy" not in next(iter(json.loads(file.read_text()).values()))


@pytest.mark.parametrize(
    ("percent", "threads", "seconds", "expected"),
    [
        (25.0, 1, 10.0, False),  # what this process has computed itself
        (75.0, 1, 10.0, False),  # two of four cores are taken, and one is needed
        (75.0, 2, 10.0, False),
        (75.0, 3, 10.0, True),
        (100.0, 1, 10.0, False),  # each has its core
        (100.0, 2, 10.0, True),
        (100.0, 2, 0.1, False),  # too short to tell
    ],
)
def test_whether_others_are_in_the_way(
    percent: float, threads: int, seconds: float, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This process has kept one of four cores at work."""
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(psutil, "cpu_percent", lambda: percent)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setattr("time.process_time", lambda: now)
    others = Others()
    now = seconds
    assert others.were_in_the_way() == expected
