"""Which engine a run uses."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pleura.errors import InputError
from pleura.study.work import Engine, Here

if TYPE_CHECKING:
    from distributed import Client


class Workers:
    """What was asked for: `workers` (a number or `auto`) of this machine, or a `cluster`.

    A cluster is the address of a scheduler, such as `tls://node7:8786`, or a file that this run
    writes, which tells workers of the scheduler that it starts; that listens at `host`, an address
    or name of this machine. `per_gpu` workers of this machine are on each of its GPUs.

    >>> from pleura.study.run import Study
    >>> study = Study.from_file("my_study.yaml")
    >>> result = study.run("runs/my_study", engine=Workers("2"))
    """

    def __init__(
        self, workers: str = "1", cluster: str = "", host: str = "", per_gpu: int = 1
    ) -> None:
        self.workers, self.cluster, self.host, self.per_gpu = workers, cluster, host, per_gpu
        self._stack = ExitStack()
        self._engine: Engine | None = None
        self._client: Client | None = None

    def __call__(self, folder: Path, announce: Callable[[str], None]) -> Engine:
        """The engine for a study's folder, the same for all studies of a run.

        Raises InputError for options that cannot be combined.
        """
        if self._engine is None:
            self._engine = self._make(folder, announce)
        return self._engine

    def close(self) -> None:
        """End the workers of this machine, and the scheduler if this run has started it."""
        self._engine = self._client = None
        self._stack.close()

    def _make(self, folder: Path, announce: Callable[[str], None]) -> Engine:
        if self.cluster and self.workers != "1":
            raise InputError(
                "--workers and --cluster: give one of them; on a cluster each machine starts its "
                "own (pleura worker)"
            )
        if self.host and not self.cluster:
            raise InputError("--host: says where the scheduler of a --cluster listens")
        if self.per_gpu > 1 and self.workers == "1":
            raise InputError(
                "--per-gpu: says how many of several --workers share a GPU; on a cluster each "
                "machine says it (pleura worker --per-gpu)"
            )
        if not self.cluster and self.workers == "1":
            return Here()
        # What only these need takes a second.
        from pleura.engine.cluster import Cluster
        from pleura.engine.processes import Processes, share
        from pleura.engine.scheduler import meet

        if self.cluster:
            return Cluster(lambda: self._connect(meet(self.cluster, self.host, announce)))
        divided = share(self.workers, self.per_gpu)
        announce(str(divided))
        here = Processes(folder, divided)
        # They start when the study is ready: networks are measured on a machine that is idle.
        return Cluster(
            lambda: self._connect(here.started()), here.look, divided.threads, divided.workers
        )

    def _connect(self, connection: "AbstractContextManager[Client]") -> "Client":
        """The connection, made once."""
        if self._client is None:
            self._client = self._stack.enter_context(connection)
        return self._client
