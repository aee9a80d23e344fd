"""What a recipe's network costs here, measured shortly before a study is planned."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch

from pleura.errors import InputError
from pleura.files import digest_of, read_mapping, write_text
from pleura.models.network import Network
from pleura.models.unet_nets import build_unet
from pleura.study.needs import Needs, pretraining_size
from pleura.study.prepared import NetworkTiming
from pleura.study.sections import Named, NetworkTraining
from pleura.study.study_base import StudyBase
from pleura.study.trials import as_written, spelled
from pleura.train.phase import Phase
from pleura.train.precision import computes_bf16, make_fabric
from pleura.train.speed import better, measure
from pleura.transfer.build import build_model
from pleura.transfer.freezing_plan import make_freezing_plan

BOTH = ["fp32", "bf16"]
BUSY = 1.5  # work that waits for each core, by which others are at work here, too
SPARE = 0.4  # of a core that others may take from this process, as systems do now and then
SHORTEST = 0.3  # seconds in which it can be told how much others compute
TOGETHER = 0.8  # of as many times the speed of one thread as there are threads


@dataclass(frozen=True)
class Subject:
    """A network as it trains in a study, to be measured; `build` gives it with what trains."""

    network: str
    build: Callable[[], tuple[Network, Phase]]
    trained: bool
    size: int
    batch_size: int
    precision: str


def backbone_subject(
    backbone: str, *, trained: bool, size: int, batch_size: int, precision: str
) -> Subject:
    """A backbone with a linear head, whole or frozen."""

    def build() -> tuple[Network, Phase]:
        strategy = "fine_tuning" if trained else "feature_extraction"
        spec = {"backbone": backbone, "weights": "random", "strategy": strategy}
        built = build_model(spec, n_classes=2, seed=0)
        (phase,) = built.strategy.phases(built.classifier)
        return built.classifier, phase

    return Subject(backbone, build, trained, size, batch_size, precision)


def unet_subject(network: Named, *, size: int, batch_size: int, precision: str) -> Subject:
    """A U-Net that trains as a whole."""

    def build() -> tuple[Network, Phase]:
        unet = build_unet(network, "random", 1, seed=0).network
        (phase,) = make_freezing_plan("none").phases(unet)
        return unet, phase

    return Subject(spelled(network), build, True, size, batch_size, precision)


def subjects_of(study: StudyBase, needs: Mapping[str, Needs]) -> dict[tuple[str, bool], Subject]:
    """The networks of a study by name and whether they train; those of a segmentation among its
    steps by `steps.NAME`, backbones that are pretrained by `steps.NAME/BACKBONE`."""
    own = _how(study.data.size, study.training)
    pretrainings = study.pretrainings
    subjects: dict[tuple[str, bool], Subject] = {}
    for name, recipe in study.recipes.items():
        trained = not needs[name].on_features
        backbone = recipe.backbone_name
        if recipe.network is not None:
            subject = unet_subject(recipe.network, **own)
        else:
            subject = backbone_subject(backbone, trained=trained, **own)
        subjects[subject.network, trained] = subject
        for before in recipe.curriculum_of(pretrainings):
            section = pretrainings[before]
            how = _how(pretraining_size(section, study), section.training)
            subject = backbone_subject(backbone, trained=True, **how)
            subjects[f"steps.{before}/{backbone}", True] = subject
    for name, step in study.segmentations.items():
        subject = unet_subject(step.network, **_how(step.data.size, step.training))
        subjects[f"steps.{name}", True] = subject
    return subjects


def _how(size: int, training: NetworkTraining) -> dict[str, Any]:
    """The part of a subject that its section of the study file decides."""
    return {"size": size, "batch_size": training.batch_size, "precision": training.precision}


def measure_network(
    subject: Subject,
    *,
    accelerator: str,
    files: Sequence[Path] = (),
    remember: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> NetworkTiming:
    """Measure a network from random weights, in about 5 seconds.

    What `files` tell is believed, of an earlier one first; `remember`, one of them,
    keeps the answer unless an earlier one does. The precision is part of every key, so a study
    keeps to what was measured at its start. On a CPU that others keep busy, before or while it is
    measured, the times told are those of an idle one (see `_alone`), and are kept as `busy`; an
    idle one measures them again, and keeps the precision.
    `announce` hears of a measurement before it begins.
    Raises InputError for a network that cannot train on such images.
    """
    on_cpu = accelerator == "cpu"
    busy = on_cpu and psutil.getloadavg()[0] > BUSY * (os.cpu_count() or 1)
    asked = ("network", "trained", "size", "batch_size", "precision")
    question = {name: getattr(subject, name) for name in asked} | {"accelerator": accelerator}
    answers = {file: read_mapping(file) for file in files}
    key = digest_of(question)
    believed = [file for file in files if answers[file].get(key)]
    record = answers[believed[0]][key] if believed else None
    again = record is not None and record.get("busy", False) and not busy and _is_idle()
    if record is None or again:
        if announce:
            what = "training and prediction" if subject.trained else "prediction"
            how = f"{subject.size} pixels in batches of {subject.batch_size}"
            idle = "; others keep it busy, the times told are those of an idle one" if busy else ""
            announce(
                f"measuring {as_written(subject.network)} on this machine, {how}: {what}{idle}"
            )
        if record is not None:
            subject = replace(subject, precision=record["answer"]["precision"])
        if not busy:
            others = Others()
            answer = _measure(subject, accelerator)
            if busy := on_cpu and others.were_in_the_way():
                subject = replace(subject, precision=answer.precision)
                if announce:
                    announce(
                        "  others were at work here meanwhile; one thread is measured once more, "
                        "by what it computes, and the times told are those of an idle machine"
                    )
        if busy:
            answer = _alone(subject, accelerator)
        record = {"question": question, "answer": asdict(answer)} | ({"busy": True} if busy else {})
    if remember and (again or (remember not in believed and files[0] not in believed)):
        write_text(remember, json.dumps({**answers[remember], key: record}, indent=1))
    return NetworkTiming(**record["answer"])


class Others:
    """How much other processes have computed on this machine since then."""

    def __init__(self) -> None:
        psutil.cpu_percent()  # the next call tells of the time since this one
        self.began, self.own = time.monotonic(), time.process_time()

    def were_in_the_way(self) -> bool:
        """Whether they left this process less than a core for each of its threads.

        False where the time was too short to tell.
        """
        seconds, cores = time.monotonic() - self.began, os.cpu_count() or 1
        if seconds < SHORTEST:
            return False
        computed = cores * psutil.cpu_percent() / 100
        others = computed - (time.process_time() - self.own) / seconds
        return others + torch.get_num_threads() > cores + SPARE


def _is_idle() -> bool:
    """Whether others leave this process its cores just now."""
    others = Others()
    time.sleep(SHORTEST)
    return not others.were_in_the_way()


def _alone(subject: Subject, accelerator: str) -> NetworkTiming:
    """What a network would cost on this CPU if nobody else were at work on it.

    One thread is timed, by what it computes: several threads of a network wait for each other, and
    where others take a core away, for long. All of them are taken for as fast as `TOGETHER` says.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        alone = _measure(subject, accelerator)
    finally:
        torch.set_num_threads(threads)
    faster = max(1.0, TOGETHER * threads)
    return replace(
        alone,
        training_ms=alone.training_ms / faster,
        prediction_ms=alone.prediction_ms / faster,
    )


def _measure(subject: Subject, accelerator: str) -> NetworkTiming:
    torch.manual_seed(0)
    wanted = _precisions(subject, accelerator)
    built = [subject.build() for _ in wanted]
    candidates = [
        (network, make_fabric(accelerator, precision))
        for (network, _), precision in zip(built, wanted, strict=True)
    ]
    try:
        speeds = measure(candidates, built[0][1], size=subject.size, batch_size=subject.batch_size)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError(
            f"{as_written(subject.network)} cannot train on images of {subject.size} pixels in "
            f"batches of {subject.batch_size} ({error}); change data.size or training.batch_size"
        ) from error
    speed = speeds[0]
    assert speed is not None  # the first candidate is never given up
    chosen = wanted[0]
    if wanted == BOTH and better(speed, speeds[1]) == "bf16":
        chosen, speed = "bf16", speeds[1] or speed
    return NetworkTiming(chosen, speed.training, speed.prediction)


def _precisions(subject: Subject, accelerator: str) -> list[str]:
    """The precisions that are measured, fp32 first where it is among them."""
    if not subject.trained:
        # A head can fit the rounding of bf16 features, which no other precision repeats.
        return ["fp32"]
    if subject.precision != "auto":
        return [subject.precision]
    return BOTH if computes_bf16(accelerator) else ["fp32"]
