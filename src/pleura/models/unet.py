"""A U-Net on any backbone: the cuts are its skips, what follows brings the map back to the image.

Ronneberger et al. 2015, arXiv 1505.04597.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from pleura.errors import InputError, refuse
from pleura.models.backbone import Backbone
from pleura.models.double_conv import double_convolution
from pleura.models.network import ImageNetwork
from pleura.models.places import stages
from pleura.models.seeding import seeded
from pleura.models.unet_options import Upsampling
from pleura.randomness import seed_of

VERSION = 1  # part of every key: raised whenever a U-Net would compute something else
OUTPUT = "output"  # the part after the decoder
WIDEST, NARROWEST = 256, 8  # of the decoder's channels, by default


class Scales(NamedTuple):
    """What a U-Net makes of n images, from the coarsest map to the logits.

    `bottleneck` (n, c, h, w) is the encoder's last map, `decoder` the map after each block of the
    decoder, coarsest first, `logits` (n, n_structures + 1, H, W).
    """

    bottleneck: Tensor
    decoder: list[Tensor]
    logits: Tensor


class DecoderBlock(nn.Module):
    """Doubles the size of a map, puts the channels of a skip beside it, and applies two
    convolutions."""

    def __init__(
        self, channels: int, skipped: int, width: int, upsampling: Upsampling, norm: bool
    ) -> None:
        super().__init__()
        # Channels are narrowed before the map grows: a 1 x 1 convolution and nearest-neighbour
        # upsampling can change places, and this order costs a quarter.
        up = (
            nn.ConvTranspose2d(channels, width, 2, stride=2)
            if upsampling == "transposed"
            else nn.Conv2d(channels, width, 1)
        )
        # With a kernel of the stride, each value sums over the channels alone.
        nn.init.normal_(up.weight, std=channels**-0.5)
        assert up.bias is not None
        nn.init.zeros_(up.bias)
        self.up: nn.Module = up
        self.mix = double_convolution(width + skipped, width, norm=norm)

    def forward(self, x: Tensor, skip: Tensor | None) -> Tensor:
        """(n, width, h, w) at the skip's size, or at twice that of x (n, channels, h, w)."""
        size = [2 * side for side in x.shape[2:]] if skip is None else list(skip.shape[2:])
        x = self.up(x)
        if list(x.shape[2:]) != size:
            x = functional.interpolate(x, size, mode="nearest")
        mixed: Tensor = self.mix(x if skip is None else torch.cat([x, skip], dim=1))
        return mixed


class UNet(ImageNetwork):
    """Normalisation, encoder, decoder and a 1 x 1 convolution: gray images in, logits a pixel out.

    A block of the decoder halves the stride. It takes as its skip the last cut at its stride,
    where there is one; a ViT, whose cuts have one stride, is upsampled alone. `widths` are the
    channels of the blocks, coarsest first; by default 256, halved in each block, and no more than
    the skip's channels (without a skip: than those before), but at least 8. The last block has the
    image's size: lines one or two pixels wide are lost where logits are made at half of it.
    `mean` and `std` are for gray images in [0, 1]. The decoder starts from `seed` alone.
    Raises InputError where nothing is left to upsample or `widths` do not fit.
    """

    def __init__(
        self,
        encoder: Backbone,
        mean: Sequence[float],
        std: Sequence[float],
        n_structures: int,
        *,
        upsampling: Upsampling = "nearest",
        norm: bool = True,
        widths: Sequence[int] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(mean, std)
        self.encoder, self.n_structures = encoder, n_structures
        last = encoder.cuts[-1]
        at_stride = {float(cut.stride): cut for cut in encoder.cuts}  # the last one at each
        # Halved by each block, until it is the image's.
        strides = [last.stride / 2**k for k in range(1, math.ceil(math.log2(last.stride)) + 1)]
        if not strides:
            raise InputError(
                f"{encoder.name} up to {last.name}: its map is as large as the image, so a U-Net "
                "has nothing to upsample; name a deeper cut"
            )
        self.skips = [at_stride[stride].name if stride in at_stride else "" for stride in strides]
        skipped = [at_stride[stride].channels if stride in at_stride else 0 for stride in strides]
        self.widths = tuple(widths or _default_widths(last.channels, skipped))
        if len(self.widths) != len(strides):
            raise InputError(
                f"{encoder.name}: its decoder has {len(strides)} blocks, so `widths` must be as "
                f"many, not {len(self.widths)}"
            )
        with seeded(seed_of(seed, "decoder")):
            self.decoder = nn.ModuleList(
                DecoderBlock(channels, beside, width, upsampling, norm)
                for channels, beside, width in zip(
                    [last.channels, *self.widths[:-1]], skipped, self.widths, strict=True
                )
            )
            self.output = nn.Conv2d(self.widths[-1], n_structures + 1, 1)

    def encode(self, images: Tensor) -> Tensor:
        """The bottleneck (n, c, h, w) of gray images (n, 1, H, W) float in [0, 1]."""
        last = self.encoder.cuts[-1].name
        return self._maps(images, [last])[last]

    def scales(self, images: Tensor) -> Scales:
        """Every map of gray images (n, 1, H, W) float in [0, 1], H and W of any size.

        Raises InputError where the encoder takes no images of that size.
        """
        last = self.encoder.cuts[-1].name
        maps = self._maps(images, [*filter(None, self.skips), last])
        x, decoded = maps[last], list[Tensor]()
        for block, skip in zip(self.decoder, self.skips, strict=True):
            x = block(x, maps[skip] if skip else None)
            decoded.append(x)
        logits = self.output(x)
        if logits.shape[2:] != images.shape[2:]:
            size = list(images.shape[2:])
            logits = functional.interpolate(logits, size, mode="bilinear", align_corners=False)
        return Scales(maps[last], decoded, logits)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, n_structures + 1, H, W) of images as in `scales`; channel 0: background."""
        return self.scales(images).logits

    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The modules of each cut of the encoder, decoder1, decoder2, ... and `OUTPUT`."""
        yield from self.encoder.modules_by_cut()
        yield from zip(self._decoder_names(), self.decoder, strict=True)
        yield OUTPUT, self.output

    def encoder_blocks(self) -> list[tuple[str, ...]]:
        """The encoder's cuts, stage by stage; the last stage is the bottleneck."""
        return [tuple(names) for names in stages(self.encoder)]

    def blocks(self) -> list[tuple[str, ...]]:
        """All parts, from the image on: the encoder's stages, the decoder's blocks, the output."""
        return [*self.encoder_blocks(), *((name,) for name in self._decoder_names()), (OUTPUT,)]

    def _maps(self, images: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        return self.encoder.forward_cuts(self.normalised(images), names)

    def _decoder_names(self) -> list[str]:
        return [f"decoder{number}" for number in range(1, len(self.decoder) + 1)]


def carry_over(state: Mapping[str, Tensor], network: UNet) -> tuple[str, ...]:
    """Load the state of an earlier U-Net into `network`, in place.

    Returns the names of tensors that stay random: those of the output, if it is for another number
    of structures. Raises InputError that lists everything else that does not fit.
    """
    own = network.state_dict()
    left = tuple(
        name
        for name in own
        if name.startswith(f"{OUTPUT}.") and name in state and state[name].shape != own[name].shape
    )
    problems = [f"{name}: not in the network" for name in state if name not in own]
    for name, tensor in own.items():
        if name not in state:
            problems.append(f"{name}: missing in the weights")
        elif name not in left and state[name].shape != tensor.shape:
            given, wanted = tuple(state[name].shape), tuple(tensor.shape)
            problems.append(f"{name}: shape {given} in the weights, {wanted} in the network")
    refuse(f"weights of another network than this U-Net on {network.encoder.name}", problems)
    network.load_state_dict({**state, **{name: own[name] for name in left}})
    return left


def _default_widths(channels: int, skipped: Sequence[int]) -> list[int]:
    widths, most = list[int](), WIDEST
    for beside in skipped:
        channels = max(NARROWEST, min(beside or channels, most))
        widths.append(channels)
        most //= 2
    return widths
