"""What is said of losses that do not fit together, on tables and on networks really trained."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.evaluate.case_metrics import DICE, HD95
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.kappa import KAPPA
from pleura.evaluate.metric import Metric
from pleura.evaluate.proper_scores import BRIER
from pleura.report.doubts import fitting
from pleura.tables import FIT_LOSSES
from pleura.tasks.classification import guessing_loss
from pleura.tasks.images import OnImages
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.train.task import Batch
from pleura.transfer.build import build_model

Disks = tuple[Bank, NDArray[np.int64]]
SIZE = 32
OTHERS, ABOVE, BY_HEART = "sees other images", "above that of guessing", "Overfitted"


def runs(**figures: float) -> pd.DataFrame:
    """One run of fine-tuning that went well, but for `figures`."""
    usual = {
        "train_loss": 0.4,
        "judged_loss": 0.35,
        "validation_loss": 0.5,
        "guessing_loss": 1.1,
        "judged_auroc": 0.95,
        "validation_auroc": 0.92,
    }
    return pd.DataFrame(
        [{"recipe": "tuned", **dict.fromkeys(FIT_LOSSES, np.nan), **usual, **figures}]
    )


def said(table: pd.DataFrame, by: Metric = AUROC) -> str:
    return " ".join(caution.text for caution in fitting(table, by))


def test_a_fit_that_went_well_is_not_mentioned() -> None:
    assert [*fitting(runs(), AUROC)] == []
    # Nothing trained by epochs, or by a version that kept no such figures.
    nothing = dict.fromkeys((*FIT_LOSSES, "judged_auroc", "validation_auroc"), np.nan)
    assert [*fitting(runs(**nothing), AUROC)] == []
    assert [*fitting(runs().drop(columns=["judged_auroc", "validation_auroc"]), AUROC)] == []


def test_training_images_that_are_judged_worse_than_they_were_trained() -> None:
    found = said(runs(judged_loss=1.3, judged_auroc=0.8, validation_loss=1.5, validation_auroc=0.6))
    assert "sees other images than when it is judged: tuned (1 of 1 run)." in found
    assert "have a loss of 1.300 where they had 0.400 as trained" in found
    assert BY_HEART not in found
    assert next(iter(fitting(runs(judged_loss=1.3), AUROC))).serious
    # Near zero a ratio says nothing.
    assert [*fitting(runs(train_loss=0.01, judged_loss=0.05), AUROC)] == []


def test_a_loss_above_guessing() -> None:
    assert ABOVE in said(runs(validation_loss=1.2))
    assert ABOVE not in said(runs(validation_loss=1.2, guessing_loss=np.nan))


def test_overfitting_only_where_training_images_are_judged_well() -> None:
    assert BY_HEART in said(runs(judged_auroc=1.0, validation_auroc=0.7))
    assert BY_HEART not in said(runs(judged_auroc=0.95, validation_auroc=0.9))
    assert BY_HEART not in said(runs(judged_auroc=0.63, validation_auroc=0.5))
    assert BY_HEART in said(
        runs(judged_auroc=np.nan, validation_auroc=np.nan, judged_dice=0.9, validation_dice=0.5),
        DICE,
    )


@pytest.mark.parametrize(
    ("metric", "judged", "validation", "by_heart"),
    [
        (KAPPA, 0.9, 0.4, True),
        (KAPPA, 0.65, 0.4, True),  # of the way from -1 to 1: .825 and .7
        (KAPPA, 0.65, 0.5, False),  # .825 and .75
        (KAPPA, 0.55, 0.0, False),  # .775
        (BRIER, 0.1, 0.9, True),  # lower is better, 2 is worst: .95 and .55
        (BRIER, 0.9, 0.1, False),
        (HD95, 1.0, 30.0, False),  # a distance has no worst value
    ],
)
def test_a_score_of_any_range_tells_of_overfitting(
    metric: Metric, judged: float, validation: float, by_heart: bool
) -> None:
    of_task = {f"judged_{metric.name}": judged, f"validation_{metric.name}": validation}
    assert (BY_HEART in said(runs(judged_auroc=0.5, **of_task), metric)) == by_heart


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bank, NDArray[np.int64]]:
    """Images with a bright disk above or below, which the labels say."""
    folder = tmp_path_factory.mktemp("disks")
    random = np.random.default_rng(0)
    y, x = np.mgrid[:SIZE, :SIZE]
    labels = random.integers(2, size=160)
    names = []
    for number, place in enumerate(labels):
        row, column = 8 + 16 * place + random.integers(-3, 4), random.integers(8, 24)
        image = random.normal(90, 6, (SIZE, SIZE))
        image[(y - row) ** 2 + (x - column) ** 2 < 25] += 60
        names.append(str(folder / f"{number}.png"))
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(names[-1])
    return build_bank(names, folder / "bank", size=SIZE), labels


class UpsideDown(OnImages):
    """Turns every training image upside down, and none that is judged."""

    def varied(self, images: Tensor, batch: Batch) -> Tensor:
        return images.flip(2)


def trained(
    bank: Bank,
    labels: NDArray[np.int64],
    augmentation: Augmentation | None,
    kind: type[OnImages] = OnImages,
    *,
    epochs: int,
) -> str:
    """What is said of the last epoch of a small ResNet."""
    rows = np.arange(len(labels))
    task = kind(
        bank,
        labels,
        train=rows[:100],
        validation=rows[100:],
        n_classes=2,
        augmentation=augmentation,
        balanced=True,
        device=torch.device("cpu"),
    )
    recipe = {"backbone": "test_resnet", "weights": "random", "strategy": "fine_tuning"}
    built = build_model(recipe, 2, seed=0)
    phases = built.strategy.phases(built.classifier)
    settings = FitSettings(epochs=epochs, min_steps=1, batch_size=20, patience=1.0)
    fabric = make_fabric("cpu", "fp32")
    result = fit(built.classifier, task, phases, settings, rate=1e-3, seed=0, fabric=fabric)
    last = result.history[-1]
    return said(
        runs(
            train_loss=last["train_loss"],
            judged_loss=last["judged_loss"],
            judged_auroc=last["judged_score"],
            validation_loss=last["loss"],
            validation_auroc=last["score"],
            guessing_loss=guessing_loss(labels[:100], 2, balanced=True),
        )
    )


def test_a_network_that_sees_what_it_is_judged_on(disks: Disks) -> None:
    assert trained(*disks, Augmentation(), epochs=3) == ""


def test_a_network_that_sees_other_images_than_it_is_judged_on(disks: Disks) -> None:
    found = trained(*disks, Augmentation(), UpsideDown, epochs=3)
    assert OTHERS in found
    assert BY_HEART not in found


def test_labels_of_chance_are_learned_by_heart(disks: Disks) -> None:
    bank, labels = disks
    found = trained(bank, np.random.default_rng(1).permutation(labels), None, epochs=4)
    assert ABOVE in found
    assert BY_HEART in found
    assert OTHERS not in found
