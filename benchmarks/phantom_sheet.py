"""Contact sheet of simulated beside real chest X-rays, and the simulator's speed.

Usage: python benchmarks/phantom_sheet.py SHEET.png [--simulated-only] [--seed N]
The picture in docs/concepts: docs/concepts/phantom.png --simulated-only

Real images come from the folder in PLEURA_SHARED (default ../shared beside the repository).
"""

import argparse
import csv
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pleura.files import write_atomically
from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.folder import simulate

COLUMNS, CELL = 6, 224
REAL = {
    "chest_xray/images.csv": ("file", ("normal", "bacterial", "viral", "covid")),
    "lung_masks/pairs.csv": ("image", ("normal", "tuberculosis")),
}


def simulated(seed: int) -> list[Image.Image]:
    """Four rows, one a label, mild to severe; children and adults take turns."""
    return [
        Image.fromarray(
            simulate(
                seed=seed,
                patient=6 * row + column,
                image=0,
                label=label,
                severity=None if label == "normal" else (column + 1) / COLUMNS,
                size=CELL,
                adult=column % 2 == 0,
            ).image
        )
        for row, label in enumerate(LABELS)
        for column in range(COLUMNS)
    ]


def real(seed: int) -> list[Image.Image]:
    """As many real images, drawn evenly from labels of both collections."""
    shared = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[1] / "../shared"))
    rng = np.random.default_rng(seed)
    found = []
    for table, (column, labels) in REAL.items():
        path = shared / "data" / table
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for label in labels:
            files = [row[column] for row in rows if row["label"] == label]
            found += [path.parent / files[i] for i in rng.choice(len(files), 4, replace=False)]
    return [Image.open(file).convert("L") for file in found]


def sheet(images: list[Image.Image]) -> NDArray[np.uint8]:
    """Square centre crops in rows of six, as gray (rows * 224, 1344)."""
    cells = [np.asarray(ImageOps.fit(image, (CELL, CELL))) for image in images]
    rows = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    return np.vstack(rows)


def throughput(count: int = 100, size: int = 224) -> float:
    """Images a second with one thread a core."""

    def one(i: int) -> None:
        simulate(seed=0, patient=i, image=0, label=LABELS[i % len(LABELS)], size=size)

    one(0)
    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(count)))
    return count / (time.perf_counter() - start)


def main() -> None:
    """Write the sheet, print the speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--simulated-only", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    halves = [sheet(simulated(options.seed))]
    if not options.simulated_only:
        halves.append(sheet(real(options.seed)))
    with write_atomically(options.output) as temporary:
        Image.fromarray(np.hstack(halves)).save(temporary, format="PNG", optimize=True)
    print(f"{options.output}: simulated on the left")
    speeds = ", ".join(f"{throughput():.0f}" for _ in range(3))
    print(f"images of 224 pixels a second on {os.cpu_count()} cores, three times: {speeds}")


if __name__ == "__main__":
    main()
