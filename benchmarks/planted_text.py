"""How often text that is planted into X-rays is found, and what is named without any.

python -m benchmarks.planted_text [--seed 0] [--images 400] [--sheet FILE]

Half of the images get a line of letters: a name, a date or a number, in white of 180 to 255, three
in ten on a dark plate, anywhere in the upper or lower eighth. Each image is made 1024 x 768 first,
with noise of 4 gray levels, since the copies that lie beside a clone are small. Both searches look
at the same files: that for letters at the whole image, that for marks at the middle square of 96
pixels. Then the real collections are searched as they are; `--sheet` writes all lines that were
found there, to be looked at.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.planted_faults import COLLECTIONS, SHARED
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pleura.check.lettering import find_lettering
from pleura.data.audit.collection import Collection
from pleura.data.audit.marks import places_of_marks
from pleura.data.audit.pictures import one_below_the_other
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.study.context import quiet

WIDTH, HEIGHT = 1024, 768
SIZES = (12, 16, 20, 24, 32)  # of the font, pixels
LETTERS = list("ABCDEFGHIKLMNOPRSTUVWZ")
CHECKED = 96


def words(rng: np.random.Generator) -> str:
    """A name, a date or a number."""
    kind = rng.integers(3)
    if kind == 0:
        return ", ".join("".join(rng.choice(LETTERS, rng.integers(4, 9))) for _ in range(2))
    if kind == 1:
        return f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(1930, 2021)}"
    return f"ID {rng.integers(10**6, 10**7)}"


def large(path: str, rng: np.random.Generator) -> Image.Image:
    """The image at the size of a screen, with noise."""
    with Image.open(path) as image:
        resized = image.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    noisy = np.asarray(resized) + rng.normal(0, 4, (HEIGHT, WIDTH))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def write(image: Image.Image, size: int, rng: np.random.Generator) -> None:
    """Draw a line of letters into the image."""
    draw, text = ImageDraw.Draw(image), words(rng)
    width, height = map(round, draw.textbbox((0, 0), text, font_size=size)[2:])
    left = int(rng.integers(4, WIDTH - width - 4))
    top = int(rng.integers(4, HEIGHT // 8))
    if rng.random() < 0.5:
        top = HEIGHT - top - height
    if rng.random() < 0.3:
        draw.rectangle((left - 4, top - 3, left + width + 4, top + height + 3), fill=20)
    draw.text((left, top), text, fill=int(rng.integers(180, 256)), font_size=size)


def planted(images: int, folder: Path, rng: np.random.Generator) -> dict[int, int]:
    """Write X-rays and their table; the size of the font by row of those with letters."""
    path, columns = COLLECTIONS["chest"]
    table = read_manifest(SHARED / path, columns=columns).table
    sizes, rows = {}, []
    for number, row in enumerate(rng.permutation(len(table))[:images]):
        image = large(str(table.at[row, "image"]), rng)
        if number % 2:
            sizes[number] = SIZES[number // 2 % len(SIZES)]
            write(image, sizes[number], rng)
        image.save(folder / f"{number}.jpg", quality=90)
        rows.append({"image": f"{number}.jpg", "label": "x", "patient": number})
    pd.DataFrame(rows).to_csv(folder / "images.csv", index=False)
    return sizes


def main() -> None:
    """Plant, search and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--sheet", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sizes = planted(options.images, folder, np.random.default_rng(options.seed))
        manifest = read_manifest(folder / "images.csv")
        bank = build_bank([*manifest.table["image"]], folder, size=CHECKED)
        begun = time.process_time()
        letters = {row for of in find_lettering(manifest, bank, quiet).findings for row in of.rows}
        cost = (time.process_time() - begun) / options.images
        marks = set(np.flatnonzero(places_of_marks(Collection(manifest, bank)).any(axis=1)))
    print("| search | " + " | ".join(f"{size} px" for size in SIZES) + " | all | precision |")
    for name, named in (("marks", marks), ("letters", letters)):
        of_size = [[row in named for row, of in sizes.items() if of == size] for size in SIZES]
        recalls = [float(np.mean(found)) for found in of_size]
        right = len(named & set(sizes))
        cells = [*recalls, right / len(sizes), right / max(len(named), 1)]
        print(f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    print(f"letters: {cost:.3f} s of CPU an image")
    crops: list[NDArray[np.uint8]] = []
    for name, (path, columns) in COLLECTIONS.items():
        manifest = read_manifest(SHARED / path, columns=columns, labelled=True)
        with tempfile.TemporaryDirectory() as made:
            bank = build_bank([*manifest.table["image"]], Path(made), size=CHECKED)
            begun = time.process_time()
            found = find_lettering(manifest, bank, quiet)
        print(f"{name}: {time.process_time() - begun:.1f} s of CPU; {found.told}")
        for of in found.findings:
            print(f"  {of.text}: {', '.join(manifest.names(of.rows))}")
            crops += of.crops
    if options.sheet and crops:
        options.sheet.write_bytes(one_below_the_other(crops, "png"))


if __name__ == "__main__":
    main()
