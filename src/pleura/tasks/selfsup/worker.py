"""One of the processes that do a pretraining together: `python -m ... JOB ACCELERATOR`.

Started by torchrun for `processes`, which it tells of its progress by lines of JSON on the standard
output: `watch`, `result` or `error`.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from torch import distributed

from pleura.errors import PleuraError
from pleura.tasks.selfsup.job import Job, pretrain
from pleura.train.precision import make_fabric

PAUSE = 0.1  # seconds between two lines of progress


def main() -> None:
    """Take part in the pretraining."""
    threading.Thread(target=_end_with_the_study, daemon=True).start()
    path, accelerator = Path(sys.argv[1]), sys.argv[2]
    try:
        job = Job.read(path)
        here, all_ = int(os.environ["LOCAL_WORLD_SIZE"]), int(os.environ["WORLD_SIZE"])
        fabric = make_fabric(accelerator, job.spec["precision"], devices=here, nodes=all_ // here)
        fabric.launch()
        result = pretrain(job, fabric, _Watch() if fabric.is_global_zero else None)
        if fabric.is_global_zero:
            _say({"result": result})
        distributed.destroy_process_group()
    except PleuraError as error:
        _say({"error": str(error)})
        sys.exit(1)


class _Watch:
    def __init__(self) -> None:
        self.said = 0.0

    def __call__(self, phase: str, done: int, steps: int, figures: dict[str, float]) -> None:
        if done == steps or time.monotonic() - self.said > PAUSE:
            self.said = time.monotonic()
            _say({"watch": [phase, done, steps, figures]})


def _say(message: dict[str, Any]) -> None:
    # One write a line, so that processes do not write into each other's.
    os.write(1, f"{json.dumps(message)}\n".encode())


def _end_with_the_study() -> None:
    """End when the study has, however that ended: nobody else holds the pipe."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
