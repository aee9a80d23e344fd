"""Speed of building a bank from the Kermany X-rays, and the memory of training on a large one.

PLEURA_SHARED=../shared python benchmarks/bank.py --gigabytes 5
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.data.manifest_file import read_manifest
from pleura.tasks.images import OnImages
from pleura.train.task import Batch
from pleura.transfer.build import build_model

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))


def measure_build(size: int, workers: int) -> None:
    manifest = read_manifest(
        SHARED / "data" / "chest_xray" / "images.csv",
        columns={"image": "file", "patient": "patient_id"},
        where={"source": "Kermany*"},
    )
    images = list(manifest.table["image"])
    with tempfile.TemporaryDirectory() as folder:
        for start in ("first", "second"):
            began, cpu = time.perf_counter(), time.process_time()
            build_bank(images, Path(folder), size=size, workers=workers)
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            print(
                f"{start} start: {len(images)} images to {size} px in {seconds:.2f} s, "
                f"{len(images) / seconds:.0f} images/second; {workers} threads, {cpu:.2f} s of CPU"
            )


def measure_training(gigabytes: float, size: int, batches: int) -> None:
    """Peak memory that training on a bank of `gigabytes` takes beyond the model at work."""
    n = int(gigabytes * 2**30) // (size * size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "pixels.u8").open("wb") as file:
            # Blocks of noise rather than a hole, so that every page read is a page of the disk.
            noise = np.random.default_rng(0).integers(0, 255, 2**26, dtype=np.uint8).tobytes()
            for _ in range(n * size * size // len(noise) + 1):
                file.write(noise)
            file.truncate(n * size * size)
        bank = Bank(folder, "", size, "crop", pd.DataFrame({"image": range(n)}))
        rows = np.arange(n)
        task = OnImages(
            bank,
            rows % 3,
            train=rows,
            validation=rows[:3],
            n_classes=3,
            augmentation=Augmentation(),
            balanced=True,
            device=torch.device("cpu"),
        )
        spec = {"backbone": "squeezenet1_0", "weights": "random", "strategy": "fine_tuning"}
        model = build_model(spec, 3, seed=0).classifier.train()
        optimiser = torch.optim.AdamW(model.parameters(), fused=True)
        order = np.random.default_rng(0).permutation(n)[: batches * 32].reshape(batches, 32)
        before = 0
        for number, chosen in enumerate(order):
            if number == batches // 10:
                # By now the model, its gradients, the optimiser and one batch are in memory.
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            loss = task.loss(model, Batch(chosen, number, augmented=True))
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{batches} training batches of 32 from a bank of {gigabytes:g} GB ({n} images of {size} "
        f"px): peak memory {peak / 1024:.0f} MB, grown by {(peak - before) / 1024:.1f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=96, help="pixels of a side")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--gigabytes", type=float, default=5.0, help="of the bank that is read")
    options = parser.parse_args()
    # First, because peak memory never falls again.
    measure_training(options.gigabytes, size=options.size, batches=200)
    measure_build(options.size, options.workers)
