"""Two processes that work together, as copies of one that has imported the libraries."""

import multiprocessing
import os
from collections.abc import Callable
from typing import Any

import torch
from torch.multiprocessing.spawn import start_processes

from pleura.train.nodes import free_port


def run_in_two(function: Callable[..., None], *arguments: Any) -> None:
    """Call `function(rank, *arguments)` in two processes, as torchrun would.

    Raises ProcessRaisedException where one of them raises.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["pleura._fabric", "tests.tasks.selfsup.together"])
    port = str(free_port())
    start_processes(_take_part, (port, function, arguments), nprocs=2, start_method="forkserver")  # type: ignore[no-untyped-call]


def _take_part(
    rank: int, port: str, function: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    torch.set_num_threads(1)
    of_both = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "two"}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update(of_both, RANK=str(rank), LOCAL_RANK=str(rank), **address)
    function(rank, *arguments)
