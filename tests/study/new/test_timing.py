"""The backbone is timed on a machine that others use as on one that is idle."""

import os

import pytest
import torch

from pleura.study.new import timing
from pleura.study.prepared import NetworkTiming


@pytest.mark.parametrize(
    ("load", "threads", "expected"), [(0.0, 4, 8.0), (99.0, 1, 8.0), (99.0, 4, 2.5)]
)
def test_a_busy_machine_is_timed_by_one_thread(
    load: float, threads: int, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []

    def measure(*args: object, **kwargs: object) -> NetworkTiming:
        used.append(torch.get_num_threads())
        return NetworkTiming("fp32", 8.0, 4.0)

    before = torch.get_num_threads()
    monkeypatch.setattr(timing, "measure_network", measure)
    monkeypatch.setattr(os, "getloadavg", lambda: (load * (os.cpu_count() or 1), 0.0, 0.0))
    try:
        torch.set_num_threads(threads)
        told = timing.time_backbone(lambda line: None)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert told.training_ms == pytest.approx(expected)
    assert told.prediction_ms == pytest.approx(expected / 2)
    assert used == [1 if load else threads]
