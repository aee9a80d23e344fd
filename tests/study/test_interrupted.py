"""A study that is interrupted says so at once, and ends with the next run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pleura.errors import PleuraError
from pleura.study.run import Study
from tests.conftest import MakeImages, without_page
from tests.study.short import assert_same_tables, short

pytestmark = pytest.mark.usefixtures("small_forests")

NETWORK = "test_efficientnet"  # of timm: other processes know it


def start(folder: Path, study: dict[str, Any], out: Path) -> subprocess.Popen[str]:
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    return subprocess.Popen(
        [sys.executable, "-m", "pleura", "study", "run", str(path), "--out", str(out)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupt(process: subprocess.Popen[str]) -> None:
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=10)
    assert time.monotonic() - begin < 2
    assert process.returncode == 130
    assert words.splitlines() == ["stopped; the same command goes on from here"]


def wait_for(process: subprocess.Popen[str], folder: Path, pattern: str) -> None:
    while not list(folder.glob(pattern)):
        assert process.poll() is None
        time.sleep(0.005)


def test_interrupted_while_decoding_with_a_second_run_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 255, (12_000, 16, 16), dtype=np.uint8)
    np.savez(
        tmp_path / "many.npz",
        train_images=images[::2],
        train_labels=random.integers(0, 2, 6_000),
        test_images=images[1::2],
        test_labels=random.integers(0, 2, 6_000),
    )
    many, out = short(tmp_path / "many.npz", NETWORK), tmp_path / "out"
    many["data"]["image_is_patient"] = True
    process = start(tmp_path, many, out)
    wait_for(process, out, "bank/*/blocks/*.json")
    with pytest.raises(PleuraError, match=r"another run is at work in this folder .*; wait"):
        Study.from_objects(many).run(out)
    interrupt(process)
    assert not list(out.glob("bank/*/bank.json"))


def test_interrupted_while_reporting(make_images: MakeImages, tmp_path: Path) -> None:
    manifest = make_images(patients=24)
    study = Study.from_objects(short(manifest, NETWORK))
    with without_page():
        finished = study.run(tmp_path / "finished")
    copied = Path(shutil.copytree(finished.folder, tmp_path / "copied"))
    (copied / "panels" / "mistakes.csv").unlink()
    (copied / "report.html").unlink()
    process = start(tmp_path, short(manifest, NETWORK), copied)
    wait_for(process, copied, "panels/mistakes.csv")
    interrupt(process)
    assert not (copied / "report.html").exists()
    with without_page():
        assert_same_tables(study.run(copied), finished)
