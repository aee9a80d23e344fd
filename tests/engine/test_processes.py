"""Steps in processes of this machine: the same tables, though workers are killed."""

from pathlib import Path

import psutil
import pytest

from pleura.engine import children, processes
from pleura.engine.listed import Workers
from pleura.engine.processes import share
from pleura.errors import InputError
from pleura.study.run import Result, Study
from tests.engine.small_command import SMALL_WORKER
from tests.study.short import assert_same_tables


@pytest.mark.usefixtures("no_page", "small_forests")
def test_a_worker_that_is_killed_changes_nothing(
    study: Study, expected: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "WORKER", SMALL_WORKER)
    killed: list[int] = []
    told: list[str] = []

    def announce(line: str) -> None:
        told.append(line)
        if line.startswith("[3/"):
            worker = next(
                each for each in psutil.Process().children() if SMALL_WORKER in each.cmdline()
            )
            worker.kill()
            killed.append(worker.pid)

    result = study.run(tmp_path, engine=Workers("2"), announce=announce)
    assert len(killed) == 1
    assert_same_tables(result, expected)
    assert any("2 workers of 1 thread each" in line for line in told)
    numbers = [line.split("/")[0] for line in told if line.startswith("[")]
    assert numbers == [f"[{at}" for at in range(1, len(numbers) + 1)]
    assert not list((tmp_path / "engine").glob("*.json.*"))
    assert not list((tmp_path / "engine").glob("workers*.json"))
    assert not (tmp_path / "attempts").exists()


def test_threads_are_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("torch.get_num_threads", lambda: 8)
    monkeypatch.setattr(processes, "MEMORY", psutil.virtual_memory().available / 5.5)
    assert str(share("3")) == "3 workers of 2 threads each"
    assert str(share("16")) == "16 workers of 1 thread each"
    assert share("auto").workers == 5  # as far as there is memory
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert str(share("auto")) == "2 workers of 4 threads each, 2 of them with a GPU"
    assert str(share("1")) == "1 worker of 8 threads, with a GPU"
    assert str(share("auto", 3)) == (
        "6 workers of 1 thread each, 6 of them with a GPU, shared by up to 3"
    )
    on = [child.gpu for child in processes.Processes(tmp_path, share("5", 2)).children]
    assert on == ["0", "1", "0", "1", ""]
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert str(share("1")) == "1 worker of 8 threads"
    with pytest.raises(InputError, match="--per-gpu 2: there is no GPU here"):
        share("auto", 2)
    for wrong in ("0", "-1", "two", ""):
        with pytest.raises(InputError, match="give a number of processes, or auto"):
            share(wrong)
