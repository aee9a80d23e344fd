"""RandAugment of gray images: some changes of a list, as strong as one number says.

Cubuk, Zoph, Shlens and Le (2020), RandAugment: Practical automated data augmentation with a reduced
search space, arXiv 1909.13719. Of their list those are here that an X-ray or an ultrasound image of
another patient, device or hand could show. Left out are those that no such image shows: inverted
and solarised gray values (lung would be bright, or bone dark), posterised and equalised ones (which
undo the exposure and make levels of noise), shears (ribs and lines bend as in no patient), mirrors
upside down, and colour. There every change has one strength; here, as everywhere in pleura, its
amount is uniform up to it, so that no change at all lies in the middle of what is trained.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from pleura.data.augment_settings import RandAugment
from pleura.train import ahead

VERSION = 1  # part of the keys of trainings that use it: raised whenever a draw changes otherwise
# At a strength of 1: degrees, shares of the width, of the size, of full range, of contrast; powers
# of 2 that are exponents of gray values; how much of the difference to a blurred image is added.
LARGEST: Mapping[str, float] = {
    "rotation": 30.0,
    "shift": 0.15,
    "scale": 0.3,
    "brightness": 0.3,
    "contrast": 0.6,
    "power": 1.0,
    "sharpness": 1.0,
}
# The kernel of Pillow's sharpness, on which RandAugment's rests.
SMOOTH = ((1 / 13, 1 / 13, 1 / 13), (1 / 13, 5 / 13, 1 / 13), (1 / 13, 1 / 13, 1 / 13))


def sample_amounts(
    settings: RandAugment, touched: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """The amount of each change for n images: (n, 1), of a shift (n, 2); 0 where it does not
    happen. To each image of those `touched` (n,) bool happen `changes` of the list, all as likely.
    """
    n, device = len(touched), generator.device
    order = torch.rand(n, len(LARGEST), generator=generator, device=device).argsort(dim=1)
    happens = (order.argsort(dim=1) < settings.changes) & touched.unsqueeze(1)
    amounts = {}
    for column, (name, most) in enumerate(LARGEST.items()):
        drawn = torch.rand(n, 1 + (name == "shift"), generator=generator, device=device) * 2 - 1
        amounts[name] = drawn * (most * settings.strength) * happens[:, column : column + 1]
    return amounts


def bend(images: Tensor, powers: Tensor) -> Tensor:
    """Images (n, 1, h, w), whose values become 0 to 1, to the power 2^`powers` (n, 1, 1, 1); where
    that is 1 they stay as they are."""
    bent = images.clamp(0, 1).pow(torch.exp2(powers))
    return torch.where(powers != 0, bent, images)


def sharpen(images: Tensor, amounts: Tensor) -> Tensor:
    """Images (n, 1, h, w) plus `amounts` (n, 1, 1, 1) times what a slight blur takes from them:
    sharper above 0, blurred below; at 0 they stay as they are."""
    kernel = ahead.constant(SMOOTH, images.dtype, images.device).view(1, 1, 3, 3)
    smooth = functional.conv2d(functional.pad(images, (1, 1, 1, 1), mode="replicate"), kernel)
    return torch.addcmul(images, images - smooth, amounts)
