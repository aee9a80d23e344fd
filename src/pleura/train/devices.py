"""The devices of a run, on one machine or several."""

from dataclasses import dataclass

from pleura.train.nodes import Nodes


@dataclass(frozen=True)
class Devices:
    """`here`: devices of each machine; `nodes`: the machines, where there are several."""

    here: int = 1
    nodes: Nodes | None = None

    @property
    def many(self) -> bool:
        """Whether one training can have several processes."""
        return self.here > 1 or self.nodes is not None

    @property
    def all(self) -> int:
        """Number of devices of all machines."""
        return self.here * (self.nodes.number if self.nodes else 1)
