"""A backbone that does nothing: what comes in are the features of another one."""

from collections.abc import Sequence

from torch import Tensor, nn

from pleura.models.backbone import Backbone, Cut

FEATURES = "features"


class NoNetwork(Backbone):
    """Passes features (n, channels, 1, 1) on as they are, so that a head can be trained on them."""

    def __init__(self, channels: int) -> None:
        super().__init__("features", [Cut(FEATURES, channels, 1, stage=True)])

    def forward_cuts(self, x: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        """The input itself. Raises InputError for a name that is no cut."""
        self.positions(names)
        return {FEATURES: x}

    def truncate(self, at: str) -> "NoNetwork":
        """The same. Raises InputError where `at` is no cut."""
        return NoNetwork(self.cuts[self.position(at)].channels)

    def modules_of(self, cut: str) -> list[nn.Module]:
        """None. Raises InputError where `cut` is none of the backbone's."""
        self.position(cut)
        return []
