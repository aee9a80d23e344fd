"""The pixel baselines as networks, so that one can be handed over, saved and exported as any model.

Trees are arrays, saved as safetensors like all weights: nothing that is loaded can run code.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.models.network import Network

SIDE = 32
SMALLEST_PROBABILITY = 1e-6
READINGS = ("classes", "findings", "number", "linear", "distances")

Arrays = Mapping[str, NDArray[Any]]


class Trees(nn.Module):
    """The trees of a forest, node by node: the mean of the leaves that an image comes to.

    `roots` (trees,) are places among all nodes. At a node an image goes to `left` if its pixel
    `feature` is at most `threshold`, else to `right`; a leaf leads to itself. `value` (nodes, k) is
    what a leaf says. `depth`: steps from a root to the deepest leaf.
    """

    roots: Tensor
    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    value: Tensor

    def __init__(self, trees: int, nodes: int, depth: int, outputs: int) -> None:
        super().__init__()
        self.depth = depth
        self.register_buffer("roots", torch.zeros(trees, dtype=torch.int32))
        for name in ("feature", "left", "right"):
            self.register_buffer(name, torch.zeros(nodes, dtype=torch.int32))
        self.register_buffer("threshold", torch.zeros(nodes))
        self.register_buffer("value", torch.zeros(nodes, outputs))

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, k) float32 of pixels (n, 1024) float32."""
        feature, left, right = self.feature.long(), self.left.long(), self.right.long()
        at = self.roots.long().unsqueeze(0).expand(pixels.shape[0], -1)
        for _ in range(self.depth):
            goes_left = pixels.gather(1, feature[at]) <= self.threshold[at]
            at = torch.where(goes_left, left[at], right[at])
        return self.value[at].mean(1)


def arrays_of(estimators: Sequence[Any]) -> tuple[dict[str, int], Arrays]:
    """The sizes of `Trees` and their arrays, of fitted trees of scikit-learn, whose leaves say the
    shares of classes or a number.

    scikit-learn compares pixels in float32 with thresholds in float64; the next float32 below such
    a threshold decides the same for every pixel.
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _ARRAYS}
    roots, nodes, depth = [], 0, 0
    for estimator in estimators:
        tree = estimator.tree_
        own = np.arange(tree.node_count)
        leaf = tree.children_left < 0
        value = tree.value[:, 0, :].astype(np.float64)
        if hasattr(estimator, "classes_"):
            value = value / value.sum(axis=1, keepdims=True)
        below = tree.threshold.astype(np.float32)
        too_high = below > tree.threshold
        below[too_high] = np.nextafter(below[too_high], np.float32(-np.inf))
        parts["feature"].append(np.where(leaf, 0, tree.feature))
        parts["threshold"].append(below)
        parts["left"].append(nodes + np.where(leaf, own, tree.children_left))
        parts["right"].append(nodes + np.where(leaf, own, tree.children_right))
        parts["value"].append(value)
        roots.append(nodes)
        nodes, depth = nodes + tree.node_count, max(depth, int(tree.max_depth))
    arrays = {name: np.concatenate(part).astype(_ARRAYS[name]) for name, part in parts.items()}
    outputs = arrays["value"].shape[1]
    sizes = {"trees": len(roots), "nodes": nodes, "depth": depth, "outputs": outputs}
    return sizes, {"roots": np.array(roots, dtype=np.int32), **arrays}


class PixelNetwork(Network):
    """What a baseline makes of images averaged down to 32 x 32 pixels.

    `reading` says what its parts are and what becomes of them: `classes` (one forest, whose shares
    become log-probabilities), `findings` (a forest each, whose share of present becomes a logit),
    `number` (a forest), `linear` (a linear layer), `distances` (a linear layer of one output, and
    minus its squared distance from each class's place 0, 1, ...). `forests` are the sizes of its
    `Trees`. All is zero until weights are loaded.
    """

    def __init__(
        self, reading: str, n_classes: int, forests: Sequence[Mapping[str, int]] = ()
    ) -> None:
        super().__init__()
        if reading not in READINGS:
            raise ValueError(f"reading: one of {', '.join(READINGS)}")
        self.reading, self.n_classes = reading, n_classes
        self.sizes = [dict(each) for each in forests]
        self.forests = nn.ModuleList(Trees(**each) for each in self.sizes)
        if not forests:
            self.linear = nn.Linear(SIDE**2, 1 if reading == "distances" else n_classes)

    @classmethod
    def of_forests(cls, reading: str, n_classes: int, forests: Sequence[Any]) -> "PixelNetwork":
        """The network of fitted forests of scikit-learn."""
        made = [arrays_of(forest.estimators_) for forest in forests]
        network = cls(reading, n_classes, [sizes for sizes, _ in made])
        for trees, (_, arrays) in zip(network.forests, made, strict=True):
            trees.load_state_dict({name: torch.from_numpy(a) for name, a in arrays.items()})
        return network.eval()

    @classmethod
    def of_line(
        cls, reading: str, n_classes: int, weight: NDArray[Any], bias: NDArray[Any]
    ) -> "PixelNetwork":
        """The network of a linear layer: weight (outputs, 1024), bias (outputs,)."""
        network = cls(reading, n_classes)
        state = {"linear.weight": weight, "linear.bias": bias}
        network.load_state_dict(
            {name: torch.from_numpy(a.astype(np.float32)) for name, a in state.items()}
        )
        return network.eval()

    @property
    def built(self) -> dict[str, Any]:
        """What a card tells of it: all but the number of classes."""
        return {"reading": self.reading, "forests": self.sizes}

    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The only one."""
        yield "pixels", self

    def pixels(self, images: Tensor) -> Tensor:
        """Images (n, 1, h, w) in [0, 1], of bytes, averaged down: (n, 1024) float32.

        Bit for bit those of `pleura.tasks.pixels.small_pixels`, here and in an exported graph,
        since averages of bytes often lie just on a threshold: values are added in the order of
        torch's adaptive average pooling.
        """
        values = (images[:, 0] * 255).round() / 255
        rows, columns = _windows(int(images.shape[2])), _windows(int(images.shape[3]))
        total = torch.zeros(1)
        for y, height in rows.steps():
            of_rows = values.index_select(1, y)
            for x, width in columns.steps():
                total = total + of_rows.index_select(2, x) * (height.unsqueeze(1) * width)
        return (total / rows.lengths.unsqueeze(1) / columns.lengths).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """What the baseline gives (n, classes) for images (n, 1, h, w) in [0, 1]."""
        return self.outputs(self.pixels(images))

    def outputs(self, pixels: Tensor) -> Tensor:
        """What the baseline gives (n, classes) for pixels (n, 1024)."""
        if not self.forests:
            line: Tensor = self.linear(pixels)
            if self.reading == "distances":
                line = -((line - torch.arange(self.n_classes)) ** 2)
            return line
        given: list[Tensor] = [trees(pixels) for trees in self.forests]
        if self.reading == "number":
            return given[0]
        if self.reading == "findings":
            there = torch.cat([shares[:, 1:] for shares in given], dim=1).double()
            there = there.clamp(SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
            return (there.log() - (1 - there).log()).float()
        shares = given[0].clamp(min=SMALLEST_PROBABILITY)
        return (shares / shares.sum(1, keepdim=True)).log()


_ARRAYS = {
    "feature": np.int32,
    "threshold": np.float32,
    "left": np.int32,
    "right": np.int32,
    "value": np.float32,
}


@dataclass(frozen=True)
class _Windows:
    """Of 32 windows along one side: where each starts, and how many values it has, (32,)."""

    starts: Tensor
    lengths: Tensor

    def steps(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The places (32,) of the first value of each window, of the second and so on, and 1 where
        the window has it, else 0 (of a place that is in the window)."""
        for step in range(int(self.lengths.max())):
            yield (
                self.starts + torch.minimum(torch.tensor(step), self.lengths.long() - 1),
                (step < self.lengths).float(),
            )


def _windows(size: int) -> _Windows:
    """The windows of adaptive average pooling of `size` pixels, as torch has them."""
    starts = [i * size // SIDE for i in range(SIDE)]
    ends = [math.ceil((i + 1) * size / SIDE) for i in range(SIDE)]
    lengths = [end - start for start, end in zip(starts, ends, strict=True)]
    return _Windows(torch.tensor(starts), torch.tensor(lengths, dtype=torch.float32))
