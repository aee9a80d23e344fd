"""Images for a budget, and a machine of which the speed is known."""

from pathlib import Path

import pytest

from pleura.study import speeds
from pleura.study.prepared import NetworkTiming
from pleura.study.speeds import Subject
from tests.conftest import MakeImages


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36, size=130)


class Machine:
    """A machine on which an image takes so many milliseconds a thousand pixels."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cost, self.sizes = 1.0, list[int]()
        monkeypatch.setattr("psutil.getloadavg", lambda: (0.0, 0.0, 0.0))
        monkeypatch.setattr(speeds, "_measure", self.measure)

    def measure(self, subject: Subject, accelerator: str) -> NetworkTiming:
        self.sizes.append(subject.size)
        cost = self.cost * subject.size**2 / 1000
        return NetworkTiming("fp32", cost, cost / 3)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)
