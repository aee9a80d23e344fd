"""Prototypes: directions that images are assigned to, as SwAV and DINO have them."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Prototypes(nn.Module):
    """Cosines between embeddings and `number` learned directions.

    Both are brought to length one in each pass, so nothing has to be normalised between steps.
    """

    def __init__(self, channels: int, number: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(functional.normalize(torch.randn(number, channels)))

    def forward(self, embedded: Tensor) -> Tensor:
        """Of embeddings (n, channels): cosines (n, number)."""
        # Divided by temperatures such as .05, they need more digits than bf16 has.
        with torch.autocast(embedded.device.type, enabled=False):
            return functional.linear(
                functional.normalize(embedded.float()), functional.normalize(self.directions)
            )
