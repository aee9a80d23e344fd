"""Machines meet, hear of work, and of the end."""

import os
import subprocess
import sys
import threading
from typing import Any

import pytest

from pleura.errors import InputError, PleuraError
from pleura.train.nodes import free_port, meet


def environment(rank: int, port: int) -> dict[str, str]:
    return {"NODE_RANK": str(rank), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}


def test_the_others_hear_of_work_in_order_and_why_it_ended() -> None:
    port = free_port()
    heard: list[dict[str, Any]] = []

    def second() -> None:
        with meet(2, environment(1, port)) as nodes:
            heard.extend(nodes.next_work() for _ in range(3))

    thread = threading.Thread(target=second)
    thread.start()
    with pytest.raises(ValueError, match="broken"), meet(2, environment(0, port)) as nodes:
        for number in (1, 2):
            nodes.announce({"job": number})
        raise ValueError("broken")
    thread.join(10)
    assert heard == [{"job": 1}, {"job": 2}, {"ended": "broken"}]


def test_a_first_machine_that_is_killed_is_missed() -> None:
    port = free_port()
    first = "import os; from pleura.train.nodes import meet\nwith meet(2): os._exit(1)"
    with (
        subprocess.Popen([sys.executable, "-c", first], env={**os.environ, **environment(0, port)}),
        pytest.raises(PleuraError, match=r"the first machine \(127\.0\.0\.1\) has ended"),
        meet(2, environment(1, port)) as nodes,
    ):
        nodes.next_work()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"MASTER_PORT": ""}, "MASTER_PORT not set"),
        ({"NODE_RANK": "2"}, "NODE_RANK 2"),
        ({"MASTER_PORT": "here"}, "MASTER_PORT here"),
    ],
)
def test_what_is_missing_or_wrong_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words), meet(2, environment(0, 1) | changes):
        pass
