"""Files in which golden tests record what they found, one entry a name."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from pleura.files import write_text

RECORDING = "PLEURA_RECORD_GOLDEN" in os.environ
"""Whether tests write what they find, where it may have changed."""


def recorded(path: Path) -> dict[str, Any]:
    """The entries of a file, none where it is absent."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def record(path: Path, name: str, entry: object) -> None:
    """Put an entry into a file, beside what other processes put there meanwhile."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        entries = recorded(path) | {name: entry}
        write_text(path, json.dumps(entries, indent=1, sort_keys=True) + "\n")
    finally:
        os.close(folder)
