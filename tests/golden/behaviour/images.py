"""What happens to images: decoding, variation, views, what is hidden."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from pleura.data.augment import Augmentation, sample, vary, vary_masks
from pleura.data.background_swap import sample_swaps, swap_backgrounds
from pleura.data.bank import build_bank
from pleura.data.frame_hiding import hide_frames, sample_frames
from pleura.data.hidden import Hidden, average, frame
from pleura.data.shortcut_settings import HideFrame
from pleura.data.views import Views, sample_views, show
from pleura.train.task import Batch
from tests.golden.behaviour.inputs import Figures, Stored, pictures, seen


def decoding() -> Figures:
    """Files of eight and sixteen bits, gray and colour, cropped and padded."""
    with TemporaryDirectory() as folder:
        return _decoded(Path(folder))


def _decoded(folder: Path) -> Figures:
    image = (pictures(1, 48)[0, 0] * 255).byte().numpy()[:, 4:40]
    stored = {
        "gray.png": Image.fromarray(image),
        "colour.png": Image.fromarray(np.stack([image, image // 2, 255 - image], axis=2)),
        "deep.png": Image.fromarray(image.astype(np.uint16) * 257),
    }
    for name, picture in stored.items():
        picture.save(folder / name)
    names = [str(folder / name) for name in stored]
    banks = [
        build_bank(names, folder / fit, size=32, fit=fit, workers=1) for fit in ("crop", "pad")
    ]
    return seen(*(each.read(np.arange(3)).astype(float) for each in banks))


def augmentation() -> Figures:
    """Images and masks, with every change at work."""
    settings = Augmentation(noise=0.05, untouched=0.2)
    images = pictures(16)
    variation = sample(settings, images.shape, torch.Generator().manual_seed(3))
    masks = (images[:, 0] > 0.5).byte()
    return seen(vary(images, variation), vary_masks(masks, variation).float())


def frames_in_training() -> Figures:
    """Frames hidden by the mean image and exchanged."""
    images = pictures(16)
    drawn = sample_frames(HideFrame(), images.shape, torch.Generator().manual_seed(3))
    return seen(hide_frames(images, drawn, images[:, 0].mean(dim=0)))


def backgrounds_in_training() -> Figures:
    """Backgrounds exchanged around discs, of which two images have none."""
    images = pictures(16)
    lungs = images[:, 0] > 0.5
    lungs[3:5] = False
    known = lungs.any(dim=(1, 2)).numpy()
    swaps = sample_swaps(known, 0.3, np.random.default_rng(3))
    partner, changed = torch.from_numpy(swaps.partner), torch.from_numpy(swaps.changed)
    figures = seen(swap_backgrounds(images, lungs, partner, changed))
    return [*figures, *map(float, swaps.partner), *map(float, swaps.changed)]


def views() -> Figures:
    """Two views of images."""
    images = pictures(16)
    generator = torch.Generator().manual_seed(3)
    batch = Batch(np.arange(16), 0, True)
    shown = [show(images, sample_views(Views(), images.shape, generator), batch) for _ in range(2)]
    return seen(*shown)


def hidden_views() -> Figures:
    """The frame and the centre hidden by the mean image."""
    images, rows = Stored(pictures(8, 48)), np.arange(8)
    fill, outer = average(images, rows), frame(48, 48)
    return seen(*(Hidden(images, part, fill).read(rows) for part in (outer, ~outer)))
