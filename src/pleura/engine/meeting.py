"""Where a run and its workers meet: a file that tells the scheduler's address, and its keys."""

import json
import os
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from distributed.security import Security

from pleura.errors import InputError, PleuraError
from pleura.files import drop, put_in_place, read_mapping
from pleura.interrupt import leaving_nothing

KEYS = ("tls_ca_file", "tls_client_key", "tls_client_cert")
OWNER_ALONE = 0o600
ANSWER_SECONDS = 3.0


@dataclass(frozen=True)
class Meeting:
    """The address of a scheduler, and the keys that encrypt connections to it."""

    address: str
    security: Security


def open_meeting(file: Path, address: str, security: Security) -> None:
    """Write the file by which workers find the scheduler of a run.

    It holds the keys of the cluster, for whoever has them may run programs on its machines: only
    its owner may read it.
    """
    keys = {name: getattr(security, name) for name in KEYS}
    content = {"address": address, "pleura": version("pleura"), **keys}
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}.{uuid.uuid4().hex}{file.suffix}")
    with leaving_nothing(partial(drop, temporary)):
        # Never readable by others, not even while it is written.
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ALONE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(json.dumps(content))
        put_in_place(temporary, file)


def find_meeting(where: str) -> Meeting | None:
    """The meeting that a file or an address names; None where the file is not there yet.

    The keys for an address are those of Dask's own configuration. Raises InputError for an address
    without keys that is not of this machine and for a file that no run has written, PleuraError for
    a run of another version of pleura.
    """
    if "://" in where:
        return Meeting(where, _configured(where))
    file = Path(where)
    said = read_mapping(file)
    if not said and not file.exists():
        return None
    refuse_other_files(file, said)
    if said.get("pleura") != version("pleura"):
        raise PleuraError(
            f"{where}: the run is of pleura {said.get('pleura')}, and this is pleura "
            f"{version('pleura')}; all machines of a cluster need the same"
        )
    return Meeting(str(said["address"]), security_of({name: said[name] for name in KEYS}))


def refuse_other_files(file: Path, said: Mapping[str, Any]) -> None:
    """Raise InputError for a file that exists but was not written by a run with --cluster."""
    if file.exists() and not {"address", "pleura", *KEYS} <= said.keys():
        raise InputError(f"{file}: was not written by a run with --cluster; choose another file")


def security_of(keys: dict[str, Any]) -> Security:
    """What connections need, from the one pair of keys that all of a cluster have."""
    authority, key, certificate = (keys[name] for name in KEYS)
    whose = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=authority,
        **{f"tls_{each}_key": key for each in whose},
        **{f"tls_{each}_cert": certificate for each in whose},
    )


def _configured(address: str) -> Security:
    security = Security()
    if not security.require_encryption and not is_loopback(address):
        raise InputError(
            f"{address}: is not of this machine, and no keys are given; name the file that the run "
            "has written (--cluster FILE), or set distributed.comm.tls in Dask's configuration"
        )
    return security


def is_loopback(address: str) -> bool:
    """Whether an address such as `tls://127.0.0.1:8786` can be reached from this machine alone."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def answers(address: str) -> bool:
    """Whether anything listens at an address such as `tls://10.0.0.7:8786`."""
    place = urlsplit(address)
    try:
        with socket.create_connection((place.hostname or "", place.port or 0), ANSWER_SECONDS):
            return True
    except (OSError, ValueError):
        return False
