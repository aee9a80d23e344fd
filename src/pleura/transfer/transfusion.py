"""TransFusion: pretrained up to a cut, half as wide and random after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.models.places import Place, cut_at
from pleura.train.phase import Phase
from pleura.transfer.strategy import Strategy, all_parts

if TYPE_CHECKING:
    from pleura.models.classifier import Classifier


class TransFusion(Strategy):
    """Weights are kept up to a cut, the rest is random at half its width (Raghu et al. 2019).

    arXiv 1902.07208. All is fine-tuned. For networks of torchvision, CBR nets and EfficientNets.
    """

    at: Place = Field(
        description="a cut's name; a number k, after the k-th stage; or `middle`, after stage "
        "n / 2 of n, rounded up"
    )

    def surgery(self, model: Classifier) -> Classifier:
        """Narrow what lies after the cut. Raises InputError for an unknown or the last place."""
        from pleura.models.narrow import narrow_after

        return model.replace_backbone(narrow_after(model.backbone, cut_at(model.backbone, self.at)))

    def phases(self, model: Classifier) -> tuple[Phase, ...]:
        """All cuts and the head, at one rate."""
        return (Phase(name="transfusion", trains=all_parts(model)),)
