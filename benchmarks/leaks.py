"""Random manifests with a planted leak, all refused with the rows named, and sound ones, none.

python benchmarks/leaks.py --manifests 1000
"""

import argparse
import csv
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pleura.data.audit import check
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError

RULE = Rule(test="split", validation=0.3, seeds=[0], fractions=[1.0])
Row = dict[str, str]
SIDE = 8  # pixels of an image


@dataclass(frozen=True)
class Planted:
    """A manifest and the two lines of its file that give it away (none where it is sound)."""

    path: Path
    lines: tuple[int, int] | None


def draw_rows(rng: np.random.Generator) -> list[Row]:
    """Patients of two classes in two parts, their images in any order."""
    rows = [
        {
            "image": f"{patient}_{video}_{frame}.png",
            "label": "ab"[patient % 2],
            "patient": f"patient {patient}",
            "video": f"{patient}/{video}" if patient % 3 else "",
            "split": "test" if patient % 4 < 2 else "train",
        }
        for patient in range(int(rng.integers(14, 30)))
        for video in range(int(rng.integers(1, 3)))
        for frame in range(int(rng.integers(1, 3)))
    ]
    return [rows[at] for at in rng.permutation(len(rows))]


def plant_patient(folder: Path, one: Row, other: Row) -> None:
    """An image of the test part is of a patient who trains."""
    other.update(patient=one["patient"], video="")


def plant_video(folder: Path, one: Row, other: Row) -> None:
    """An image of the test part is of a video that trains."""
    one["video"] = other["video"] = "the same video"


def plant_pixels(folder: Path, one: Row, other: Row) -> None:
    """A file of the test part is a copy of one that trains."""
    (folder / other["image"]).write_bytes((folder / one["image"]).read_bytes())


LEAKS: dict[str, Callable[[Path, Row, Row], None] | None] = {
    "patient": plant_patient,
    "video": plant_video,
    "pixels": plant_pixels,
    "none": None,
}


def plant(leak: str, folder: Path, seed: int) -> Planted:
    """Write a random manifest with a leak between its parts into `folder`."""
    rng = np.random.default_rng([seed, list(LEAKS).index(leak)])
    rows, lines = draw_rows(rng), None
    for row in rows:
        noise = rng.integers(0, 256, (SIDE, SIDE), np.uint8)
        Image.fromarray(noise).save(folder / row["image"])
    if make := LEAKS[leak]:
        # Of the same class, so that nothing but the leak is wrong.
        label = "ab"[rng.integers(2)]
        one, other = (
            int(rng.choice([i for i, row in enumerate(rows) if matches(row, part, label)]))
            for part in ("train", "test")
        )
        make(folder, rows[one], rows[other])
        lines = (one + 2, other + 2)
    path = folder / "images.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return Planted(path, lines)


def matches(row: Row, part: str, label: str) -> bool:
    return (row["split"], row["label"]) == (part, label)


def refusal(path: Path) -> str:
    """The message with which a manifest is refused, "" where it is taken; as a study goes on."""
    try:
        manifest = read_manifest(path)
        bank = build_bank(list(manifest.table["image"]), path.parent / "bank", size=SIDE)
        make_split(check(manifest, bank), RULE)
    except InputError as error:
        return "\n".join([error.heading, *error.problems])
    return ""


def fault(planted: Planted, message: str) -> str:
    """What is wrong with the answer to a manifest, "" for nothing."""
    if planted.lines is None:
        return f"refused: {message}" if message else ""
    if not message:
        return "taken"
    named = {
        int(number)
        for numbers in re.findall(r"rows? ([\d, ]+)", message)
        for number in numbers.replace(",", " ").split()
    }
    return "" if set(planted.lines) <= named else f"rows {planted.lines} not in: {message}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--manifests", type=int, default=1000, help="with a leak, and as many sound"
    )
    options = parser.parse_args()
    leaks = [leak for leak in LEAKS if leak != "none"]
    planned = [leaks[seed % len(leaks)] for seed in range(options.manifests)]
    faults, began = [], time.perf_counter()
    print(f"{'leak':<10}{'manifests':>10}{'right':>10}")
    for leak in LEAKS:
        count = options.manifests if leak == "none" else planned.count(leak)
        wrong = []
        for seed in range(count):
            with tempfile.TemporaryDirectory() as folder:
                planted = plant(leak, Path(folder), seed)
                if found := fault(planted, refusal(planted.path)):
                    wrong.append(f"{leak}, seed {seed}: {found}")
        print(f"{leak:<10}{count:>10}{count - len(wrong):>10}", flush=True)
        faults += wrong
    print(f"{time.perf_counter() - began:.0f} s")
    print("\n".join(faults[:20]))
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
