"""What a network costs here is told as of an idle machine, whoever else is at work."""

import os
from pathlib import Path

import psutil
import pytest
import torch

from pleura.study import speeds
from pleura.study.prepared import NetworkTiming
from pleura.study.speeds import Subject, backbone_subject, measure_network


@pytest.fixture
def subject() -> Subject:
    return backbone_subject("squeezenet1_0", trained=True, size=32, batch_size=4, precision="auto")


def load(times: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "getloadavg", lambda: (times * (os.cpu_count() or 1), 0.0, 0.0))


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
