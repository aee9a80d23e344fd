"""What every step of a study shares: images, labels, the split, the device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.hidden import average
from pleura.data.lung_regions import Lungs
from pleura.data.manifest import Manifest
from pleura.data.mask_bank import MaskBank
from pleura.data.split import Parts, Split
from pleura.study.material import Material
from pleura.study.pool import Pool
from pleura.train.devices import Devices
from pleura.train.precision import make_fabric

if TYPE_CHECKING:
    import torch
    from lightning_fabric import Fabric

Progress = Callable[[str, int, int, Mapping[str, float]], None]
"""Called while a step works: what, done, in all, figures."""


def quiet(*_: object) -> None:
    """Progress that is shown nowhere, and what is announced to nobody."""


@dataclass(frozen=True)
class Context:
    """The prepared study that steps work on.

    It is plain data, so that a copy of it serves another process: banks are read from their files.
    `out` is the study's folder. `masks` are the study's, by the recipe that trains on masks of its
    own, "" for those that judge; `materials` and `pools` what the study's `steps` learn from, with
    masks and without labels, by name; `lungs` where the lungs are in test images; `devices` those
    that pretraining may use.
    """

    out: Path
    manifest: Manifest
    bank: Bank
    split: Split
    threads: int
    accelerator: str
    masks: Mapping[str, MaskBank] = field(default_factory=dict)
    materials: Mapping[str, Material] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    lungs: Lungs | None = None
    devices: Devices = field(default_factory=Devices)

    @property
    def steps(self) -> Path:
        """The folder of all steps."""
        return self.out / "steps"

    @property
    def labels(self) -> NDArray[Any]:
        """What is learned of all images; see `Manifest.labels`."""
        return self.manifest.labels

    @cached_property
    def average(self) -> NDArray[np.uint8]:
        """The mean image (h, w) of the bank, read once: it fills what a view hides."""
        return average(self.bank, np.arange(len(self.bank)))

    @property
    def n_classes(self) -> int:
        """How many numbers a network gives for an image: one a class."""
        return len(self.manifest.outputs)

    def parts(self, spec: Mapping[str, Any]) -> Parts:
        """Who trains, validates and tests in the fold, seed and fraction of a step's spec."""
        return self.split.parts(spec["fold"], spec["seed"], spec["fraction"])

    @property
    def device(self) -> "torch.device":
        """Where networks predict and are looked at."""
        return self.fabric("fp32").device

    def fabric(self, precision: str) -> "Fabric":
        """One device at a precision (`fp32` or `bf16`)."""
        return make_fabric(self.accelerator, precision)
