"""Real workers: `pleura worker` in a process of its own, on the cluster of runs in this one. The
one that works has small random forests; the other one is told to go before it would need any."""

import json
import os
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pleura.engine import arrivals
from pleura.engine.listed import Workers
from pleura.study.run import Result, Study
from tests.conftest import SMALL_FOREST, forests_of, without_page
from tests.study.short import assert_same_tables

OLD = "0.0.1"
ENDS_SECONDS = 60.0


def start(
    file: Path, log: Path, command: str, *, before: Path | None = None
) -> "subprocess.Popen[str]":
    """The `worker` of a command line for the runs that a file tells of; packages in `before` are
    found first."""
    paths = [*([str(before)] if before else []), *sys.path]
    with log.open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", command, "worker", "--cluster", str(file)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )


def end(process: "subprocess.Popen[str]") -> int:
    """Interrupt a worker as a user does; its exit code."""
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(ENDS_SECONDS)
    finally:
        process.kill()


class Runs:
    """Two runs, one after the other, with a worker that was there before and one of another
    version of pleura."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.file, self.addresses, self.told = folder / "meet.json", list[str](), list[str]()
        self.logs = {name: folder / f"{name}.log" for name in ("same", "other")}
        metadata = folder / "other" / f"pleura-{OLD}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(f"Metadata-Version: 2.1\nName: pleura\nVersion: {OLD}\n")
        other = start(self.file, self.logs["other"], "pleura", before=metadata.parents[1])
        same = start(self.file, self.logs["same"], "tests.engine.small_command")
        try:
            first = self.run(study, folder / "first")
            # Of the second run as much as shows that the worker is there: the evaluation.
            shutil.copytree(first.folder, folder / "second")
            for step in (folder / "second" / "steps").glob("outcome-*"):
                shutil.rmtree(step)
            self.results = [first, self.run(study, folder / "second")]
            self.other_code = other.wait(ENDS_SECONDS)
        finally:
            other.kill()
            self.code = end(same)

    def run(self, study: Study, out: Path) -> Result:
        return study.run(out, engine=Workers(cluster=str(self.file)), announce=self.hear)

    def hear(self, line: str) -> None:
        self.told.append(line)
        if line.startswith("["):
            self.addresses.append(json.loads(self.file.read_text())["address"])

    def log(self, name: str) -> str:
        return self.logs[name].read_text()


@pytest.fixture(scope="module")
def runs(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    with without_page(), forests_of(SMALL_FOREST), pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrivals, "ALONE_SECONDS", 0.0)  # what is timed here is not looked at
        return Runs(study, tmp_path_factory.mktemp("cluster"))


def test_the_tables_are_those_of_one_process(runs: Runs, expected: Result) -> None:
    assert_same_tables(runs.results[0], expected)
    assert runs.addresses[0].startswith("tls://127.0.0.1:")


def test_one_worker_serves_runs_one_after_the_other(runs: Runs, expected: Result) -> None:
    assert_same_tables(runs.results[1], expected)
    addresses = dict.fromkeys(runs.addresses)
    assert len(addresses) == 2
    log = runs.log("same")
    assert log.startswith(f"1 worker of 1 thread for {runs.file}\n")
    assert [f"works for the run at {at}" in log for at in addresses] == [True, True]
    assert log.count("the run has ended") >= 1  # the second end may come after the interrupt
    assert log.endswith("stopped; the same command goes on from here\n")
    assert runs.code == 130


def test_another_version_of_pleura_is_refused_by_name(runs: Runs) -> None:
    """And hinders neither the run nor the other worker."""
    assert runs.other_code == 1
    names = f"the run is of pleura {version('pleura')}, and this is pleura {OLD}"
    assert names in " ".join(runs.log("other").split())


def test_nothing_is_left(runs: Runs) -> None:
    assert not list(runs.file.parent.glob("*.json"))
    for result in runs.results:
        assert not (result.folder / "attempts").exists()
        assert not list(result.folder.glob("engine/workers*"))
