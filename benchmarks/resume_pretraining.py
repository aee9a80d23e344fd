"""A pretraining that is killed (SIGKILL) at random moments against one that is not.

    python benchmarks/resume_pretraining.py IMAGES [--method simclr] [--kills 10]

IMAGES is a folder of images. Every round starts one in a process of its own, kills it at a random
moment and lets it go on, up to three times, and then lets it end. Its `weights.safetensors` is
compared byte for byte with that of a pretraining which nothing disturbed.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from pleura.data.bank import build_bank
from pleura.tasks.selfsup.job import Job, pretrain
from pleura.train.checkpoint import CHECKPOINT, WEIGHTS
from pleura.train.precision import make_fabric

IMAGES = 256
SIZE = 64
EPOCHS = 4
KILLS_A_ROUND = 3


def make_job(images: list[str], folder: Path, method: str) -> Job:
    """A small pretraining; all are alike but for where they are written."""
    bank = build_bank(images, folder.parent / "banks", size=SIZE)
    return Job(
        folder=folder,
        spec={
            "backbone": "mobilenet_v2_035",
            "weights": "random",
            "method": method,
            "views": {},
            "size": SIZE,
            "settings": {"epochs": EPOCHS, "min_steps": 1, "batch_size": 64},
            "value": 1e-3,
            "seed": 0,
            "precision": "fp32",
        },
        places={},
        banks=(bank,),
        train=np.arange(IMAGES - 64),
        validation=np.arange(IMAGES - 64, IMAGES),
        labels=np.full(IMAGES, -1),
        before=None,
        logs=folder / "logs",
    )


def start(path: Path) -> "subprocess.Popen[bytes]":
    """The pretraining in a process of its own, which is waited for until it has begun."""
    process = subprocess.Popen(
        [sys.executable, __file__, "child", str(path)], stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    return process


def finish(path: Path) -> float:
    """Let it go on to its end; the seconds from its beginning."""
    process = start(path)
    began = time.monotonic()
    if process.wait() != 0:
        raise SystemExit(f"it failed with {process.returncode}")
    return time.monotonic() - began


def child(path: Path) -> None:
    """The pretraining itself."""
    job = Job.read(path)
    print("begins", flush=True)
    pretrain(job, make_fabric("cpu", "fp32"))


def main() -> None:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("--method", default="simclr")
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    images = sorted(map(str, options.images.rglob("*.jp*g")))
    random = np.random.default_rng(0)
    images = [images[i] for i in random.permutation(len(images))[:IMAGES]]
    with tempfile.TemporaryDirectory() as name:
        whole = make_job(images, Path(name) / "whole", options.method)
        seconds = finish(whole.write())
        print(f"undisturbed: {seconds:.1f} s", flush=True)
        expected = (whole.folder / WEIGHTS).read_bytes()
        kills = rounds = equal = 0
        while kills < options.kills:
            rounds += 1
            job = make_job(images, Path(name) / f"round{rounds}", options.method)
            path = job.write()
            for _ in range(KILLS_A_ROUND):
                process = start(path)
                try:
                    process.wait(random.uniform(0, 0.5 * seconds))
                    break  # it was at its end
                except subprocess.TimeoutExpired:
                    os.kill(process.pid, signal.SIGKILL)
                    process.wait()
                if (job.folder / WEIGHTS).exists():
                    break
                kills += 1
                resumable = (job.folder / CHECKPOINT).exists()
                print(f"  killed; {'a' if resumable else 'no'} checkpoint", flush=True)
            if not (job.folder / WEIGHTS).exists():
                finish(path)
            same = (job.folder / WEIGHTS).read_bytes() == expected
            equal += same
            print(f"round {rounds}: {'equal' if same else 'DIFFERENT'}", flush=True)
    print(f"{options.method}: {equal} of {rounds} rounds equal, {kills} kills")
    if equal != rounds:
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(Path(sys.argv[2]))
    else:
        main()
