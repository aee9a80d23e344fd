"""What a fit shows while it runs and leaves behind: TensorBoard, and a table of its epochs."""

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pleura.files import write_atomically

Record = Mapping[str, Any]


@contextmanager
def logging_to(folder: Path, history: Sequence[Record]) -> Iterator[Callable[[Record], None]]:
    """Yield what takes an epoch's record to TensorBoard, in `folder`, which is made anew with the
    epochs that are over (`history`)."""
    from torch.utils.tensorboard import SummaryWriter  # half a second, which a plan does without

    shutil.rmtree(folder, ignore_errors=True)
    with SummaryWriter(str(folder)) as board:

        def log(record: Record) -> None:
            for name, value in record.items():
                if name not in ("phase", "epoch"):
                    board.add_scalar(f"{record['phase']}/{name}", value, record["epoch"])

        for record in history:
            log(record)
        yield log


def write_epochs(path: Path, history: Sequence[Record]) -> None:
    """Write a row an epoch as CSV, atomically."""
    with write_atomically(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
