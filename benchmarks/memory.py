"""How much memory a study takes by the number of its images, each number in its own process.

python benchmarks/memory.py
python benchmarks/memory.py --images 1000 10000 --size 96 --decode

What a study does with all of its images, part by part: the table is read, the bank is opened, the
split is drawn, copies of some images are looked for among all, a network trains for some steps, and
all images are predicted. The bank is a sparse file; with `--decode` it is built anew beforehand,
from as many names of one small image. Told is the most that the process had in each part:
memory of its own (`RssAnon`), which a machine must have, and pages of mapped files (`RssFile`),
which the system takes back where it needs them. Linux only.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from PIL import Image

STEPS, BATCH = 20, 32
AN_INSTANT = 0.02  # seconds between two looks
PATIENT = 5  # images of each
Parts = dict[str, tuple[float, float, float]]


class EnoughError(Exception):
    """A training has made the steps that were asked for."""


def main() -> None:
    """Measure each number of images in a process of its own, and print what it takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--size", type=int, default=96, help="pixels of a side")
    parser.add_argument("--decode", action="store_true", help="build the bank, too")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        measured = measure(options.child, options.images[0], options.size, decode=options.decode)
        print(json.dumps(measured))
        return
    print("MB of its own + mapped files, the most in each part", flush=True)
    for images in options.images:
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), images, options.size)
            command = [sys.executable, __file__, "--child", name, "--images", str(images)]
            command += ["--size", str(options.size), *["--decode"] * options.decode]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        print(f"{images:,} images of {options.size} px:")
        for part, (own, mapped, seconds) in json.loads(said.splitlines()[-1]).items():
            print(f"  {part:<28} {own:6.0f} + {mapped:5.0f}   {seconds:6.1f} s", flush=True)


def write(folder: Path, n: int, size: int) -> None:
    """One image under many names, their table, and a bank of a sparse file."""
    from pleura.data.bank_file import Entry, dump_entries

    pixels = np.random.default_rng(0).integers(0, 256, (size, size), dtype=np.uint8)
    paths = [folder / f"{at // 1000:03d}" / f"{at:06d}.png" for at in range(n)]
    with (folder / "images.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "label", "patient"])
        for at, path in enumerate(paths):
            if at % 1000 == 0:  # disks allow some ten thousand names of a file
                path.parent.mkdir()
                Image.fromarray(pixels).save(path)
            else:
                os.link(paths[at // 1000 * 1000], path)
            patient = at // PATIENT
            writer.writerow([path, ("ill", "well")[patient % 2], f"p{patient}"])
    bank = folder / "bank"
    bank.mkdir()
    with (bank / "pixels.u8").open("wb") as file:
        file.truncate(n * size * size)
    entries = (Entry(size, size, 8, 0.0, 255.0, f"{at:064x}") for at in range(n))
    header = {"key": "of nothing", "size": size, "fit": "crop", "full_range": None}
    (bank / "bank.json").write_text(dump_entries(entries, **header))


def measure(folder: Path, n: int, size: int, *, decode: bool) -> Parts:
    """MB of its own, MB of mapped files and seconds, the most in each part of the work."""
    parts: Parts = {}
    with told(parts, "packages"):
        import torch

        from pleura.data.alike import TILE, find_copies
        from pleura.data.augment import Augmentation
        from pleura.data.bank import build_bank, open_bank
        from pleura.data.manifest_file import read_manifest
        from pleura.data.rule import Rule
        from pleura.data.split import make_split
        from pleura.tasks.images import OnImages, predict
        from pleura.train.loop import FitSettings, fit
        from pleura.train.phase import Phase
        from pleura.train.precision import make_fabric
        from pleura.transfer.build import build_model
        from pleura.transfer.strategy import all_parts
    with told(parts, "table read"):
        manifest = read_manifest(folder / "images.csv")
    names = manifest.table["image"].tolist()
    if decode:
        with told(parts, "images decoded"):
            build_bank(names, folder / "decoded", size=size)
        shutil.rmtree(folder / "decoded")
    with told(parts, "bank opened"):
        bank = open_bank(folder / "bank", names)
    with told(parts, "split drawn"):
        split = make_split(manifest, Rule(test=0.2, validation=0.2, seeds=[0], fractions=[1.0]))
    with told(parts, "copies looked for"):  # of a few: of all it takes n squared steps
        find_copies(np.arange(min(n, TILE)), bank, bank)
    of, device = split.parts(0, 0, 1.0), torch.device("cpu")
    few = of.validation[:BATCH]  # all are predicted below
    spec = {"backbone": "squeezenet1_0", "weights": "random", "strategy": "fine_tuning"}
    with told(parts, f"{STEPS} steps of training"), suppress(EnoughError):
        task = OnImages(
            bank,
            manifest.labels,
            train=of.train,
            validation=few,
            n_classes=2,
            augmentation=Augmentation(),
            balanced=True,
            device=device,
        )
        model = build_model(spec, 2, seed=0).classifier
        fit(
            model,
            task,
            (Phase("all", all_parts(model)),),
            FitSettings(epochs=1, min_steps=1, batch_size=BATCH),
            rate=1e-3,
            seed=0,
            fabric=make_fabric("cpu", "fp32"),
            watch=stop_after(STEPS),
        )
    with told(parts, "all images predicted"):
        flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(size * size, 2))
        predict(flat, bank, np.arange(n), device)
    return parts


def stop_after(steps: int) -> Callable[[str, int, int, object], None]:
    """A watch of `fit` that ends it after so many steps."""

    def watch(phase: str, done: int, of: int, figures: object) -> None:
        if done >= steps:
            raise EnoughError

    return watch


@contextmanager
def told(parts: Parts, part: str) -> Iterator[None]:
    """Note the most memory that the process has meanwhile."""
    over, most = threading.Event(), [0.0, 0.0]

    def look() -> None:
        while not over.wait(AN_INSTANT):
            most[:] = map(max, most, memory())

    looking = threading.Thread(target=look)
    looking.start()
    began = time.monotonic()
    try:
        yield
    finally:
        over.set()
        looking.join()
        own, mapped = map(max, most, memory())
        parts[part] = own, mapped, time.monotonic() - began


def memory() -> tuple[float, float]:
    """What this process has now: MB of its own, MB of mapped files."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = dict(line.split(":", 1) for line in text.splitlines() if line.startswith("Rss"))
    own, mapped = (float(found[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return own, mapped


if __name__ == "__main__":
    main()
