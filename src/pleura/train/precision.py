"""Devices and precisions: Fabric at one of them, and whether bf16 can pay on a device."""

import logging
from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def make_fabric(accelerator: str, precision: str, *, devices: int = 1, nodes: int = 1) -> "Fabric":
    """Lightning's Fabric (`cpu`, `cuda`, `mps`) at `fp32` or `bf16`.

    With several `devices` on each of `nodes` machines it is for the processes of torchrun, and to
    be launched.
    """
    from pleura._fabric import Fabric  # two seconds, which a plan that measures nothing saves

    # It announces its precision at every start; the tables tell it.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    flag: Literal["32-true", "bf16-mixed"] = "32-true" if precision == "fp32" else "bf16-mixed"
    if devices * nodes == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=flag)
    return Fabric(
        accelerator=accelerator, strategy="ddp", devices=devices, num_nodes=nodes, precision=flag
    )


def computes_bf16(accelerator: str) -> bool:
    """Whether a device (`cpu`, `cuda`, `mps`) multiplies in bf16 natively.

    A CPU that does not is about ten times slower in bf16 than in fp32.
    """
    if accelerator == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    used = torch.backends.cpu.get_cpu_capability()
    return accelerator == "cpu" and has_native_bf16(_instructions(), used)


def has_native_bf16(instructions: Set[str], used: str) -> bool:
    """Of a CPU by its `instructions` as Linux names them, and by torch's word for those that it
    uses, such as AVX2, which a user can narrow (`ATEN_CPU_CAPABILITY=avx2`)."""
    if used == "AVX512":
        return not instructions.isdisjoint({"avx512_bf16", "amx_bf16"})
    return "AVX" not in used and "bf16" in instructions  # ARM


def _instructions() -> frozenset[str]:
    """The names of this CPU's instructions; none where there is no Linux to tell them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    entries = [line.partition(":") for line in lines]
    named = [names for key, _, names in entries if key.strip() in ("flags", "Features")]
    return frozenset(name for names in named for name in names.split())
