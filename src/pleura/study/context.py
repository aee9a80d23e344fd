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
    masks and without labels, by name; `lungs` where the lungs are in test images,
    `training_lungs` in those that train, where backgrounds are swapped; `uncropped` the images
    before they were cropped to their lungs, None where `bank` has whole ones; `devices` those that
    pretraining may use.
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
    training_lungs: Lungs | None = None
    uncropped: Bank | None = None
    devices: Devices = field(default_factory=Devices)

    @property
    def steps(self) -> Path:
        """The folder of all steps."""
        return self.out / "steps"

    @property
    def whole(self) -> Bank:
        """The images as they are, whatever of them is seen: what is asked of the data themselves,
        such as whether two images are one, is asked of these."""
        return self.uncropped or self.bank

    @property
    def labels(self) -> NDArray[Any]:
        """What is learned of all images; see `Manifest.labels`."""
        return self.manifest.labels

    @cached_property
    def averages(self) -> NDArray[np.uint8]:
        """The mean image (folds, h, w) of those who neither test nor are kept aside in a fold."""
        every, folds = np.arange(len(self.bank)), range(self.split.folds)
        learned_from = [np.setdiff1d(every, self.split.held_out_of(fold)) for fold in folds]
        return np.stack([average(self.bank, rows) for rows in learned_from])

    def average_for(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """What a view shows instead of what it hides of images that test: (len(rows), h, w), for
        each the mean image of the fold in which it tests, so that none is part of what is shown.

        Raises ValueError for an image that never tests.
        """
        folds = self._tests_in[rows]
        if (folds < 0).any():
            raise ValueError("only images that test are shown with a part hidden")
        return self.averages[folds]

    @cached_property
    def _tests_in(self) -> NDArray[np.int64]:
        """The fold in which each image of the bank tests, -1 for those that never do."""
        folds = np.full(len(self.bank), -1)
        for fold in range(self.split.folds):
            folds[self.split.test_of(fold)] = fold
        return folds

    @property
    def n_classes(self) -> int:
        """How many numbers a network gives for an image: one a class."""
        return len(self.manifest.outputs)

    def parts(self, spec: Mapping[str, Any]) -> Parts:
        """Who trains, validates and tests in the fold, seed and fraction of a step's spec."""
        return self.split.parts(spec["fold"], spec["seed"], spec["fraction"])

    def training_lungs_key(self, draw: Mapping[str, Any]) -> str:
        """A digest of the lungs of the images that train in the draw of a step's spec. All recipes
        of a draw share it, so that the masks are looked at once. Raises ValueError where no lungs
        of training images are known."""
        if self.training_lungs is None:
            raise ValueError("the lungs of training images are not known")
        of = draw["fold"], draw["seed"], draw["fraction"]
        if of not in self._lungs_keys:
            self._lungs_keys[of] = self.training_lungs.key_of(self.parts(draw).train)
        return self._lungs_keys[of]

    @cached_property
    def _lungs_keys(self) -> dict[tuple[int, int, float], str]:
        """What `training_lungs_key` has computed, by fold, seed and fraction."""
        return {}

    @cached_property
    def device(self) -> "torch.device":
        """Where networks predict and are looked at."""
        return self.fabric("fp32").device

    def fabric(self, precision: str) -> "Fabric":
        """One device at a precision (`fp32` or `bf16`)."""
        return make_fabric(self.accelerator, precision)
