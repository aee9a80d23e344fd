"""Which engine a run uses."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pleura.errors import InputError
from pleura.study.work import Engine, Here


@dataclass(frozen=True)
class Engines:
    """What was asked for: `workers` (a number or `auto`) of this machine, or a `cluster`.

    A cluster is the address of a scheduler, such as `tls://node7:8786`, or a file that tells it. If
    no scheduler answers there, one is started in this process, which listens at `host`, an address
    or name of this machine, and the file is written.
    """

    workers: str = "1"
    cluster: str = ""
    host: str = ""

    def __call__(self, folder: Path, announce: Callable[[str], None]) -> Engine:
        """The engine for a study's folder. Raises InputError for what does not fit together."""
        if self.cluster and self.workers != "1":
            raise InputError(
                "--workers and --cluster: give one of them; on a cluster each machine starts its "
                "own (pleura worker)"
            )
        if self.host and not self.cluster:
            raise InputError("--host: says where the scheduler of a --cluster listens")
        if not self.cluster and self.workers == "1":
            return Here()
        # What only these need takes a second.
        from pleura.engine.processes import Processes, share

        if not self.cluster:
            divided = share(self.workers)
            announce(str(divided))
            return Processes(folder, divided).engine()
        from pleura.engine.cluster import Cluster
        from pleura.engine.scheduler import meet

        return Cluster(lambda: meet(self.cluster, self.host, announce))
