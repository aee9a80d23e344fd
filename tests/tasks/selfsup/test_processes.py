"""Several processes learn what one would, on one machine or two, and end together."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleura.data.bank import Bank
from pleura.errors import PleuraError
from pleura.tasks.selfsup import processes
from pleura.tasks.selfsup.job import Job, pretrain
from pleura.tasks.selfsup.processes import help_out, pretrain_on
from pleura.train.devices import Devices
from pleura.train.nodes import free_port, meet
from pleura.train.precision import make_fabric

from .jobs import chest_bank, chest_job
from .together import NAMES, break_off, learn, take_part
from .two_processes import run_in_two

FABRIC = make_fabric("cpu", "fp32")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return chest_bank(tmp_path_factory.mktemp("chests"))


@pytest.fixture(scope="module")
def alone(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, dict[str, Any]]:
    """What one process learns in four epochs of two batches."""
    job = job_in(tmp_path_factory.mktemp("alone"), bank)
    return job, pretrain(job, FABRIC)


def job_in(folder: Path, bank: Bank) -> Job:
    settings = {"epochs": 4, "min_steps": 1, "batch_size": 16}
    return chest_job(folder, bank, "rotation", settings=settings, value=1e-4)


def assert_alike(result: dict[str, Any], alone: tuple[Job, dict[str, Any]]) -> None:
    """The same losses but for rounding, as long as that stays small: it grows a hundredfold an
    epoch here, as it does where the first weights differ in the last digit."""
    for name in ("train_loss", "loss"):
        found, expected = (
            [record[name] for record in each["history"][:3]] for each in (result, alone[1])
        )
        np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert result["epochs"] == alone[1]["epochs"]


def test_two_processes_learn_what_one_would(bank: Bank, tmp_path: Path) -> None:
    job = chest_job(tmp_path, bank, "any")
    found = tmp_path / "found.json"
    run_in_two(take_part, job.write(), found)
    together = json.loads(found.read_text())
    for method in NAMES:
        for name, values in learn(job, method, FABRIC).items():
            # A bias that the loss takes out again has no gradient but rounding, of which AdamW
            # makes steps.
            tolerance = 2e-2 if name == "weights" else 1e-5
            np.testing.assert_allclose(
                together[method][name], values, rtol=tolerance, err_msg=f"{method}: {name}"
            )


def test_two_machines_do_what_one_would(
    bank: Bank, tmp_path: Path, alone: tuple[Job, dict[str, Any]]
) -> None:
    said: list[str] = []
    shown: list[int] = []
    places = [
        {"NODE_RANK": rank, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        for port in [free_port()]
        for rank in "01"
    ]

    def second() -> None:
        with meet(2, places[1]) as nodes:
            help_out(Devices(1, nodes), said.append)

    helper = threading.Thread(target=second)
    helper.start()
    job = job_in(tmp_path, bank)
    with meet(2, places[0]) as nodes:
        result = pretrain_on(
            job, Devices(1, nodes), "cpu", lambda phase, done, steps, figures: shown.append(done)
        )
    helper.join(20)
    assert not helper.is_alive()
    assert said[-1] == "the run has ended"
    assert shown[-1] == 8
    assert_alike(result, alone)


def processes_of(folder: Path) -> list[int]:
    """Those at work on the job in `folder`, without torchrun."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if str(folder) in command and "torch.distributed.run" not in command:
            found.append(int(process.name))
    return found


def test_one_process_alone_goes_on_with_what_two_began(
    bank: Bank, tmp_path: Path, alone: tuple[Job, dict[str, Any]]
) -> None:
    job = job_in(tmp_path, bank)
    run_in_two(break_off, job.write())
    assert (job.folder / "checkpoint.pt").exists()
    seen: list[int] = []
    result = pretrain(job, FABRIC, lambda phase, done, steps, figures: seen.append(done))
    assert seen[0] > 2
    assert_alike(result, alone)


def test_a_dying_process_ends_all(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_in(tmp_path, bank)
    # It loads no library: what ends the others is no part of what they do.
    monkeypatch.setattr(processes, "WORKER", "tests.tasks.selfsup.idle")
    killed: list[int] = []

    def kill(phase: str, done: int, steps: int, figures: dict[str, float]) -> None:
        at_work = processes_of(job.folder)
        if len(at_work) == 2 and not killed:
            killed.append(at_work[-1])
            os.kill(at_work[-1], signal.SIGKILL)

    with pytest.raises(PleuraError, match="a process of the pretraining died"):
        pretrain_on(job, Devices(2), "cpu", kill)
    assert killed
    for _ in range(50):
        if not processes_of(job.folder):
            break
        time.sleep(0.1)
    assert processes_of(job.folder) == []
