"""Attention over the frames of a clip: gated attention on pooled features (Ilse, Tomczak, Welling
2018, Attention-based deep multiple instance learning, arXiv 1802.04712, equation 9)."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura._optimisers import AdamW
from pleura.models.seeding import seeded
from pleura.tasks.learned import Criterion
from pleura.train.head import scale_of

VERSION = 1  # part of every key: raised whenever the same frames would get another prediction
HIDDEN = 32  # few clips: a small attention
RATE, DECAY = 1e-3, 1e-2
EPOCHS, PATIENCE = 400, 40


@dataclass(frozen=True)
class Bags:
    """Frames by clip: `features` (n, channels) float32, `bag` (n,) int64 the clip of each frame,
    0 to clips - 1, and `labels` of clips, (clips,) or (clips, findings) int64."""

    features: NDArray[np.float32]
    bag: NDArray[np.int64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


class AttentionPooling(nn.Module):
    """Standardised features of frames to logits of clips: a weighted mean, and a linear layer.

    The weight of a frame grows with w . (tanh(V h) * sigmoid(U h)); weights of a clip add up to 1.
    They start equal, as in a plain mean; all else starts from `seed` alone.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: NDArray[np.float32], n_classes: int, *, seed: int) -> None:
        """`features`: (n, channels) of the training frames, which give the scale of each."""
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(features.mean(axis=0)))
        self.register_buffer("scale", torch.from_numpy(scale_of(features).astype(np.float32)))
        with seeded(seed):
            self.content = nn.Linear(features.shape[1], HIDDEN)
            self.gate = nn.Linear(features.shape[1], HIDDEN)
            self.score = nn.Linear(HIDDEN, 1, bias=False)
            self.classifier = nn.Linear(features.shape[1], n_classes)
        nn.init.zeros_(self.score.weight)

    def weights(self, bags: Bags) -> Tensor:
        """The weight of each frame in its clip, (n,)."""
        return self._weights(self._standardised(bags), torch.from_numpy(bags.bag), len(bags))

    def forward(self, bags: Bags) -> Tensor:
        """Logits (clips, classes)."""
        features, bag = self._standardised(bags), torch.from_numpy(bags.bag)
        weighted = features * self._weights(features, bag, len(bags))[:, None]
        clip_features = features.new_zeros(len(bags), features.shape[1]).index_add(0, bag, weighted)
        logits: Tensor = self.classifier(clip_features)
        return logits

    def _standardised(self, bags: Bags) -> Tensor:
        return (torch.from_numpy(bags.features) - self.mean) / self.scale

    def _weights(self, features: Tensor, bag: Tensor, clips: int) -> Tensor:
        hidden = torch.tanh(self.content(features)) * torch.sigmoid(self.gate(features))
        scores = self.score(hidden)[:, 0]
        # The largest score is taken away, so that no power overflows.
        largest = scores.new_full((clips,), -math.inf)
        largest = largest.scatter_reduce(0, bag, scores.detach(), "amax")
        powers = torch.exp(scores - largest[bag])
        return powers / torch.zeros_like(largest).index_add(0, bag, powers)[bag]


def fit_attention(
    train: Bags, validation: Bags, criterion: Criterion, *, n_classes: int, seed: int
) -> AttentionPooling:
    """Train on the clips of `train`, all at once; the epoch of the least loss on `validation` is
    kept, and training stops 40 epochs after it.

    The loss of both is that of `criterion`.
    """
    model = AttentionPooling(train.features, n_classes, seed=seed)

    def loss_of(bags: Bags) -> Tensor:
        # A copy: what comes out of a table may be read-only, of which torch warns.
        return criterion(model(bags), torch.tensor(bags.labels))

    optimiser = AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    best, best_epoch = math.inf, 0
    weights = _copied(model)
    for epoch in range(EPOCHS):
        optimiser.zero_grad()
        torch.autograd.backward(loss_of(train))
        optimiser.step()
        with torch.no_grad():
            loss = loss_of(validation).item()
        if loss < best:
            best, best_epoch = loss, epoch
            weights = _copied(model)
        elif epoch - best_epoch >= PATIENCE:
            break
    model.load_state_dict(weights)
    return model.eval()


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def attended(model: AttentionPooling, bags: Bags) -> NDArray[np.float32]:
    """Logits of clips, (clips, classes) float32."""
    with torch.inference_mode():
        logits: Tensor = model(bags)
    return logits.numpy()
