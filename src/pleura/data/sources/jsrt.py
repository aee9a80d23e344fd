"""JSRT, 247 chest X-rays with and without a nodule (Shiraishi 2000)."""

import re
from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import by_name
from pleura.data.sources.png import write_png
from pleura.data.sources.source import Row, Source
from pleura.errors import InputError

SIDE, BITS = 2048, 12  # pixels of a side, bits of each
RECORD = re.compile(r"(JPC[LN]N\d{3})\.IMG", re.IGNORECASE)
PERSON = re.compile(r"(\d+|\?)\s+(female|male)", re.IGNORECASE)
STATE = re.compile(r"benign|malignant", re.IGNORECASE)
TABLES = ("clndat_en.txt", "cnndat_en.txt")


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """One row an image, `nodule` or `none`, with age, sex and whether the nodule is malignant.

    The files hold bare pixels (12 bits in big-endian 16, black is high); they are written to
    `folder/images` as PNG of 16 bits, black low.
    """
    images = by_name(files, ".img")
    tables = {name.lower(): path for name, path in by_name(files, *TABLES).items()}
    missing = [name.upper() for name in TABLES if name not in tables]
    if missing or not images:
        missing += [] if images else ["JPCLN001.IMG and others"]
        raise InputError(
            f"{files}: not laid out as its authors publish it",
            [f"there is no {name} at any depth" for name in missing],
        )
    known: dict[str, str] = {}
    for table in tables.values():
        # Records end in all kinds of ways, some not at all.
        parts = RECORD.split(table.read_text(encoding="latin-1"))
        if not parts[1:]:
            raise InputError(f"{table}: tells of no image: get it again")
        known.update(zip(map(str.upper, parts[1::2]), parts[2::2], strict=True))
    for path in images.values():
        name = path.stem.upper()
        text = known.get(name, "")
        person, state = PERSON.search(text), STATE.search(text)
        yield {
            "image": _png(path, folder / "images" / f"{name}.png"),
            "label": "nodule" if name.startswith("JPCLN") else "none",
            "patient": name,
            "view": "PA",
            "age": person[1] if person and person[1] != "?" else "",
            "sex": person[2][0].upper() if person else "",
            "nodule": state[0].lower() if state else "",
        }


def _png(bare: Path, path: Path) -> Path:
    """Write bare pixels as PNG where it is not there, and return its path."""
    if not path.exists():
        import numpy as np

        pixels = np.fromfile(bare, dtype=">u2")
        if pixels.size != SIDE * SIDE:
            raise InputError(f"{bare}: has {pixels.size:,} pixels of 16 bits, not {SIDE} x {SIDE}")
        shown = (2**BITS - 1 - np.minimum(pixels, 2**BITS - 1)).astype(np.uint16)
        # All 16 bits are used, so that the range is that of the file.
        write_png(path, (shown << (16 - BITS)).reshape(SIDE, SIDE))
    return path


JSRT = Source(
    name="jsrt",
    what="247 chest X-rays, 154 with a nodule, 2048 pixels, 12 bits",
    images=247,
    archives=(),
    page="http://db.jsrt.or.jp/eng.php",
    licence="research and education; not passed on",
    citation="Shiraishi, Katsuragawa, Ikezoe et al.: Development of a digital image database for "
    "chest radiographs with and without a lung nodule. AJR 174(1), 2000",
    access="register on its page, then unpack All247images.zip and Clinical_Information.zip into "
    "one folder",
    rows=rows,
)
