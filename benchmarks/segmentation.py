"""Lungs on chest X-rays: pleura's U-Net against segmentation_models_pytorch's (smp).

The same images, split, encoder with the same ImageNet weights, loss, optimiser, schedule, batches
and augmentation, draw by draw. Different are the decoder (smp's has its default channels) and the
loop: pleura's, on a bank of decoded images, against a plain one that reads its files through a
DataLoader. Both train in one process, an epoch of each in turn, and keep their best weights on
validation. The machine is shared, so processor seconds are told beside those of the clock.

Needs smp, which pleura does not: pip install -e '.[bench]'

    python -m benchmarks.segmentation            # real images from PLEURA_SHARED
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from benchmarks.segmentation_rival import LUNG, Pairs, Rows, load, plain_loop, smp_unet
from numpy.typing import NDArray
from torch import nn

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import MaskBank, Masks, build_masks
from pleura.data.rule import Rule
from pleura.data.split import Parts, make_split
from pleura.data.subset import few_patients
from pleura.evaluate.cases import compare_cases, summarise_cases
from pleura.evaluate.segmentation import measure_cases
from pleura.models.build import WHEEL_NET
from pleura.models.unet import UNet
from pleura.models.unet_nets import build_unet
from pleura.tasks.segmentation import Segmentation, make_loss, pixel_weights, predict_masks
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.transfer.freezing_plan import make_freezing_plan

RATE = 1e-3
PLEURA, SMP = "pleura", "smp"
ROUNDS = 15  # steps of the network alone
CPU = torch.device("cpu")
SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
MANIFEST = SHARED / "data" / "lung_masks" / "pairs.csv"


def main() -> None:
    """Train both sides with every seed, print their seconds and their Dice on test patients."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128, help="pixels")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--patients", type=int, help="of each hospital and label; else all")
    options = parser.parse_args()
    if not MANIFEST.is_file():
        raise SystemExit(f"{MANIFEST} is missing; set PLEURA_SHARED")
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    with tempfile.TemporaryDirectory() as name:
        columns = {"patient": "patient_id", "source": "subset"}
        manifest = read_manifest(MANIFEST, columns=columns)
        if options.patients:
            manifest = few_patients(manifest, options.patients)
        data = decode(manifest, options.size, Path(name))
        settings = FitSettings(epochs=options.epochs, min_steps=1, batch_size=16, patience=1)
        parts = make_split(
            data.manifest,
            Rule(test=0.25, validation=0.2, seeds=range(options.seeds), fractions=[1.0]),
        )
        refuse_other_maps(pleura_unet(0), smp_unet(0))
        time_networks(options.size, settings.batch_size)
        workers = best_workers(data, parts.parts(0, 0, 1.0), settings)
        laps, cases = [], []
        for seed in range(options.seeds):
            result = train_both(data, parts.parts(0, seed, 1.0), settings, seed, workers)
            laps.append(result[0])
            cases.append(result[1])
    report(pd.concat(laps), pd.concat(cases), data.seconds, options.epochs)


@dataclass(frozen=True)
class Data:
    """The images and masks, decoded once, and the processor seconds that this took."""

    manifest: Manifest
    bank: Bank
    masks: MaskBank
    seconds: float

    def pairs(self) -> Pairs:
        """The same images and masks, to be read from their files each time."""
        table = self.manifest.table
        return Pairs(list(table["image"]), list(table["mask"]), self.bank.size)


def decode(manifest: Manifest, size: int, folder: Path) -> Data:
    """Decode the images of `manifest`, and their masks, into `folder`."""
    start = clocks()
    bank = build_bank(list(manifest.table["image"]), folder / "bank", size=size)
    masks = build_masks(manifest, Masks(structures={"lung": LUNG}), bank, folder / "masks")
    return Data(manifest, bank, masks, (clocks() - start)[1])


def pleura_unet(seed: int) -> UNet:
    """pleura's U-Net with its default decoder."""
    return build_unet({"unet": {"backbone": WHEEL_NET}}, "imagenet", 1, seed=seed).network


def train_both(
    data: Data, parts: Parts, settings: FitSettings, seed: int, workers: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Seconds of every epoch, and the cases on test patients."""
    ours, theirs = pleura_unet(seed), smp_unet(seed)
    task = Segmentation(
        data.bank,
        data.masks,
        train=parts.train,
        validation=parts.validation,
        loss="dice_cross_entropy",
        augmentation=Augmentation(),
        device=CPU,
    )
    rival = plain_loop(
        theirs, data.pairs(), parts, task.criterion, settings, rate=RATE, seed=seed, workers=workers
    )
    laps: list[tuple[str, int, float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        start = clocks()

        def turn(record: dict[str, float]) -> None:
            """pleura has done an epoch; now smp does one."""
            nonlocal start
            laps.append((PLEURA, seed, *(clocks() - start), record["score"]))
            start = clocks()
            score = next(rival)
            laps.append((SMP, seed, *(clocks() - start), score))
            for name, _, clock, processor, figure in laps[-2:]:
                told = f"{clock:.1f} s, {processor:.1f} s of the processor, Dice {figure:.4f}"
                print(f"  seed {seed}, {name}: {told}", flush=True)
            start = clocks()

        fit(
            ours,
            task,
            make_freezing_plan("none").phases(ours),
            settings,
            rate=RATE,
            seed=seed,
            fabric=make_fabric("cpu", "fp32"),
            saved=Path(folder) / "checkpoint.pt",
            watch=lambda phase, done, steps, figures: None,
            on_epoch=turn,
        )
    cases = [
        judge(name, model, data, parts.test, seed)
        for name, model in ((PLEURA, ours), (SMP, theirs))
    ]
    columns = ["side", "seed", "clock", "processor", "validation"]
    return pd.DataFrame(laps, columns=columns), pd.concat(cases)


def judge(name: str, model: nn.Module, data: Data, rows: Rows, seed: int) -> pd.DataFrame:
    """The rows of `cases.csv` for one side and seed."""
    model.eval()
    predicted = predict_masks(model, data.bank, rows, CPU)
    spacing = data.masks.spacing[rows]
    found = measure_cases(predicted, data.masks.read(rows), data.masks.structures, spacing)
    table = data.manifest.table.iloc[rows[found["position"]]]
    return found.assign(
        recipe=name,
        fold=0,
        seed=seed,
        fraction=1.0,
        part="test",
        image=table["image"].to_numpy(),
        patient=table["patient"].to_numpy(),
    )


def refuse_other_maps(ours: UNet, theirs: nn.Module) -> None:
    """Raise AssertionError where the two encoders give other maps."""
    images = torch.rand(2, 1, 64, 64) * 2 - 1
    with torch.no_grad():
        mine = ours.eval().encoder.forward_cuts(images, [name for name in ours.skips if name])
        other = theirs.eval().get_submodule("1.encoder")(images)
    # smp's first map is the image; its last one is no skip.
    for one, two in zip(mine.values(), other[1:-1], strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-3)


def time_networks(size: int, batch: int) -> None:
    """Milliseconds of the processor an image for a training step on random tensors, in turn."""
    images, targets = torch.rand(batch, 1, size, size), torch.randint(0, 2, (batch, size, size))
    criterion = make_loss("dice_cross_entropy", torch.ones(2))
    sides = {
        PLEURA: pleura_unet(0),
        SMP: smp_unet(0),
        f"{SMP}, channels last": smp_unet(0).to(memory_format=torch.channels_last),  # type: ignore[call-overload]
    }
    optimisers = {
        name: torch.optim.AdamW(side.parameters(), fused=True) for name, side in sides.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS + 1):
        for name, side in sides.items():
            start = time.process_time()
            loss = criterion(side.train()(images), targets)
            optimisers[name].zero_grad()
            torch.autograd.backward(loss)
            optimisers[name].step()
            taken[name].append((time.process_time() - start) * 1000 / batch)
    for name, values in taken.items():
        ratios = [a / b for a, b in zip(taken[PLEURA], values, strict=True)][1:]
        weights = sum(parameter.numel() for parameter in sides[name].parameters())
        print(
            f"network alone, {name}: {statistics.median(values[1:]):.1f} ms an image, "
            f"{weights / 1e6:.2f} M parameters; pleura takes {spread(ratios)} of it",
            flush=True,
        )


def best_workers(data: Data, parts: Parts, settings: FitSettings) -> int:
    """The quicker number of workers, 0 or 1, for an epoch of smp's by the clock."""
    criterion = make_loss("dice_cross_entropy", pixel_weights(data.masks, parts.train))
    seconds = {}
    for workers in (0, 1):
        short = settings.model_copy(update={"epochs": 1})
        epoch = plain_loop(
            smp_unet(0), data.pairs(), parts, criterion, short, rate=RATE, seed=0, workers=workers
        )
        start = clocks()
        next(epoch)
        seconds[workers] = clocks() - start
        told = "clock {:.1f} s, processor {:.1f} s".format(*seconds[workers])
        print(f"{SMP}, an epoch with {workers} workers: {told}", flush=True)
    start = clocks()
    for _ in load(data.pairs(), [parts.train, parts.validation], 0):
        pass
    print(f"{SMP}, of which reading {(clocks() - start)[1]:.1f} s of the processor", flush=True)
    return min(seconds, key=lambda workers: float(seconds[workers][0]))


def clocks() -> NDArray[np.float64]:
    """Seconds of the clock and of the processor, ended workers included."""
    return np.array([time.perf_counter(), sum(os.times()[:4])])


def report(laps: pd.DataFrame, cases: pd.DataFrame, decoding: float, epochs: int) -> None:
    """Seconds with ratios, Dice with intervals."""
    for kind in ("clock", "processor"):
        seconds = {side: table[kind].to_numpy() for side, table in laps.groupby("side")}
        ours, theirs = seconds[PLEURA], seconds[SMP]
        print(
            f"whole loop, seconds of the {kind} an epoch: pleura {statistics.median(ours):.1f}, "
            f"smp {statistics.median(theirs):.1f}; pleura takes {spread(ours / theirs)} of it"
        )
    once = (ours.sum() + decoding) / theirs.sum()
    print(f"decoding once: {decoding:.1f} s of the processor; with it, {once:.2f}")
    last = laps.groupby(["side", "seed"]).tail(1)
    print(f"Dice on validation after {epochs} epochs:\n{last.to_string(index=False)}")
    summary = summarise_cases(cases).query("structure == 'lung'")
    columns = ["recipe", "metric", "value", "low", "high", "patients", "seeds"]
    print(summary[columns].to_string(index=False))
    for metric in ("dice", "hd95"):
        compared = compare_cases(cases, reference=SMP, metric=metric).query("structure == 'lung'")
        columns = ["recipe", "reference", "metric", "difference", "low", "high", "p", "verdict"]
        print(compared[columns].to_string(index=False))


def spread(ratios: Sequence[float] | NDArray[np.float64]) -> str:
    """Median and range."""
    return f"{np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


if __name__ == "__main__":
    main()
