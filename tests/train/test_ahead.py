"""Inside an epoch of any task no host waits for its device, but for the looks at the losses."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from pleura._fabric import Fabric
from pleura.data.augment import Augmentation
from pleura.data.augment_settings import Cutout, Mixup, RandAugment
from pleura.data.bank import Bank, build_bank
from pleura.data.concatenated import Concatenated
from pleura.data.image_groups import groups_of
from pleura.data.lung_regions import Lungs
from pleura.data.mask_bank import MaskBank
from pleura.data.shortcut_settings import GroupDRO, HideFrame, SwapBackground
from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.network import Network
from pleura.models.stochastic_depth import drop_branches
from pleura.models.unet_nets import build_unet
from pleura.tasks import supply
from pleura.tasks.countermeasures import (
    NONE,
    Countermeasures,
    HiddenFrames,
    SwappedBackgrounds,
)
from pleura.tasks.group_dro import RobustLoss
from pleura.tasks.images import OnImages
from pleura.tasks.listed import TASKS
from pleura.tasks.segmentation import Segmentation
from pleura.tasks.selfsup.listed import METHODS
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train import ahead, loop, steps
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.selection import Keep
from pleura.train.task import Task
from tests.tasks.selfsup.contract import built, small_backbone

from .waits import waits

CPU, SIZE, BATCHES = torch.device("cpu"), 48, 3
ROWS = np.arange(18)
TRAIN, VALIDATION = ROWS[:12], ROWS[12:]
LABELS: dict[str, NDArray[Any]] = {
    "classification": ROWS % 2,
    "findings": np.stack([ROWS % 2, ROWS // 2 % 2], axis=1) - (ROWS == 3)[:, None],
    "grades": ROWS % 3,
    "numbers": 50.0 + ROWS,
}
LOSSES = [(name, loss) for name in LABELS for loss in TASKS[name].learned.losses or ("",)]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Noise; half of each image is brighter in every other one."""
    folder = tmp_path_factory.mktemp("bank")
    pixels = np.random.default_rng(0).integers(0, 150, (len(ROWS), SIZE, SIZE), np.uint8)
    pixels[::2, :, : SIZE // 2] += 100
    names = [str(folder / f"{row}.png") for row in ROWS]
    for name, image in zip(names, pixels, strict=True):
        Image.fromarray(image).save(name)
    return build_bank(names, folder / "bank", size=SIZE)


@pytest.fixture(autouse=True)
def running_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU is taken for a device that runs ahead and has room for all images."""
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    monkeypatch.setattr(supply, "room", lambda device: 2**30)
    monkeypatch.setattr(steps, "LOOK_EVERY", 2)
    monkeypatch.setattr(steps, "LOOK_SECONDS", 1e9)


def waits_of(
    network: Network,
    task: Task,
    phase: Phase,
    monkeypatch: pytest.MonkeyPatch,
    keep: Keep = "best",
    ema: float | None = None,
    **options: Any,
) -> tuple[Counter[str], Counter[str]]:
    """What the second of two epochs waits for, and its validation."""
    inside: list[Counter[str]] = []
    after: list[Counter[str]] = []
    train, validate = loop._PhaseFit._train_epoch, loop._PhaseFit._validate

    def counted(run: Any, seen: list[Counter[str]]) -> Any:
        def call(*given: Any) -> Any:
            with waits() as counts:
                value = run(*given)
            seen.append(counts)
            return value

        return call

    monkeypatch.setattr(loop._PhaseFit, "_train_epoch", counted(train, inside))
    monkeypatch.setattr(loop._PhaseFit, "_validate", counted(validate, after))
    size = len(TRAIN) // BATCHES
    settings = FitSettings(epochs=2, min_steps=1, batch_size=size, patience=1.0, ema=ema)
    fabric = Fabric(accelerator="cpu", devices=1)
    fit(network, task, [phase], settings, rate=1e-3, seed=0, fabric=fabric, keep=keep, **options)
    return inside[1], after[1]


def every_part(network: Network) -> Phase:
    return Phase("all", frozenset(name for name, _ in network.parts()))


@pytest.mark.parametrize(("name", "loss"), LOSSES)
@pytest.mark.parametrize("balanced", [True, False])
def test_labels(
    name: str, loss: str, balanced: bool, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_labels(name, bank, monkeypatch, loss=loss, balanced=balanced)


@pytest.mark.parametrize("name", LABELS)
def test_countermeasures_to_shortcuts(
    name: str, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = HiddenFrames(HideFrame(), bank, TRAIN, CPU)
    groups = groups_of(np.array(["here", "there"])[TRAIN // 8])
    masks = np.zeros((10, bank.size, bank.size), dtype=np.bool_)
    masks[:, 12:36, 12:36] = True
    lungs = Lungs(TRAIN[:10], masks, np.zeros(10, dtype=np.bool_), "given")
    swapped = SwappedBackgrounds(SwapBackground(), lungs, TRAIN, CPU)
    against = Countermeasures(
        (swapped, hidden),
        groups,
        RobustLoss(GroupDRO(), groups, LABELS[name][TRAIN], CPU),
    )
    check_labels(name, bank, monkeypatch, against=against)


def check_labels(
    name: str,
    bank: Bank,
    monkeypatch: pytest.MonkeyPatch,
    *,
    loss: str = "",
    balanced: bool = False,
    against: Countermeasures = NONE,
) -> None:
    labels, task = LABELS[name], TASKS[name]
    n_classes = {"grades": 3, "numbers": 1}.get(name, 2)
    loaded = small_backbone()
    network = Classifier(loaded.backbone, loaded.mean, loaded.std, n_classes, dropout=0.1)
    spec = {"loss": loss} if loss else {}
    task.learned.prepare(network.head, labels[TRAIN], spec)
    learned = OnImages(
        bank,
        labels,
        train=TRAIN,
        validation=VALIDATION,
        n_classes=n_classes,
        augmentation=Augmentation(noise=0.1),
        balanced=balanced,
        device=CPU,
        task=task,
        loss=task.learned.loss_of(spec),
        against=against,
    )
    its: dict[str, Any] = {"order": against.order, "memory": against.dro}
    inside, after = waits_of(network, learned, every_part(network), monkeypatch, **its)
    assert inside == {"cpu": 2}  # two looks at three steps
    # Outputs of the validation part and of what is watched; their losses are computed on the host.
    assert after["cpu"] == 2


@pytest.mark.parametrize("loss", ["dice", "cross_entropy", "dice_cross_entropy", "focal_tversky"])
def test_masks(loss: Any, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    masks = np.zeros((len(ROWS), SIZE, SIZE), np.uint8)
    masks[:, :, : SIZE // 2], masks[:, -3:], masks[:, :5, :5] = 1, 255, 2
    masks.tofile(tmp_path / "masks.u8")
    spacing = np.full(len(ROWS), np.nan)
    network = build_unet({"x_unet": {"width": 4}}, "random", 2, seed=0).network
    task = Segmentation(
        bank,
        MaskBank(tmp_path, "key", SIZE, ("large", "small"), spacing, ()),
        train=TRAIN,
        validation=VALIDATION,
        loss=loss,
        augmentation=Augmentation(),
        device=CPU,
    )
    inside, after = waits_of(network, task, every_part(network), monkeypatch)
    assert inside == {"cpu": 2}
    # Masks by the batch, and the losses, of the validation part and of what is watched.
    assert after == {"cpu": 4}


def test_options_for_few_labels(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them together: averages, branches left out, mixtures, holes, and growing images."""
    loaded = build_backbone("mobilenet_v2_035", "random")
    network = Classifier(loaded.backbone, loaded.mean, loaded.std, 2)
    drop_branches(network, 0.5)
    learned = OnImages(
        bank,
        LABELS["findings"],
        train=TRAIN,
        validation=VALIDATION,
        n_classes=2,
        augmentation=Augmentation(mixup=Mixup(), cutout=Cutout(), rand_augment=RandAugment()),
        balanced=True,
        device=CPU,
        task=TASKS["findings"],
        sizes=(32,),
    )
    inside, after = waits_of(network, learned, every_part(network), monkeypatch, ema=0.9)
    assert inside == {"cpu": 2}
    assert after["cpu"] == 2


@pytest.mark.parametrize("method", METHODS)
def test_methods(method: str, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = build_backbone("test_vit", "random") if method == "masked_autoencoder" else None
    network = built(method, loaded)
    task = Pretraining(
        Concatenated((bank,)),
        train=TRAIN,
        validation=VALIDATION,
        labels=np.full(len(ROWS), -1),
        device=CPU,
    )
    inside, after = waits_of(network, task, network.phase(), monkeypatch, keep="last")
    assert inside == {"cpu": 2}
    assert after == {"cpu": 2}  # losses, and features for the effective rank


def test_a_constant_is_made_once_and_takes_part_in_trainings() -> None:
    with torch.inference_mode():
        made = ahead.constant((1, 2), torch.float32, CPU)
    assert ahead.constant((1, 2), torch.float32, CPU) is made
    weight = torch.ones(2, requires_grad=True)
    torch.autograd.backward((weight * made).sum())
    assert weight.grad is not None and torch.equal(weight.grad, made)


def test_what_makes_a_host_wait_is_counted() -> None:
    x = torch.rand(4)
    with waits() as seen:
        x.sum().item()
        bool((x > 2).any())
        x[x > 0.5]
        x[x > 0.5] = 0
        torch.linalg.inv(torch.eye(2))
        torch.tensor([1, 2])
        torch.where(x > 0, x, 0.0)
        x.cpu()
    assert sum(seen.values()) >= 8, seen
