"""Devices that run ahead: work is queued on a GPU, and the host waits where it reads a value."""

import torch


def runs_ahead(device: torch.device) -> bool:
    """Whether work on a device is queued, so that the host would wait for a value of it."""
    return device.type != "cpu"
