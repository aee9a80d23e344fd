"""The benchmark on a GPU: each of its sides runs, here on a CPU, and without a GPU it says so."""

import argparse
from pathlib import Path

import pytest
import torch

from benchmarks import gpu


def test_without_a_gpu_it_ends_with_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["gpu.py"])
    with pytest.raises(SystemExit, match="torch finds none here"):
        gpu.main()


def test_each_side_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "KERMANY", tmp_path / "none")
    monkeypatch.setattr(gpu, "NETS", ("test_efficientnet",))
    options = argparse.Namespace(images=8, size=32, batch=4, rounds=1, workers=0)
    gpu.run(tmp_path, gpu.NETS, options, torch.device("cpu"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if "images/s" in line] == [
        *(
            f"test_efficientnet, {side}"
            for side in ("pleura", "bare", "timm, memory", "timm, disk")
        ),
        *(f"SimCLR of test_efficientnet, {s}" for s in ("pleura", "lightly", "lightly, lean")),
    ]
