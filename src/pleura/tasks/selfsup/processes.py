"""One pretraining by several processes, a device each, on one machine or several."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from pleura.errors import PleuraError
from pleura.tasks.selfsup.job import Job
from pleura.train.devices import Devices
from pleura.train.loop import Watch
from pleura.train.nodes import free_port

WORKER = "pleura.tasks.selfsup.worker"
LOG = "processes.log"
LAST_SECONDS = 10.0


def pretrain_on(
    job: Job, devices: Devices, accelerator: str, watch: Watch | None = None
) -> dict[str, Any]:
    """What `pretrain` does and returns, by all `devices` together.

    The other machines must be in `help_out`. Raises PleuraError where a process fails; the
    checkpoint of the last epoch stays.
    """
    path, port = job.write(), 0
    try:
        if devices.nodes:
            port = free_port()
            devices.nodes.announce({"job": str(path), "accelerator": accelerator, "port": port})
        result = _run(path, devices, accelerator, port, watch)
    finally:
        path.unlink(missing_ok=True)
    if result is None:
        raise PleuraError(f"{path.parent}: the pretraining ended without a result")
    return result


def help_out(devices: Devices, say: Callable[[str], None]) -> None:
    """Take part in the pretrainings that the first machine announces, until its run has ended.

    Raises PleuraError where that run, or a pretraining, has failed.
    """
    assert devices.nodes
    nodes = devices.nodes
    say(f"machine {nodes.rank} of {nodes.number} helps {nodes.address}")
    while "ended" not in (work := nodes.next_work()):
        say(f"helps with {Path(work['job']).parent.name}")
        _run(Path(work["job"]), devices, work["accelerator"], work["port"], None)
    if work["ended"]:
        raise PleuraError(f"the run has ended on the first machine: {work['ended']}")
    say("the run has ended")


def _run(
    path: Path, devices: Devices, accelerator: str, port: int, watch: Watch | None
) -> dict[str, Any] | None:
    """Start this machine's processes and pass on what they tell, until they have ended."""
    threads = max(1, torch.get_num_threads() // devices.here)
    nodes = devices.nodes
    log = path.with_name(f"{nodes.rank if nodes else 0}-{LOG}")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*_torchrun(devices, port), "-m", WORKER, str(path), accelerator],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            # Ctrl-C goes to this process alone; the others end when their input does.
            start_new_session=True,
        )
        try:
            message = _listen(process, watch)
        finally:
            _end(process)
    if "error" in message:
        log.unlink()
        raise PleuraError(message["error"])
    if process.returncode != 0:
        raise PleuraError(
            f"{path.parent}: a process of the pretraining died; {log} tells more\n"
            "  - the same command goes on from the end of its last epoch"
        )
    log.unlink()
    return message.get("result")


def _torchrun(devices: Devices, port: int) -> list[str]:
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={devices.here}"]
    if devices.nodes is None:
        return [*command, "--standalone"]
    nodes = devices.nodes
    return [
        *command,
        f"--nnodes={nodes.number}",
        f"--node-rank={nodes.rank}",
        f"--master-addr={nodes.address}",
        f"--master-port={port}",
    ]


def _listen(process: "subprocess.Popen[bytes]", watch: Watch | None) -> dict[str, Any]:
    """Pass on progress; returns the result, or the first error, if one was told."""
    assert process.stdout
    answer: dict[str, Any] = {}
    for line in process.stdout:
        try:
            message = json.loads(line)
        except ValueError:  # a library that prints
            continue
        if not isinstance(message, dict):
            continue
        if "watch" in message and watch:
            watch(*message["watch"])
        if {"result", "error"} & message.keys():
            answer = {**message, **answer}
    return answer


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin and process.stdout
    process.stdin.close()
    try:
        process.wait(LAST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
