"""`pleura serve` of a model that answers nothing: no process of it loads torch.

The processes that it starts read this file, too, and so have the same in the place of a model.
"""

from pleura.__main__ import main
from pleura.deploy.server import serving
from pleura.deploy.server.jobs import Done, Job
from pleura.deploy.server.schemas import About
from pleura.deploy.server.worker import Setup
from tests.deploy.server.told import TOLD


class Quick:
    def about(self) -> About:
        return TOLD

    def answer(self, job: Job) -> Done:
        raise AssertionError


def warned(model: object) -> list[str]:
    return []


Setup.load = lambda self: Quick()  # type: ignore[assignment, method-assign, return-value]
serving.warned = warned  # type: ignore[attr-defined]

if __name__ == "__main__":
    main()
