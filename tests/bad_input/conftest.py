"""A sound study to spoil, and the command line in this process."""

import shutil
import sys
from pathlib import Path

import pytest

from pleura.cli import main
from tests.bad_input.spoils import content, write_study
from tests.conftest import MakeImages


@pytest.fixture(scope="session")
def sound(make_images: MakeImages) -> Path:
    """Images and their manifest; only to be read."""
    return make_images(patients=18, size=32).parent


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A study that is sound: its images, their manifest, and study.yaml."""
    shutil.copytree(sound, tmp_path / "study")
    write_study(tmp_path / "study", content())
    return tmp_path / "study"


class Command:
    """The command line in this process: exit code and what it says of an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def __call__(self, *arguments: str | Path) -> tuple[int, str]:
        self.monkeypatch.setattr(sys, "argv", ["pleura", *map(str, arguments)])
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as caught:
            main()
        code = caught.value.code
        return code if isinstance(code, int) else int(code is not None), self.capfd.readouterr().err


@pytest.fixture
def pleura(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capfd)
