"""Checkpoints of a fit: whole or absent, loaded without running code from the file."""

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from pleura.files import write_atomically

# The files of a training in its step's folder.
CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.safetensors"
EPOCHS = "epochs.csv"


def save(path: Path, state: dict[str, Any]) -> None:
    """Write tensors, numbers, strings and containers of them to `path`, atomically."""
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        try:
            torch.save(state, file)
        except RuntimeError as error:
            # What torch says as it closes its archive hides what the system said: a full disk.
            raise (error.__context__ if isinstance(error.__context__, OSError) else error) from None


def load(path: Path) -> dict[str, Any] | None:
    """What `save` wrote, on the CPU, or None where there is no checkpoint or a damaged one.

    A fit without its checkpoint starts anew and ends the same.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, RuntimeError, EOFError, pickle.UnpicklingError):
        return None
    return state


def save_weights(path: Path, model: nn.Module) -> None:
    """Write parameters and buffers of `model` to a safetensors file, atomically."""
    # safetensors takes no channels-last tensors.
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with write_atomically(path) as temporary:
        save_file(state, temporary)
