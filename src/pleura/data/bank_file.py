"""What a bank's `bank.json` tells of each of its images."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.data.depth import deep

DEPTHS = 1  # of images of more than 8 bits alone: raised whenever they come out as other pixels


@dataclass(frozen=True)
class Entry:
    """A row of `Bank.info`, but for the image's name."""

    width: int = 0
    height: int = 0
    bits: int = 0
    window_low: float = 0.0
    window_high: float = 0.0
    digest: str = ""
    error: str = ""
    low: float = 0.0
    high: float = 0.0


def info_of(entries: Iterable[Entry], images: Sequence[str]) -> pd.DataFrame:
    """`Bank.info` of images by name."""
    info = pd.DataFrame([asdict(entry) for entry in entries])
    info.insert(0, "image", list(images))
    return info


def dump_entries(entries: Iterable[Entry], **header: Any) -> str:
    """The text of a file with the entries and a header."""
    images = [list(asdict(entry).values()) for entry in entries]
    return json.dumps({**header, "depths": DEPTHS, "images": images})


def load_entries(path: Path) -> list[Entry] | None:
    """The entries in the file `path`, or None where it is missing or damaged, or holds deep images
    that were decoded by another rule."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [Entry(*values) for values in content["images"]]
        if content.get("depths") != DEPTHS and deep(info_of(entries, [""] * len(entries))).any():
            return None
        return entries
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
