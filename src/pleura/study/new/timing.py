"""How fast the backbone of a proposed study is here."""

from collections.abc import Callable

import torch

from pleura.study.new.design import BACKBONE, MEASURED
from pleura.study.prepared import NetworkTiming
from pleura.study.speeds import backbone_subject, measure_network
from pleura.train.settings import FitSettings


def time_backbone(announce: Callable[[str], None]) -> NetworkTiming:
    """Milliseconds an image at `MEASURED` pixels."""
    subject = backbone_subject(
        BACKBONE,
        trained=True,
        size=MEASURED,
        batch_size=FitSettings().batch_size,
        precision="auto",
    )
    accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    return measure_network(subject, accelerator=accelerator, announce=announce)
