"""How alike copies of one image are, and images of two patients, on the real collections.

Usage: python benchmarks/same_image.py [--size 224]

Copies are made of up to 400 images of a collection: saved again as JPEG, every second quality at
80 % of the size, and mirrored. Real images come from the folder in PLEURA_SHARED (default
../shared beside the repository). Prints file names of the pairs found, shows no image.
"""

import argparse
import csv
import io
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from pleura.data import alike
from pleura.data.bank import Bank, build_bank

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[1] / "../shared"))
# name: table, columns of image, patient and clip, start of the image's path
COLLECTIONS = {
    "Kermany": ("chest_xray/images.csv", "file", "patient_id", "", "kermany"),
    "ieee8023": ("chest_xray/images.csv", "file", "patient_id", "", "ieee8023"),
    "lung masks": ("lung_masks/pairs.csv", "image", "patient_id", "", ""),
    "ultrasound": ("lung_ultrasound/frames.csv", "file", "patient_id", "video_id", ""),
}
QUALITIES = (30, 50, 75, 90)


def save_copies(source: Path, folder: Path, number: int) -> list[str]:
    """Copies of one image, one a quality; their paths."""
    paths = []
    with Image.open(source) as opened:
        gray = opened.convert("L")
    for turn, quality in enumerate(QUALITIES):
        image = ImageOps.mirror(gray) if number % 2 else gray
        if turn % 2:
            image = image.resize((int(image.width * 0.8), int(image.height * 0.8)))
        memory = io.BytesIO()
        image.save(memory, "JPEG", quality=quality)
        path = folder / f"{number}_{quality}.jpg"
        path.write_bytes(memory.getvalue())
        paths.append(str(path))
    return paths


def measure(name: str, size: int, folder: Path) -> None:
    """Print what is found in one collection, and in its copies."""
    table, image, patient, clip, start = COLLECTIONS[name]
    with (SHARED / "data" / table).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[image].startswith(start)]
    files = [(SHARED / "data" / table).parent / row[image] for row in rows]
    bank = build_bank([str(file) for file in files], folder / "bank", size=size)
    patients = np.array([row[patient] for row in rows])
    begun = time.perf_counter()
    alike.find_twins(bank, patients)
    seconds = time.perf_counter() - begun
    alike.ALIKE = 0.6  # so that the most alike images of two patients are seen
    pairs = alike.find_twins(bank, patients)
    print(f"\n{name}: {len(rows)} images, {seconds:.1f} s")
    for pair in pairs[:8]:
        print(f"  {pair.likeness:.4f} {files[pair.one].name} {files[pair.other].name}", end=" ")
        print(f"({patients[pair.one]}, {patients[pair.other]}) {pair.mirrored}")
    alike.ALIKE = 0.95
    chosen = np.linspace(0, len(rows) - 1, min(400, len(rows))).astype(int)
    copies = [save_copies(files[row], folder, int(row)) for row in chosen]
    originals = [str(files[row]) for row in chosen]
    report_copies(originals, copies, folder / "copies", size)
    if clip:
        report_clips(np.array([row[clip] for row in rows]), bank)


def report_copies(
    originals: Sequence[str], copies: Sequence[Sequence[str]], folder: Path, size: int
) -> None:
    """Print how alike original and copy are, for each quality."""
    for turn, quality in enumerate(QUALITIES):
        made = [paths[turn] for paths in copies]
        bank = build_bank([*originals, *made], folder, size=size)
        count = len(made)
        parts = alike.parities(bank)
        likeness = np.array(
            [
                alike.correlate(parts[:, i : i + 1], parts[:, count + i : count + i + 1]).max()
                for i in range(count)
            ]
        )
        seen = likeness[likeness != 0]
        print(
            f"  quality {quality}: least {seen.min():.4f}, 1 % below {np.quantile(seen, 0.01):.4f},"
            f" found {(likeness > alike.ALIKE).sum()} of {count}"
        )


def report_clips(clips: np.ndarray, bank: Bank) -> None:
    """Print how many frames would be found if they, or half of their clip, had another patient."""
    parts = alike.parities(bank)
    found = total = halves = several = 0
    for clip in np.unique(clips):
        frames = np.flatnonzero(clips == clip)
        if len(frames) < 2:
            continue
        best = alike.correlate(parts[:, frames], parts[:, frames]).max(axis=0)
        near = best > alike.ALIKE
        half = len(frames) // 2
        several += 1
        halves += bool(near[:half, half:].any())
        np.fill_diagonal(near, False)
        total += len(frames)
        found += int(near.any(axis=1).sum())
    print(f"  of {total} frames in clips of several, {found} have another frame as good as equal")
    print(f"  of {several} clips cut in half, {halves} have such frames on both sides")


def main() -> None:
    """Measure every collection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=224, help="pixels of the bank")
    options = parser.parse_args()
    for name in COLLECTIONS:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, options.size, Path(folder))


if __name__ == "__main__":
    main()
