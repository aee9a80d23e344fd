"""Who may join a run, and who is told why not."""

import json
import stat
from importlib.metadata import version
from pathlib import Path
from typing import cast

import pytest
from distributed.security import Security

from pleura.engine.listed import Workers
from pleura.engine.meeting import find_meeting, open_meeting
from pleura.engine.scheduler import meet
from pleura.errors import InputError, PleuraError
from pleura.study.run import Study
from pleura.study.study_base import StudyBase


@pytest.fixture(scope="module")
def security() -> Security:
    made: Security = Security.temporary()
    return made


def test_a_file_tells_its_owner_alone_where_a_run_is(security: Security, tmp_path: Path) -> None:
    file = tmp_path / "shared" / "meet.json"
    assert find_meeting(str(file)) is None
    open_meeting(file, "tls://10.0.0.7:8786", security)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = find_meeting(str(file))
    assert found is not None
    assert found.address == "tls://10.0.0.7:8786"
    for role in ("client", "scheduler", "worker"):
        ours, theirs = (each.get_tls_config_for_role(role) for each in (security, found.security))
        assert ours == theirs
        assert theirs["cert"]


def test_a_file_that_is_there_already_is_taken_over_with_its_rights(
    security: Security, tmp_path: Path
) -> None:
    """Whoever could read what an earlier run has left cannot read the keys of this one."""
    file = tmp_path / "meet.json"
    file.write_text("{}")
    file.chmod(0o666)
    open_meeting(file, "tls://127.0.0.1:1", security)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_another_version_of_pleura_is_refused_by_name(security: Security, tmp_path: Path) -> None:
    file = tmp_path / "meet.json"
    open_meeting(file, "tls://10.0.0.7:8786", security)
    file.write_text(json.dumps({**json.loads(file.read_text()), "pleura": "0.0.1"}))
    with pytest.raises(
        PleuraError, match=f"of pleura 0.0.1, and this is pleura {version('pleura')}"
    ):
        find_meeting(str(file))


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:8786", "tls://node7:8786", "tcp://[::2]:1"])
def test_an_address_of_another_machine_needs_keys(address: str) -> None:
    with pytest.raises(InputError, match=r"no keys are given; name the file .*--cluster FILE"):
        find_meeting(address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:1"])
def test_an_address_of_this_machine_does_not(address: str) -> None:
    found = find_meeting(address)
    assert found is not None
    assert found.address == address


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Workers("2", "meet.json"), "--workers and --cluster: give one of them"),
        (Workers(host="node7"), "--host: says where the scheduler of a --cluster listens"),
        (Workers(per_gpu=2), "--per-gpu: says how many of several --workers share a GPU"),
        (Workers("many"), "--workers many: give a number of processes, or auto"),
    ],
)
def test_what_does_not_fit_together_is_told(asked: Workers, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        asked(tmp_path, lambda line: None)


def test_one_pretraining_by_several_machines_is_something_else(tmp_path: Path) -> None:
    study = Study(cast(StudyBase, None))  # not even looked at
    with pytest.raises(InputError, match="--devices and --nodes: share each pretraining"):
        study.run(tmp_path, nodes=2, engine=Workers("2"))


@pytest.mark.parametrize("text", ["image,label\na.png,ill\n", "", "{}", '{"address": "tls://a:1"}'])
def test_a_file_that_no_run_has_written_is_not_waited_for(text: str, tmp_path: Path) -> None:
    file = tmp_path / "clips.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=r"clips\.csv: was not written by a run with --cluster"):
        find_meeting(str(file))
    # Nor is a user's table written over by the keys of a run.
    with pytest.raises(InputError, match=r"clips\.csv: was not written by"):
        meet(str(file), "", lambda line: None).__enter__()
    assert file.read_text() == text
