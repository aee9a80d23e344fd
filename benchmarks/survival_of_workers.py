"""Whether a study survives its workers: twenty killed, and three runs with their scheduler.

python benchmarks/survival_of_workers.py
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from benchmarks.same_tables import compare
from benchmarks.survival import assert_nothing_left, command_of, study_of, undisturbed


def kill_workers(folder: Path, workers: int = 20, runs: int = 3) -> None:
    """Kill workers of a study, and now and then the run with its scheduler and all workers, at
    random moments; then compare with one that a single process has done."""
    study, out = study_of(folder, seeds=2, fractions=[0.5, 1.0]), folder / "disturbed"
    undisturbed(study, folder / "undisturbed", {})
    random, killed, ended = np.random.default_rng(0), 0, 0
    while True:
        run = psutil.Popen([*command_of(study, out), "--workers", "2"], start_new_session=True)
        while run.poll() is None:
            time.sleep(float(random.uniform(1, 5)))
            at_work = [
                each
                for each in run.children()
                if "pleura.engine.worker" in each.cmdline() and (out / "attempts").is_dir()
            ]
            if not at_work:
                continue
            if ended < runs and killed >= (ended + 1) * workers // (runs + 1):
                os.killpg(run.pid, signal.SIGKILL)
                ended += 1
                print(f"  killed the run, the {ended}. time", flush=True)
            elif killed < workers:
                at_work[int(random.integers(len(at_work)))].kill()
                killed += 1
                print(f"  killed a worker, the {killed}. time", flush=True)
        if run.returncode == 0:
            break
        if run.returncode != -signal.SIGKILL:
            raise SystemExit(f"the study failed: {run.returncode}")
    print(f"killed {killed} workers and {ended} runs", flush=True)
    if killed < workers or ended < runs:
        sys.exit("the study ended before all were killed")
    assert_nothing_left(out, compare(folder / "undisturbed", out))


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        kill_workers(Path(name))
