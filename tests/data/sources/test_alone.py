"""Two commands do not get one source into one folder at the same time, nor does one that was killed
leave anything half-written behind the next."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.data.sources.conftest import Server
from tests.data.sources.test_get import source_at

from pleura.data.sources.download import quiet
from pleura.data.sources.get import get_source
from pleura.files import alone_in


def test_two_commands_do_not_get_one_source_at_once(server: Server, tmp_path: Path) -> None:
    """The second waits, and then finds all that the first got."""
    source, said = source_at(server), list[str]()
    with ThreadPoolExecutor() as pool:
        with alone_in(tmp_path / "small", lambda: None):
            second = pool.submit(get_source, source, tmp_path / "small", None, quiet, said.append)
            while not said:
                time.sleep(0.01)
            assert said == [f"waiting for another command that gets small into {tmp_path}/small"]
            assert not server.asked
        assert len(second.result().rows) == 2


def test_what_a_killed_command_left_half_written_goes(server: Server, tmp_path: Path) -> None:
    source, half = source_at(server), []
    for place in ("masks", "images/patient/session", "."):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        half.append(tmp_path / place / f".a.{'0123456789abcdef' * 2}.png")
        half[-1].write_bytes(b"half")
    whole = tmp_path / "masks" / "a.png"
    whole.write_bytes(b"whole")
    get_source(source, tmp_path)
    assert not any(path.exists() for path in half)
    assert whole.exists()
