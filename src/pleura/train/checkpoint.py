"""Checkpoints of a fit: whole or absent, loaded without running code from the file."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

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


def save_weights(path: Path, model: nn.Module) -> None:
    """Write parameters and buffers of `model` to a safetensors file, atomically."""
    # safetensors takes no channels-last tensors.
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with write_atomically(path) as temporary:
        save_file(state, temporary)
