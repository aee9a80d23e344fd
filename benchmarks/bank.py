"""Speed of building a bank from the Kermany X-rays, and the memory that reading a large one takes.

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

from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import read_manifest

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


def measure_reading(gigabytes: float, size: int, batch: int, batches: int) -> None:
    n = int(gigabytes * 2**30) // (size * size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "pixels.u8").open("wb") as file:
            file.truncate(n * size * size)
        bank = Bank(folder, "", size, "crop", pd.DataFrame(index=range(n)))
        rng = np.random.default_rng(0)
        bank.read(rng.integers(0, n, batch))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        for _ in range(batches):
            bank.read(rng.integers(0, n, batch))
        seconds = time.perf_counter() - began
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"{batches} random batches of {batch} from a bank of {gigabytes:g} GB ({n} images): "
        f"{batches * batch / seconds:.0f} images/second, peak memory grew by {grown / 1024:.1f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=96, help="pixels of a side")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--gigabytes", type=float, default=5.0, help="of the bank that is read")
    options = parser.parse_args()
    # First, because peak memory never falls again.
    measure_reading(options.gigabytes, size=224, batch=32, batches=2000)
    measure_build(options.size, options.workers)
