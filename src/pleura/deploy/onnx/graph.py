"""What becomes the graph of an exported model: bytes in, named outputs out."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from pleura.averages import MIRRORED
from pleura.deploy.likeness import NEIGHBOURS, Likeness, watched_cuts
from pleura.deploy.onnx.answers import PROBABILITIES, Answers
from pleura.deploy.package import Model
from pleura.deploy.segmenter import Segmenter
from pleura.models.reverse import AnyClassifier

MASK, DISTANCE, UNLIKE = "mask", "distance", "unlike"


class Graph(nn.Module, ABC):
    """Squares (n, size, size) uint8, as a bank holds them, to the outputs called `names`."""

    names: tuple[str, ...]
    known_rate: float | None = None  # of images like the training images, that which is flagged

    @abstractmethod
    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """The outputs, each (n, ...)."""


class ClassifierGraph(Graph):
    """All networks of a model, and what is made of their logits.

    `likeness`: how far the features of each image are from those of the training images is an
    output as well, and these features are in the graph.
    """

    def __init__(self, model: Model, likeness: Likeness | None = None) -> None:
        super().__init__()
        self.networks = nn.ModuleList([model.classifier, *model.others])
        self.mirrored = bool(model.card.get(MIRRORED))
        self.answers = Answers(model)
        self.known = None if likeness is None else Distances(likeness)
        self.known_rate = None if likeness is None else likeness.rate
        self.names = (*self.answers.names, *([DISTANCE, UNLIKE] if self.known else []))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """See `Answers.forward`; then the distance (n,) and whether it is beyond the limit."""
        shown = _to_float(images)
        views = (shown, shown.flip(3)) if self.mirrored else (shown,)
        answers: tuple[Tensor, ...] = self.answers(
            [network(view) for network in self.networks for view in views]
        )
        if self.known is None:
            return answers
        first: Any = self.networks[0]  # a ModuleList forgets of what kind
        distances = self.known(_features(first, shown))
        return (*answers, distances, distances > 1)


class SegmenterGraph(Graph):
    """A U-Net: probabilities (n, structures + 1, size, size), background first, and the likeliest
    structure of each pixel (n, size, size) uint8."""

    names = (PROBABILITIES, MASK)

    def __init__(self, model: Segmenter) -> None:
        super().__init__()
        self.network = model.network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Probabilities and masks."""
        probabilities = self.network(_to_float(images)).softmax(1)
        return probabilities, probabilities.argmax(1).to(torch.uint8)


class Distances(nn.Module):
    """What `Likeness.distances` gives, in double precision as there: float32 for the output."""

    def __init__(self, known: Likeness) -> None:
        super().__init__()
        self.centre, self.scale = torch.from_numpy(known.centre), torch.from_numpy(known.scale)
        training = torch.from_numpy(known.features).double()
        self.training_features, self.lengths = training.T, (training**2).sum(1)
        self.nearest, self.limit = min(NEIGHBOURS, len(training)), known.limit

    def forward(self, features: Tensor) -> Tensor:
        """Distances (n,) of features (n, c), in multiples of the limit."""
        here = ((features - self.centre) / self.scale).double()
        products = here @ self.training_features
        squares = (here * here).sum(1, keepdim=True) + self.lengths - 2 * products
        nearest = squares.topk(self.nearest, dim=1, largest=False).values[:, -1]
        return (nearest.clamp(min=0).sqrt() / self.limit).float()


def _features(network: AnyClassifier, images: Tensor) -> Tensor:
    """What `likeness.logits_and_features` gives beside logits."""
    backbone = network.backbone
    maps = backbone.forward_cuts(network.normalised(images), watched_cuts(backbone))
    return torch.cat([values.mean(dim=(2, 3)) for values in maps.values()], dim=1)


def _to_float(images: Tensor) -> Tensor:
    """(n, h, w) uint8 to (n, 1, h, w) float32 in [0, 1]."""
    return images.unsqueeze(1).to(torch.float32) * (1 / 255)
