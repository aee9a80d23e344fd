"""What several workers gain on one machine, against the most that they could.

python benchmarks/workers.py studies/truncation.yaml --quick --set ...

The same study three times, from decoded images on: in one process with all threads; by as many
workers of one thread; and, as the ceiling, as many copies of the study at once, each in a process
of its own with one thread, which share nothing and wait for nothing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch


def command(study: Path, out: Path, more: list[str], verb: str = "run") -> list[str]:
    """The command that plans or runs the study in a folder."""
    return [sys.executable, "-m", "pleura", "study", verb, str(study), "--out", str(out), *more]


def run(out: Path, threads: int, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command; what it says goes into a file beside the folder."""
    with out.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": str(threads)}
        )


def seconds(*processes: "subprocess.Popen[bytes]", since: float) -> float:
    """Wait for processes; the seconds that they took. Ends with an error where one fails."""
    if any(process.wait() != 0 for process in processes):
        sys.exit("a run has failed; its log tells why")
    return time.monotonic() - since


def main() -> None:
    """Time the three, and tell the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--folder", type=Path, help="where to work; default a temporary one")
    options, more = parser.parse_known_args()
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        ready = folder / "ready"
        planned = run(ready, threads, command(options.study, ready, more, "plan"))
        seconds(planned, since=time.monotonic())
        outs = [folder / f"out_{number}" for number in range(threads + 2)]
        for out in outs:
            shutil.copytree(ready, out)
        one, shared, *copies = outs
        begun = time.monotonic()
        alone = seconds(run(one, threads, command(options.study, one, more)), since=begun)
        begun = time.monotonic()
        workers = [*more, "--workers", str(threads)]
        together = seconds(
            run(shared, threads, command(options.study, shared, workers)), since=begun
        )
        begun = time.monotonic()
        apart = [run(out, 1, command(options.study, out, more)) for out in copies]
        ceiling = alone / (seconds(*apart, since=begun) / threads)
        gain = alone / together
        print(
            f"{options.study.stem}: one process with {threads} threads {alone:.0f} s, {threads} "
            f"workers {together:.0f} s: {gain:.2f} times as fast; at most {ceiling:.2f}; "
            f"{gain / ceiling:.2f} of that"
        )


if __name__ == "__main__":
    main()
