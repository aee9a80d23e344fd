"""The segmentation task: what is trained on, the losses, the score, and small structures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.data.mask_bank import MaskBank
from pleura.errors import PleuraError
from pleura.evaluate.overlap import counts, dice, mean_of_cases
from pleura.tasks.segmentation import Loss, Segmentation, make_loss, pixel_weights, predict_masks
from pleura.train.task import Batch

CPU = torch.device("cpu")
SIZE = 32
LOSSES: tuple[Loss, ...] = ("dice", "cross_entropy", "dice_cross_entropy", "focal_tversky")
Material = tuple[Bank, MaskBank]


def write(folder: Path, masks: NDArray[np.uint8]) -> Material:
    """Images of gray levels 100 for background, 160 for structure 1, 220 for structure 2, 0 where
    the mask is ignored; with some noise."""
    levels = np.zeros(256)
    levels[[0, 1, 2]] = 100, 160, 220
    noise = np.random.default_rng(0).normal(0, 5, masks.shape)
    names = []
    for number, pixels in enumerate((levels[masks] + noise).clip(0, 255).astype(np.uint8)):
        names.append(str(folder / f"{number}.png"))
        Image.fromarray(pixels).save(names[-1])
    bank = build_bank(names, folder / "bank", size=SIZE)
    masks.tofile(folder / "masks.u8")
    spacing = np.full(len(masks), np.nan)
    return bank, MaskBank(folder, "key", SIZE, ("large", "small"), spacing, ())


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Ten images: a large square, a structure of nine pixels in most, a strip that is ignored."""
    rng = np.random.default_rng(1)
    masks = np.zeros((10, SIZE, SIZE), np.uint8)
    for number, mask in enumerate(masks):
        top, left = rng.integers(2, 10, 2)
        mask[top : top + 12, left : left + 12] = 1
        if number % 3:
            mask[26:29, 4 + number : 7 + number] = 2
        mask[:, 30:] = 255
    return write(tmp_path_factory.mktemp("masks"), masks)


def task(material: Material, loss: Loss, augmentation: Augmentation | None = None) -> Segmentation:
    bank, masks = material
    return Segmentation(
        bank,
        masks,
        train=np.array([9, 0, 4, 5, 6, 7]),
        validation=np.array([1, 8, 2, 3]),
        loss=loss,
        augmentation=augmentation,
        device=CPU,
    )


class Levels(nn.Module):
    """Logits from the gray level alone: right wherever a pixel is judged. Remembers its input."""

    def forward(self, images: Tensor) -> Tensor:
        self.seen = images
        middles = torch.tensor([100.0, 160.0, 220.0]).view(1, 3, 1, 1) / 255
        logits: Tensor = -1000 * (images - middles) ** 2
        return logits


def test_a_batch_holds_the_images_and_masks_of_the_rows_asked_for(material: Material) -> None:
    model = Levels()
    loss = task(material, "cross_entropy").loss(model, Batch(np.array([2, 0]), 0, True))
    expected = torch.from_numpy(material[0].read(np.array([4, 9])))[:, None] / 255
    torch.testing.assert_close(model.seen, expected)
    assert loss.item() < 0.01


@pytest.mark.parametrize("loss", LOSSES)
def test_images_and_masks_are_varied_together(material: Material, loss: Loss) -> None:
    """A network that goes by gray level stays right, but for the edges of structures."""
    settings = Augmentation(brightness=0, contrast=0, noise=0)
    one = task(material, loss, settings)
    seen = []
    for seed, augmented in ((1, True), (1, True), (2, True), (1, False)):
        model = Levels()
        value = one.loss(model, Batch(np.arange(6), seed, augmented)).item()
        seen.append((value, model.seen.clone()))
    assert seen[0][0] == seen[1][0] != seen[2][0]
    assert not torch.equal(seen[0][1], seen[3][1])
    turned = one.criterion(Levels()(seen[0][1]), one._load(one.train)[1].long()).item()
    assert seen[0][0] < 0.5 * turned


@pytest.mark.parametrize("loss", LOSSES)
def test_ignored_pixels_count_for_nothing(loss: Loss) -> None:
    """The loss equals that of the judged part alone, and no gradient comes from the rest."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 3, 8, 10, generator=generator, requires_grad=True)
    targets = torch.randint(0, 3, (3, 8, 10), generator=generator)
    criterion = make_loss(loss, torch.tensor([0.5, 1.0, 3.0]))
    expected = criterion(logits[..., :7], targets[..., :7])
    targets[..., 7:] = 255
    found = criterion(logits, targets)
    torch.testing.assert_close(found, expected)
    found.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert (logits.grad[..., 7:] == 0).all()
    assert (logits.grad[..., :7] != 0).any()


def test_losses_by_hand() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 4, 4, generator=generator)
    targets = torch.randint(0, 3, (2, 4, 4), generator=generator)
    weights = torch.tensor([0.5, 1.0, 3.0])
    p, truth = logits.softmax(1), functional.one_hot(targets, 3).movedim(-1, 1)
    both = (p * truth).sum(dim=(0, 2, 3))
    false, missed = (p * (1 - truth)).sum(dim=(0, 2, 3)), ((1 - p) * truth).sum(dim=(0, 2, 3))
    squares = (p**2).sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3))
    of_dice = (1 - 2 * both / squares).mean()
    entropy = functional.cross_entropy(logits, targets, weights)
    tversky = 1 - both / (both + 0.3 * false + 0.7 * missed)
    expected = of_dice, entropy, of_dice + entropy, (tversky[1:] ** (4 / 3)).mean()
    for name, value in zip(LOSSES, expected, strict=True):
        torch.testing.assert_close(make_loss(name, weights)(logits, targets), value)


def test_weights_are_one_over_the_root_of_the_share(material: Material) -> None:
    _, masks = material
    rows = np.array([1, 2, 4])
    values = masks.read(rows)
    share = np.array([(values == k).sum() for k in range(3)]) / (values != 255).sum()
    weights = pixel_weights(masks, rows).numpy()
    np.testing.assert_allclose(weights * np.sqrt(share), weights[0] * np.sqrt(share[0]), rtol=1e-5)
    assert (weights * share).sum() == pytest.approx(1)
    # Row 0 lacks the small structure.
    assert np.isfinite(pixel_weights(masks, np.array([0])).numpy()).all()


def test_validation_is_judged_as_the_test_is(material: Material) -> None:
    class Left(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            logits: Tensor = Levels()(images)
            logits[:, 0, :, :9] = 1e3
            return logits

    bank, masks = material
    rows = np.array([1, 8, 2, 3])
    found = task(material, "dice").validate(Left())
    predicted = predict_masks(Left(), bank, rows, CPU)
    expected = mean_of_cases(dice(counts(predicted, masks.read(rows), 2)))
    assert found["score"] == pytest.approx(expected)
    assert 0.2 < found["score"] < 0.99
    assert found["loss"] > 0
    assert task(material, "dice").validate(Levels())["score"] > 0.999


def test_a_validation_part_without_structures_is_refused(tmp_path: Path) -> None:
    empty = write(tmp_path, np.zeros((10, SIZE, SIZE), np.uint8))
    with pytest.raises(PleuraError, match="no validation image shows any of large, small"):
        task(empty, "dice").validate(Levels())


def test_predictions_come_in_the_order_asked(material: Material) -> None:
    bank, masks = material
    rows = np.array([3, 1, 2, *range(4, 9)] * 3)
    predicted, reference = predict_masks(Levels(), bank, rows, CPU), masks.read(rows)
    assert predicted.dtype == np.uint8
    np.testing.assert_array_equal(predicted[reference != 255], reference[reference != 255])


@pytest.mark.parametrize("loss", LOSSES)
def test_a_small_structure_does_not_drown(material: Material, loss: Loss) -> None:
    """One pixel in a hundred belongs to it; a small network finds it in 150 steps."""
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1)),
        *(nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 3, 3, padding=1)),
    )
    optimiser = torch.optim.Adam(model.parameters(), 0.005)
    one = task(material, loss)
    for step in range(150):
        value = one.loss(model, Batch(np.arange(6), step, False))
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    model.eval()
    rows = one.validation[[0, 1, 2]]
    found = counts(predict_masks(model, one.bank, rows, CPU), one.masks.read(rows), 2)
    assert (dice(found)[:, 1] > 0.5).all()


def test_a_batch_is_described_by_name(material: Material) -> None:
    text = task(material, "dice").describe(np.array([0, 1]))
    assert [Path(name).name for name in text.split(", ")] == ["9.png", "0.png"]
