"""Images of a table with lines of letters in their pixels, looked for in whole images."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.check.letters import Boxes, lines_in
from pleura.data.audit.finding import Finding
from pleura.data.bank import Bank
from pleura.data.depth import RangeError, to_8_bits
from pleura.data.manifest import Manifest
from pleura.data.readers import ReadError, read_image
from pleura.data.readers.in_order import in_threads
from pleura.study.context import Progress
from pleura.wording import count

KIND = "text in pixels"
WHAT = "Lines of bright letters anywhere in the image, such as names and dates that were burned in."
SIDE = 768  # pixels of the longer side of an image that is searched, at most
PIXELS = 320e6  # that are searched in all, so that a check takes half a minute longer at most
SHOWN = 12  # images of which a line is shown
MARGIN = 6  # pixels around a line that is shown
READ = 128  # images handed to the threads that read them at a time
SEED = 0

Gray = NDArray[np.uint8]


@dataclass(frozen=True)
class Lettering:
    """What was found, and a sentence on how many images were looked at."""

    findings: tuple[Finding, ...]
    told: str


def find_lettering(manifest: Manifest, bank: Bank, progress: Progress) -> Lettering:
    """One finding for all images with lines of letters. Of a table that is too large a sample is
    looked at, and of each clip one frame; both are drawn, and the same each time."""
    drawn, of = _sample(manifest, bank)
    addresses = manifest.table["image"].astype(str).to_numpy(dtype=object)
    seen, found = 0, dict[int, tuple[Gray, Boxes]]()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first in range(0, len(drawn), READ):
            rows = drawn[first : first + READ]
            looks = in_threads(pool, partial(_look, bank=bank), addresses[rows].tolist())
            for done, (row, look) in enumerate(zip(rows, looks, strict=True), start=first):
                progress("looking for letters", done, len(drawn), {})
                seen += look is not None
                if look:
                    found[row] = look
    told = (
        f"looked at for letters: {count(seen, 'whole image')} of {of:,}, at {SIDE} pixels of the "
        "longer side at most; dark letters, faint and small ones and those that stand alone are "
        "not found"
    )
    if not found:
        return Lettering((), told)
    # The highest letters first, which are read best.
    rows = sorted(found, key=lambda row: (-np.diff(found[row][1][0, 1::2])[0], row))
    some = manifest.describe(rows[0])
    text = (
        f"lines of letters stand in {len(rows):,} of {count(seen, 'image')} that were looked at "
        f"whole, such as {some}; read them before you show any image: names may be among them"
    )
    crops = tuple(_crop(*found[row]) for row in rows[:SHOWN])
    finding = Finding(KIND, tuple(sorted(rows)), len(rows) / seen, text, crops=crops)
    return Lettering((finding,), told)


def _sample(manifest: Manifest, bank: Bank) -> tuple[list[int], int]:
    """The rows that are looked at, in the order of the table, and how many could have been."""
    clips = manifest.table["video"].to_numpy(dtype=object)
    readable = (bank.info["error"] == "").to_numpy(dtype=bool)
    order = np.random.default_rng(SEED).permutation(np.flatnonzero(readable))
    once: dict[object, int] = {}
    for row in map(int, order):
        once.setdefault(clips[row] or row, row)
    rows = np.array([*once.values()], np.int64)
    sides = bank.info[["width", "height"]].to_numpy(dtype=np.float64)[rows]
    searched = (sides * np.minimum(1, SIDE / sides.max(axis=1, initial=1))[:, None]).prod(axis=1)
    enough = np.searchsorted(searched.cumsum(), PIXELS, side="right")
    return sorted(rows[: max(int(enough), 1)].tolist()), len(rows)


def _look(address: str, bank: Bank) -> tuple[Gray, Boxes] | tuple[()] | None:
    """The whole image and its lines, the highest letters first; nothing of an image without lines,
    None of one that cannot be read: the check names such images anyway."""
    try:
        gray = _whole(address, bank)
    except (ReadError, RangeError):
        return None
    lines = lines_in(gray)
    return (gray, lines[np.argsort(lines[:, 1] - lines[:, 3])][:SHOWN]) if len(lines) else ()


def _whole(address: str, bank: Bank) -> Gray:
    """The whole image as a study sees it, its longer side of at most `SIDE` pixels."""
    gray = np.asarray(to_8_bits(read_image(address, SIDE), bank.full_range)[0], np.uint8)
    scale = SIDE / max(gray.shape)
    if scale >= 1:
        return gray
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(Image.fromarray(gray).resize((width, height), Image.Resampling.BOX))


def _crop(gray: Gray, lines: Boxes) -> Gray:
    """The line of an image that has the highest letters, with some pixels around it."""
    left, top, right, bottom = (int(edge) for edge in lines[0])
    return gray[max(top - MARGIN, 0) : bottom + MARGIN, max(left - MARGIN, 0) : right + MARGIN]
