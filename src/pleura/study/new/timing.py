"""How fast the backbone of a proposed study is here."""

import os
from collections.abc import Callable
from dataclasses import replace

import torch

from pleura.study.new.design import BACKBONE, MEASURED
from pleura.study.prepared import NetworkTiming
from pleura.study.speeds import backbone_subject, measure_network
from pleura.train.settings import FitSettings

BUSY = 1.5  # work that waits for each core, by which others are at work here, too
TOGETHER = 0.8  # of as many times the speed of one thread as there are threads


def time_backbone(announce: Callable[[str], None]) -> NetworkTiming:
    """Milliseconds an image at `MEASURED` pixels.

    A study file is for longer than others keep a machine busy. Where they do, one thread is timed,
    by what it computes, and all of them are taken for as fast as `TOGETHER` says.
    """
    subject = backbone_subject(
        BACKBONE,
        trained=True,
        size=MEASURED,
        batch_size=FitSettings().batch_size,
        precision="auto",
    )
    accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    threads = torch.get_num_threads()
    busy = accelerator == "cpu" and os.getloadavg()[0] > BUSY * (os.cpu_count() or 1)
    if not busy:
        return measure_network(subject, accelerator=accelerator, announce=announce)
    torch.set_num_threads(1)
    try:
        alone = measure_network(subject, accelerator=accelerator, announce=announce)
    finally:
        torch.set_num_threads(threads)
    announce("others keep this machine busy; the times told are those of an idle one")
    faster = max(1.0, TOGETHER * threads)
    return replace(
        alone,
        training_ms=alone.training_ms / faster,
        prediction_ms=alone.prediction_ms / faster,
    )
