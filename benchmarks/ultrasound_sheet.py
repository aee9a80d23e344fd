"""Contact sheet of simulated beside real lung ultrasound, their statistics, and the speed.

Usage: python benchmarks/ultrasound_sheet.py SHEET.png [--simulated-only] [--seed N]
The picture in docs/concepts: docs/concepts/ultrasound-phantom.png --simulated-only

Real frames come from the folder in PLEURA_SHARED (default ../shared beside the repository), the
first of each clip; those smaller than 240 pixels are left out.
"""

import argparse
import csv
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.ndimage import gaussian_filter

from pleura.files import write_atomically
from pleura.simulate.ultrasound.clip import Frame
from pleura.simulate.ultrasound.patient import LABELS
from pleura.simulate.ultrasound.simulate import simulate_clip

COLUMNS, CELL = 6, 256
PROBES = ("convex", "linear")
# As many rows of the sheet as there are of each probe; of the statistics, images.
ROWS, COMPARED = {"convex": 4, "linear": 2}, 160
Gray = NDArray[np.uint8]


def simulated(seed: int, count: int) -> list[Frame]:
    """A frame each of `count` patients; labels take turns."""
    return [
        next(
            simulate_clip(
                seed=seed, patient=i, clip=0, label=LABELS[i % len(LABELS)], frames=1, size=CELL
            )
        )
        for i in range(count)
    ]


def real() -> dict[str, list[Gray]]:
    """The first frame of every clip, by probe, as square crops."""
    shared = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[1] / "../shared"))
    table = shared / "data" / "lung_ultrasound" / "frames.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["width"]) >= 240]
    firsts = {row["video_id"]: row for row in reversed(rows)}.values()
    found: dict[str, list[Gray]] = {probe: [] for probe in PROBES}
    for row in firsts:
        image = Image.open(table.parent / row["file"]).convert("L")
        found[row["probe"]].append(np.asarray(ImageOps.fit(image, (CELL, CELL))))
    return found


def sheet(frames: dict[str, list[Gray]], seed: int) -> Gray:
    """Rows of six, convex ones first, drawn at random; as many of each as there are."""
    rng = np.random.default_rng(seed)
    cells = []
    for probe in PROBES:
        wanted = ROWS[probe] * COLUMNS
        drawn = rng.permutation(len(frames[probe]))[:wanted]
        cells += [frames[probe][i] for i in drawn]
        cells += [np.zeros((CELL, CELL), np.uint8)] * (wanted - len(drawn))
    rows = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    return np.vstack(rows)


def correlation_length(gray: NDArray[np.float64], axis: int) -> float:
    """Pixels after which the speckle's correlation has fallen to a half, in the upper middle."""
    rest = gray - gaussian_filter(gray, 6)
    rest /= np.sqrt(gaussian_filter(rest**2, 6)) + 3
    part = np.s_[CELL // 8 : CELL // 2, CELL // 3 : 2 * CELL // 3]
    products = [(rest * np.roll(rest, -k, axis))[part].mean() for k in range(9)]
    fallen = np.array(products) / max(products[0], 1e-9)
    after = int(np.argmax(fallen < 0.5))
    if after == 0:
        return float("nan")
    return float(after - 1 + (fallen[after - 1] - 0.5) / (fallen[after - 1] - fallen[after]))


def statistics(images: Sequence[Gray]) -> dict[str, float]:
    """Means over images: grays of what is not black, correlation lengths, grays by depth."""
    rows = []
    for image in images:
        gray, lit = image.astype(float), image[image >= 8]
        middle = gray[:, CELL // 3 : 2 * CELL // 3]
        thirds = [part.mean() for part in np.array_split(middle, 3)]
        lengths = [correlation_length(gray, axis) for axis in (0, 1)]
        spread = (lit.mean(), lit.std(), np.percentile(lit, 99))
        rows.append([1 - lit.size / gray.size, *spread, *thirds, *lengths])
    names = ["black share", "mean", "std", "99th percentile", "upper third", "middle third"]
    names += ["lower third", "correlation along", "correlation across"]
    return dict(zip(names, np.nanmean(rows, axis=0).tolist(), strict=True))


def throughput(clips: int = 16, frames: int = 5) -> float:
    """Frames a second with one thread a core, clips being set up anew."""

    def one(i: int) -> None:
        list(simulate_clip(seed=0, patient=i, clip=0, label=LABELS[i % 4], frames=frames))

    one(0)
    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(clips)))
    return clips * frames / (time.perf_counter() - start)


def main() -> None:
    """Write the sheet, print statistics and speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--simulated-only", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    made = simulated(options.seed, COMPARED)
    halves = {"simulated": {p: [f.image for f in made if f.probe == p] for p in PROBES}}
    if not options.simulated_only:
        halves["real"] = real()
    picture = np.hstack([sheet(half, options.seed) for half in halves.values()])
    shown = Image.fromarray(picture)
    if options.simulated_only:  # a page needs no more
        shown = shown.resize((960, 960), Image.Resampling.LANCZOS)
    with write_atomically(options.output) as temporary:
        shown.save(temporary, format="PNG", optimize=True)
    print(f"{options.output}: simulated on the left")
    for probe in PROBES:
        measured = {f"{name} {probe}": statistics(half[probe]) for name, half in halves.items()}
        for key in next(iter(measured.values())):
            told = ", ".join(f"{name} {found[key]:.2f}" for name, found in measured.items())
            print(f"{key}: {told}")
    speeds = ", ".join(f"{throughput():.0f}" for _ in range(3))
    print(f"frames of 256 pixels a second on {os.cpu_count()} cores, three times: {speeds}")


if __name__ == "__main__":
    main()
