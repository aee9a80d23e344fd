"""What every step of a study shares: images, labels, the split, the device."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.data.split import Split
from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.weights import Provenance
from pleura.transfer.listed import make_strategy
from pleura.transfer.strategy import Strategy

Progress = Callable[[str, int, int, Mapping[str, float]], None]
"""Called while a step works: what, done, in all, figures."""


@dataclass(frozen=True)
class Context:
    """The prepared study that steps work on. `out` is the study's folder."""

    out: Path
    manifest: Manifest
    bank: Bank
    split: Split
    threads: int
    accelerator: str
    progress: Progress

    @property
    def steps(self) -> Path:
        """The folder of all steps."""
        return self.out / "steps"

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices of all images, (n,)."""
        return self.manifest.labels

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.manifest.classes)

    def fabric(self, precision: str) -> Fabric:
        """One device at a precision (`fp32` or `bf16`)."""
        return make_fabric(self.accelerator, precision)


# Fabric announces its precision at every start; the tables tell it.
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)


def make_fabric(accelerator: str, precision: str) -> Fabric:
    """Lightning's Fabric on one device (`cpu`, `cuda`, `mps`) at `fp32` or `bf16`."""
    flag: Literal["32-true", "bf16-mixed"] = "32-true" if precision == "fp32" else "bf16-mixed"
    return Fabric(accelerator=accelerator, devices=1, precision=flag)


@dataclass(frozen=True)
class BuiltModel:
    """A classifier after its strategy's surgery, and where its weights come from."""

    classifier: Classifier
    strategy: Strategy
    provenance: Provenance


def build_model(spec: Mapping[str, Any], n_classes: int, seed: int) -> BuiltModel:
    """The untrained classifier of a recipe: `spec` has backbone, weights, strategy."""
    loaded = build_backbone(spec["backbone"], spec["weights"], seed=seed)
    strategy = make_strategy(spec["strategy"])
    classifier = Classifier(loaded.backbone, loaded.mean, loaded.std, n_classes, seed=seed)
    # Nearly twice as fast for depthwise convolutions on a CPU, and no slower elsewhere.
    classifier = strategy.surgery(classifier)
    for parameter in classifier.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return BuiltModel(classifier, strategy, loaded.provenance)
