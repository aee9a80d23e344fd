"""Whether a study survives: killed, interrupted, repeated, with other threads and instructions.

python benchmarks/survival.py kills --threads 1   # kill -9 at twenty moments, then equal tables?
python benchmarks/survival.py interrupts          # Ctrl-C at ten moments: seconds, exit code
python benchmarks/survival.py repeat              # the same study again, and elsewhere
"""

import argparse
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from benchmarks.same_tables import compare

MARK = "phase: "
# The order of life, so that each phase is still to come when it is to be hit.
KILLS = (
    *("start", "bank", "bank", "bank", "measuring", "checkpoint", "features", "fit", "head"),
    *("checkpoint", "pixels", "outcome", "checkpoint", "outcome", "fit", "outcome", "tables"),
    *("tables", "report", "report"),
)
INTERRUPTS = (
    *("bank", "bank", "measuring", "fit", "features", "checkpoint", "pixels", "outcome", "tables"),
    "report",
)
# What torch, oneDNN, MKL and OpenBLAS may use of the processor: as on an older machine.
LIMITS = (
    *("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA"),
    *("MKL_ENABLE_INSTRUCTIONS", "OPENBLAS_CORETYPE"),
)
AVX2 = dict(zip(LIMITS, ("avx2", "AVX2", "AVX2", "Haswell"), strict=True))
SSE4 = dict(zip(LIMITS, ("default", "SSE41", "SSE4_2", "Nehalem"), strict=True))


def study_of(folder: Path, seeds: int, fractions: list[float]) -> Path:
    """Write simulated images and a study with every kind of step; the study file's path."""
    from pleura.simulate.xray.disease import LABELS
    from pleura.simulate.xray.folder import write_chest_xrays

    table = write_chest_xrays(folder / "images", patients=64, size=224, seed=0)
    recipe = {"backbone": "squeezenet1_0", "weights": "random"}
    lite = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}
    content = {
        "question": "which pattern",
        "data": {"manifest": str(table), "size": 48, "classes": list(LABELS)},
        "split": {"test": 0.3, "validation": 0.25},
        "seeds": list(range(seeds)),
        "fractions": fractions,
        "reference": "fine-tuning",
        "recipes": {
            "scratch": recipe,
            "frozen": {**lite, "strategy": "feature_extraction"},
            "frozen random": {**recipe, "strategy": "feature_extraction"},
            "fine-tuning": lite,
        },
        "training": {"epochs": 4, "min_steps": 8, "batch_size": 16, "precision": "fp32"},
        "tune": {"rates": [5e-4, 2e-3], "penalties": [0.1, 1.0]},
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def child(arguments: list[str]) -> None:
    """The command line itself, which prints a line whenever a phase of the study begins."""
    from pleura import cli
    from pleura.data import bank
    from pleura.report import page
    from pleura.study import outputs, prepare, section_reader
    from pleura.study.steps.listed import KINDS, load_kind
    from pleura.train import checkpoint, loop

    # So that short trainings are resumed from checkpoints, too, and small banks from blocks.
    loop.CHECKPOINT_SECONDS, bank.BLOCK = 0.0, 16
    places: list[tuple[Any, str, str]] = [
        (section_reader, "build_bank", "bank"),
        (prepare, "measure_network", "measuring"),
        *((load_kind(kind), "perform", kind) for kind in KINDS),
        (checkpoint, "save", "checkpoint"),
        (outputs, "collect", "tables"),
        (page, "write_report", "report"),
    ]
    for owner, name, phase in places:
        setattr(owner, name, marked(phase, getattr(owner, name)))
    sys.argv[1:] = arguments
    cli.main()


def marked(phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which says first that its phase begins."""

    def begin(*args: Any, **options: Any) -> Any:
        print(f"{MARK}{phase}", flush=True)
        return function(*args, **options)

    return begin


def command_of(study: Path, out: Path) -> list[str]:
    """What runs the study in a process that says which phase begins."""
    return [sys.executable, __file__, "child", "study", "run", str(study), "--out", str(out)]


class Running:
    """A study at work in another process, and the phases it has come to, with their times."""

    def __init__(self, study: Path, out: Path, settings: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command_of(study, out),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.lines = self.process.stdout
        self.marks = [("start", time.monotonic())]

    def reach(self, phase: str | None, visit: int = 1) -> bool:
        """Wait until a phase begins for the n-th time; False where the study ended before."""
        seen = [name for name, _ in self.marks]
        if phase == seen[-1]:  # the start
            return True
        for line in self.lines:
            if line.startswith(MARK):
                self.marks.append((line.removeprefix(MARK).strip(), time.monotonic()))
                seen.append(self.marks[-1][0])
                if phase is not None and seen.count(phase) >= visit:
                    return True
        return False

    def end(self, number: int) -> tuple[float, str]:
        """Send a signal to all its processes; seconds until it has ended, and its last words."""
        start = time.monotonic()
        os.killpg(self.process.pid, number)
        self.process.wait()
        seconds = time.monotonic() - start
        self.reach(None)
        return seconds, self.last_words()

    def finish(self) -> None:
        """Wait for a study that nothing disturbs."""
        self.reach(None)
        if self.process.wait() != 0:
            raise SystemExit(f"the study failed: {self.last_words()}")
        self.marks.append(("end", time.monotonic()))

    def last_words(self) -> str:
        """What it wrote to the error stream."""
        assert self.process.stderr is not None
        return self.process.stderr.read().strip()

    def durations(self) -> dict[str, float]:
        """Median seconds of each phase."""
        marks = pd.DataFrame(self.marks, columns=["phase", "begin"])
        seconds = marks["begin"].shift(-1) - marks["begin"]  # none of the last mark, the end
        medians = seconds.groupby(marks["phase"]).median().dropna()
        return {str(phase): float(value) for phase, value in medians.items()}


def undisturbed(study: Path, out: Path, settings: Mapping[str, str]) -> dict[str, float]:
    """Run the study in one go; the usual seconds of its phases."""
    running = Running(study, out, settings)
    running.finish()
    seconds = running.marks[-1][1] - running.marks[0][1]
    print(f"{out.name}: {seconds:.0f} s, {len(running.marks) - 2} phases", flush=True)
    return running.durations()


def disturb(
    study: Path, out: Path, phases: tuple[str, ...], number: int, seconds: Mapping[str, float]
) -> None:
    """End the study with a signal in each of the phases, at a random moment of it."""
    random = np.random.default_rng(0)
    for phase in phases:
        running = Running(study, out, {})
        # A few steps further, so that the moments spread over the whole life.
        visit = int(random.integers(1, 3)) if phase in ("pixels", "outcome") else 1
        if not running.reach(phase, visit):
            raise SystemExit(f"the study ended before phase {phase}: {running.last_words()}")
        # Or as the next phase begins, since a shared machine may be faster than it was.
        select.select([running.lines], [], [], random.uniform(0, 0.8 * seconds[phase]))
        moment = time.monotonic()
        taken, words = running.end(number)
        age = max(0.0, moment - running.marks[-1][1])
        resumable = (
            "a checkpoint" if list(out.glob("attempts/*/*/checkpoint.pt")) else "no checkpoint"
        )
        print(
            f"  aimed at {phase}, hit {running.marks[-1][0]} ({age:.2f} s into it): ended in "
            f"{taken:.2f} s with {running.process.returncode}, {resumable}; {words or 'no words'}",
            flush=True,
        )


def survive(folder: Path, phases: tuple[str, ...], number: int, fractions: list[float]) -> None:
    """End a study with a signal in each of the phases, then compare with an undisturbed one."""
    study = study_of(folder, seeds=2, fractions=fractions)
    seconds = undisturbed(study, folder / "undisturbed", {})
    disturb(study, folder / "disturbed", phases, number, seconds)
    undisturbed(study, folder / "disturbed", {})
    equal = compare(folder / "undisturbed", folder / "disturbed")
    assert_nothing_left(folder / "disturbed", equal)


def assert_nothing_left(out: Path, equal: bool) -> None:
    """End with an error where tables differ, or where files are left of those who were killed."""
    left = [*out.rglob(".*"), *(out / "attempts").rglob("*")]
    print(f"half-written files left: {len(left)}")
    if left or not equal:
        sys.exit("not as undisturbed")


def repeat(folder: Path) -> None:
    """The same study again, with two threads, and with older instructions."""
    study = study_of(folder, seeds=4, fractions=[1.0])
    one, two = {"OMP_NUM_THREADS": "1"}, {"OMP_NUM_THREADS": "2"}
    runs = {
        "one": one,
        "one_again": one,
        "two": two,
        "two_again": two,
        "one_avx2": {**one, **AVX2},
        "one_sse4": {**one, **SSE4},
    }
    for name, settings in runs.items():
        undisturbed(study, folder / name, settings)
        if name != "one":
            compare(folder / ("two" if name == "two_again" else "one"), folder / name)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2:])
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["kills", "interrupts", "repeat"])
    parser.add_argument("--threads", type=int, default=1, help="of kills and interrupts")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    with tempfile.TemporaryDirectory() as name:
        if options.what == "kills":
            survive(Path(name), KILLS, signal.SIGKILL, fractions=[0.5, 1.0])
        elif options.what == "interrupts":
            survive(Path(name), INTERRUPTS, signal.SIGINT, fractions=[1.0])
        else:
            repeat(Path(name))
