"""Checkpoints of a fit: whole or absent, loaded without running code from the file."""

from pathlib import Path
from typing import Any

import torch

from pleura.files import write_atomically


def save(path: Path, state: dict[str, Any]) -> None:
    """Write tensors, numbers, strings and containers of them to `path`, atomically."""
    with write_atomically(path) as temporary:
        torch.save(state, temporary)


def load(path: Path) -> dict[str, Any] | None:
    """What `save` wrote, on the CPU, or None where there is no checkpoint."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
