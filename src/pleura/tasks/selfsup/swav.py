"""SwAV: predict the cluster of one view from the other."""

from collections.abc import Sequence

from lightly.loss.swav_loss import SwaVLoss
from lightly.models.modules.heads import SwaVProjectionHead
from pydantic import Field
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.prototypes import Prototypes
from pleura.tasks.selfsup.two_views import TwoViewMethod, TwoViews


class SwAV(TwoViewMethod):
    """Predict one view's prototypes from the other, all used equally (Caron et al. 2020).

    arXiv 2006.09882, with lightly's head and loss. Images are assigned within the batch, by three
    rounds of Sinkhorn and Knopp; there is no queue, so have no more prototypes than images in one.
    """

    prototypes: int = Field(64, ge=2, description="at most as many as images in a batch")
    temperature: float = Field(0.1, gt=0, description="of the predictions")

    def network(self, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
        """See `TwoViewMethod`."""
        projection = nn.Sequential(
            SwaVProjectionHead(channels, self.hidden, self.output),
            Prototypes(self.output, self.prototypes),
        )
        return _Network(loaded, views, projection, SwaVLoss(self.temperature))


class _Network(TwoViews):
    def compare(self, outputs: Sequence[Tensor]) -> Tensor:
        loss: Tensor = self.loss(outputs, [])
        return loss.squeeze()
