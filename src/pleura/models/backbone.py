"""A backbone: a network as an ordered list of named cuts.

Truncation, freezing, layer-wise rates, a U-Net's skips and the layer of a heat map are all cuts.
"""

import copy
import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from pleura.errors import InputError
from pleura.models.shapes import shapes_alone

# The sides differ by a multiple of every stride, and the smaller one fits every listed network.
PROBE = (80, 112)
SIDES_TRIED = 64


@dataclass(frozen=True)
class Cut:
    """A place to cut a network: the map there has `channels`, at 1/`stride` of the image's size.

    An image that is 32 pixels wider gives a map that is exactly 32 / `stride` wider; the map's size
    itself can be up to four less than the ratio says, where a layer has no padding or rounds.
    A `stage` is a coarse cut; the last cut of a network always is one.
    """

    name: str
    channels: int
    stride: int
    stage: bool


class Backbone(nn.Module, ABC):
    """A network from image to map, with named cuts in order."""

    def __init__(self, name: str, cuts: Sequence[Cut]) -> None:
        super().__init__()
        self.name = name
        self.cuts = tuple(cuts)

    @abstractmethod
    def forward_cuts(self, x: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Maps (n, channels, h, w) at the cuts `names` (None: all), in the network's order.

        `x`: (n, 1|3, h, w) float, normalised. Nothing after the last wanted cut is computed.
        Raises InputError for a name that is no cut, and for images of a size that does not fit.
        """

    @abstractmethod
    def truncate(self, at: str) -> "Backbone":
        """A copy that ends at the cut `at`; its parameters are not shared with this backbone.

        Raises InputError where `at` is no cut.
        """

    @abstractmethod
    def modules_of(self, cut: str) -> list[nn.Module]:
        """The modules between the previous cut and this one.

        Over all cuts they hold each parameter and buffer exactly once.
        Raises InputError where `cut` is none of the backbone's.
        """

    def modules_by_cut(self) -> Iterator[tuple[str, nn.Module]]:
        """The modules of every cut in order, each with the name of its cut."""
        return ((cut.name, module) for cut in self.cuts for module in self.modules_of(cut.name))

    def forward(self, x: Tensor) -> Tensor:
        """The map (n, channels, h, w) after the last cut."""
        last = self.cuts[-1].name
        return self.forward_cuts(x, [last])[last]

    def position(self, cut: str) -> int:
        """The place of a cut in `cuts`. Raises InputError that lists the names where there is no
        such cut."""
        names = [its.name for its in self.cuts]
        if cut not in names:
            raise InputError(
                f"{self.name} has no cut {cut!r}", [f"its cuts are: {', '.join(names)}"]
            )
        return names.index(cut)

    def positions(self, names: Sequence[str] | None) -> set[int]:
        """Places of several cuts; None means all."""
        if names is None:
            return set(range(len(self.cuts)))
        return {self.position(name) for name in names}


ForwardCuts = TypeVar("ForwardCuts", bound=Callable[..., dict[str, Tensor]])


def tells_the_size(forward_cuts: ForwardCuts) -> ForwardCuts:
    """Decorate a `forward_cuts` whose layers raise errors of their own where a size does not fit.

    An image can be too small for a layer, or no multiple of a patch. That becomes an InputError
    which names the next larger size that fits. Any other error stays what it is.
    """

    @functools.wraps(forward_cuts)
    def with_size_told(
        self: Backbone, x: Tensor, names: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        try:
            return forward_cuts(self, x, names)
        except (RuntimeError, AssertionError) as error:
            height, width = x.shape[-2:]
            # On the meta device sizes are tried without memory or arithmetic.
            ghost = copy.deepcopy(self).eval().to("meta")

            def takes(height: int, width: int) -> bool:
                try:
                    forward_cuts(
                        ghost, x.new_zeros(1, x.shape[1], height, width, device="meta"), names
                    )
                except (RuntimeError, AssertionError):
                    return False
                return True

            if takes(height, width):
                raise
            start = max(height, width)
            for side in range(start, start + SIDES_TRIED):
                if takes(side, side):
                    raise InputError(
                        f"{self.name} takes no images of {height}x{width} pixels; "
                        f"the next larger size that it takes is {side}x{side}"
                    ) from error
            raise

    return cast(ForwardCuts, with_size_told)


@dataclass(frozen=True)
class LibraryNet:
    """A backbone as its library has just built it.

    `tensors` are all parameters and buffers of the library's whole network, classifier included, by
    the library's names; the backbone shares them. `mean` and `std` have one value for each of the
    three channels, for images in [0, 1]; `size` is the side, in pixels, of the images that the
    network was built for.
    """

    backbone: Backbone
    tensors: dict[str, Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int


@dataclass(frozen=True)
class Segment:
    """What lies between two cuts: `name` is that of the cut at its end."""

    name: str
    body: nn.Module
    stage: bool = False


class SegmentedBackbone(Backbone):
    """A backbone whose segments run one after the other."""

    def __init__(self, name: str, cuts: Sequence[Cut], bodies: Sequence[nn.Module]) -> None:
        super().__init__(name, cuts)
        self.segments = nn.ModuleList(bodies)

    @tells_the_size
    def forward_cuts(self, x: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        wanted = self.positions(names)
        maps: dict[str, Tensor] = {}
        for i, (cut, segment) in enumerate(zip(self.cuts, self.segments, strict=True)):
            if len(maps) == len(wanted):
                break
            x = segment(x)
            if i in wanted:
                maps[cut.name] = x
        return maps

    def truncate(self, at: str) -> "SegmentedBackbone":
        length = self.position(at) + 1
        segments = copy.deepcopy(self.segments[:length])
        return SegmentedBackbone(self.name, self.cuts[:length], list(segments))

    def modules_of(self, cut: str) -> list[nn.Module]:
        return [self.segments[self.position(cut)]]


def stage(
    name: str, modules: Sequence[nn.Module], opening: Sequence[nn.Module] = ()
) -> list[Segment]:
    """The segments `name.0`, `name.1`, ..., `name` of a stage; `opening`, such as a pooling,
    belongs to the first."""
    last = len(modules) - 1
    bodies = [nn.Sequential(*opening, modules[0]) if opening else modules[0], *modules[1:]]
    return [
        Segment(name if i == last else f"{name}.{i}", body, stage=i == last)
        for i, body in enumerate(bodies)
    ]


def assemble(name: str, segments: Sequence[Segment]) -> SegmentedBackbone:
    """A backbone of these segments; channels and strides are measured on one blank image."""
    cuts = []
    x = torch.zeros(1, 3, *PROBE)
    with torch.no_grad():
        for i, segment in enumerate(segments):
            with shapes_alone(segment.body):
                x = segment.body.eval()(x)
            segment.body.train()
            # Of two sides, so that neither rounding nor missing padding matters.
            stride = (PROBE[1] - PROBE[0]) // (x.shape[3] - x.shape[2])
            stage = segment.stage or i == len(segments) - 1
            cuts.append(Cut(segment.name, x.shape[1], stride, stage))
    return SegmentedBackbone(name, cuts, [segment.body for segment in segments])
