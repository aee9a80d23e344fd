"""How many planted faults the detectors of the audit find in real X-rays, and what else they name.

Usage: python benchmarks/planted_faults.py [--half reported] [--seed 0] [--faults 1000] [--clean]
           [--checked]

The patients of the Kermany and ieee8023 X-rays are divided into two halves: thresholds were chosen
on one (`tuned`), figures are reported of the other. Half of the faults, of ten kinds, go into
either half. A second round puts a side marker on images of one class. Real images come from the
folder in PLEURA_SHARED (default ../shared beside the repository). `--clean` plants nothing, and
names what is found in whole collections. `--checked` looks at images as `pleura data check` does,
at 96 pixels, cropped. Shows no image.
"""

import argparse
import io
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageOps
from sklearn.datasets import load_sample_images

from pleura.check.images import SIZE as CHECKED
from pleura.data.audit.collection import Collection
from pleura.data.audit.detectors import DETECTORS
from pleura.data.audit.finding import Finding
from pleura.data.audit.marks import find_marks
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[1] / "../shared")) / "data"
COLLECTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "chest": ("chest_xray/images.csv", {"image": "file", "patient": "patient_id"}),
    "lung masks": ("lung_masks/pairs.csv", {"patient": "patient_id"}),
    "ultrasound": (
        "lung_ultrasound/frames.csv",
        {"image": "file", "patient": "patient_id", "video": "video_id"},
    ),
}
SIZE = 128
TWINS = {"exact duplicate", "near duplicate", "cut differently"}
EMPTY = {"blank", "nearly blank", "mostly border"}
Change = Callable[[Image.Image, np.random.Generator], Image.Image]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: what is done to an image, whether a copy of it becomes another patient's,
    and which findings count as found."""

    name: str
    change: Change
    copy: bool
    found_as: set[str]


def saved_again(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Through a JPEG of quality 30 to 90."""
    memory = io.BytesIO()
    image.save(memory, "JPEG", quality=int(rng.integers(30, 91)))
    return Image.open(memory)


def resized(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """At 40 to 90 % of the size."""
    scale = rng.uniform(0.4, 0.9)
    return image.resize((round(image.width * scale), round(image.height * scale)))


def cut(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Without up to 8 % of each edge, and saved again."""
    left, top, right, bottom = rng.uniform(0, 0.08, 4)
    box = (left * image.width, top * image.height)
    end = ((1 - right) * image.width, (1 - bottom) * image.height)
    return saved_again(image.resize(image.size, Image.Resampling.BICUBIC, (*box, *end)), rng)


def bordered(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Made small on a black ground; every third is of one gray instead."""
    if rng.random() < 1 / 3:
        return Image.new("L", image.size, int(rng.integers(0, 256)))
    scale = rng.uniform(0.3, 0.6)
    small = image.resize((round(image.width * scale), round(image.height * scale)))
    ground = Image.new("L", image.size)
    place = rng.integers(0, (ground.width - small.width, ground.height - small.height))
    ground.paste(small, (int(place[0]), int(place[1])))
    return ground


def stranger(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A frame of lung ultrasound, or every third time a piece of a photograph."""
    if rng.random() < 1 / 3:
        photo = Image.fromarray(load_sample_images().images[rng.integers(2)]).convert("L")
        side = int(rng.integers(150, 400))
        left, top = rng.integers(0, (photo.width - side, photo.height - side))
        return photo.crop((left, top, left + side, top + side))
    frames = sorted((SHARED / "lung_ultrasound" / "frames").iterdir())
    with Image.open(frames[rng.integers(len(frames))]) as frame:
        return frame.convert("L")


KINDS = (
    Kind("twin, saved again", saved_again, True, TWINS),
    Kind("twin, resized", resized, True, TWINS),
    Kind("twin, mirrored", lambda image, rng: ImageOps.mirror(image), True, TWINS),
    Kind("twin, cut", cut, True, TWINS),
    Kind("inverted", lambda image, rng: ImageOps.invert(image), False, {"inverted"}),
    Kind("upside down", lambda image, rng: ImageOps.flip(image), False, {"upside down"}),
    Kind("mirrored", lambda image, rng: ImageOps.mirror(image), False, {"mirrored"}),
    Kind(
        "turned by a quarter",
        lambda image, rng: image.rotate(90 if rng.random() < 0.5 else -90, expand=True),
        False,
        {"turned left", "turned right"},
    ),
    Kind("blank or mostly border", bordered, False, EMPTY),
    Kind("another picture", stranger, False, {"unlike the rest"}),
)


def plant(
    table: pd.DataFrame, folder: Path, faults: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, set[int]]]:
    """The table with faults, 2 % swapped labels among them, and the rows of each kind: a twin's row
    is that of the copy."""
    table = table.reset_index(drop=True)
    rows = rng.permutation(len(table))
    swapped, rows = np.split(rows, [round(0.02 * len(table))])
    each = (faults - len(swapped)) // len(KINDS)
    names = sorted(set(table["label"]))
    planted = {"swapped label": set(swapped.tolist())}
    for row in swapped:
        others = [name for name in names if name != table.at[row, "label"]]
        table.at[row, "label"] = str(rng.choice(others))
    for number, kind in enumerate(KINDS):
        planted[kind.name] = set()
        for row in rows[number * each : (number + 1) * each]:
            with Image.open(str(table.at[row, "image"])) as image:
                changed = kind.change(image.convert("L"), rng)
            path = folder / f"{kind.name.replace(' ', '_')}_{row}.png"
            changed.save(path)
            at = row
            if kind.copy:
                at = len(table)
                table.loc[at] = table.loc[row]
                table.at[at, "patient"] = f"twin {row}"
            table.at[at, "image"] = str(path)
            planted[kind.name].add(int(at))
    return table, planted


def stamp(
    table: pd.DataFrame, folder: Path, name: str, share: float, rng: np.random.Generator
) -> pd.DataFrame:
    """The table with an L at the lower right of a `share` of the images of one class."""
    table = table.reset_index(drop=True)
    for row in np.flatnonzero(table["label"] == name):
        if rng.random() < share:
            with Image.open(str(table.at[row, "image"])) as image:
                marked = image.convert("L")
            size = max(8, marked.height // 14)
            corner = marked.width - 2 * size, marked.height - 2 * size
            draw = ImageDraw.Draw(marked)
            box = (*corner, corner[0] + 1.4 * size, corner[1] + 1.4 * size)
            draw.rectangle(box, fill=20)
            draw.text((corner[0] + size // 3, corner[1]), "L", fill=240, font_size=size * 1.2)
            path = folder / f"marked_{row}.png"
            marked.save(path)
            table.at[row, "image"] = str(path)
    return table


def collect(table: pd.DataFrame, folder: Path, *, checked: bool = False) -> Collection:
    """The collection of a table, decoded below `folder`; with `checked` as a check sees it."""
    path = folder / "images.csv"
    table[["image", "label", "patient"]].to_csv(path, index=False)
    manifest = read_manifest(path)
    images = [*manifest.table["image"]]
    if checked:
        return Collection(manifest, build_bank(images, folder, size=CHECKED))
    return Collection(manifest, build_bank(images, folder, size=SIZE, fit="pad"))


def search(collection: Collection) -> list[Finding]:
    """The findings of all detectors; prints what each costs."""
    begun = time.process_time()
    findings: list[Finding] = []
    for detector in DETECTORS:
        start = time.process_time()
        found = detector.find(collection)
        print(f"  {detector.name}: {time.process_time() - start:.1f} s of CPU", end=";")
        findings += found
    print(f" {len(collection)} images, {time.process_time() - begun:.1f} s together")
    return findings


def report(planted: dict[str, set[int]], findings: list[Finding], count: int) -> None:
    """Print recall and precision of each kind. A finding is right if one of its rows has that
    fault; a mirrored twin is rightly called mirrored. Others name another fault, or a clean image.
    """
    every = set().union(*planted.values())
    kinds = (*KINDS, Kind("swapped label", KINDS[0].change, False, {"doubtful label"}))
    print("| kind | planted | found | recall | named | right | another fault | clean | precision |")
    for kind in kinds:
        rows = planted[kind.name]
        named = [of for of in findings if of.kind in kind.found_as]
        found = rows & {row for of in named for row in of.rows}
        alike = set().union(*(planted[of.name] for of in kinds if of.found_as == kind.found_as))
        alike |= planted["twin, mirrored"] if kind.name == "mirrored" else set()
        right = sum(1 for of in named if alike & set(of.rows))
        clean = sum(1 for of in named if not every & set(of.rows))
        print(
            f"| {kind.name} | {len(rows)} | {len(found)} | {len(found) / max(len(rows), 1):.2f} | "
            f"{len(named)} | {right} | {len(named) - right - clean} | {clean} | "
            f"{right / max(len(named), 1):.2f} |"
        )
    wrong = Counter(of.kind for of in findings if row_only(of) and not every & set(of.rows))
    print(f"findings without anything planted, of {count - len(every)} images: {dict(wrong)}")


def row_only(finding: Finding) -> bool:
    """Whether a finding is about images, not about the collection."""
    return finding.kind not in {"burned-in marks", "marks by class"}


def main() -> None:
    """Plant, search and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tuned", "reported"), default="reported")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=int, default=1000, help="in both halves together")
    parser.add_argument("--clean", action="store_true", help="search whole real collections")
    parser.add_argument("--checked", action="store_true", help="look as `pleura data check` does")
    options = parser.parse_args()
    if options.clean:
        for name, (path, columns) in COLLECTIONS.items():
            manifest = read_manifest(SHARED / path, columns=columns, labelled=True)
            with tempfile.TemporaryDirectory() as made:
                images = [*manifest.table["image"]]
                bank = build_bank(images, Path(made), size=SIZE, fit="pad")
                print(name)
                findings = search(Collection(manifest, bank))
            print(f"  {dict(Counter(of.kind for of in findings))}")
            for of in findings:
                if not row_only(of) or of.kind in ("near duplicate", "cut differently"):
                    print(f"    {of.text}")
        return
    path, columns = COLLECTIONS["chest"]
    table = read_manifest(SHARED / path, columns=columns).table
    # The halves do not depend on the seed of the faults.
    patients = np.unique(table["patient"])
    tuned = set(np.random.default_rng(17).permutation(patients)[: len(patients) // 2])
    table = table[table["patient"].isin(tuned) == (options.half == "tuned")]
    rng = np.random.default_rng((options.seed, options.half == "tuned"))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        faulty, planted = plant(table, folder, options.faults // 2, rng)
        collection = collect(faulty, folder, checked=options.checked)
        report(planted, search(collection), len(collection))
    print("| share of the images of a class with a side marker | told at that place |")
    for share in (0.0, 0.1, 0.3, 0.5):
        told = []
        for name in ("normal", "viral"):
            with tempfile.TemporaryDirectory() as made:
                marked = collect(stamp(table, Path(made), name, share, rng), Path(made))
                clues = [of.text for of in find_marks(marked) if of.kind == "marks by class"]
            told.append(any("lower right" in text and f"of {name}" in text for text in clues))
        print(f"| {share:.0%} | {sum(told)} of {len(told)} |", flush=True)


if __name__ == "__main__":
    main()
