"""The files of a model that is handed over: the weights of each network, and the card."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from pleura.deploy.card import CURE, FILE
from pleura.errors import InputError
from pleura.files import digest_file, write_text
from pleura.models.network import Network
from pleura.tables import MEMBERS
from pleura.train.checkpoint import save_weights

WEIGHTS = "model.safetensors"
DIGEST = "weights_sha256"


def save_model(
    folder: Path,
    network: Network,
    card: dict[str, Any],
    others: Sequence[tuple[Network, Mapping[str, Any]]] = (),
) -> None:
    """Write `model.safetensors` and, last, `model.json`, the card, which also holds the digest of
    the weights.

    Of an ensemble `others` are its other members with what tells how each is built: their weights
    are written beside the first's, and the card lists them under `members`.
    """
    for stale in folder.glob(weights_file("*")):
        stale.unlink()
    save_weights(folder / WEIGHTS, network)
    members = []
    for number, (other, built) in enumerate(others, start=2):
        file = folder / weights_file(number)
        save_weights(file, other)
        members.append({**built, DIGEST: digest_file(file)})
    card = {**card, DIGEST: digest_file(folder / WEIGHTS)} | ({MEMBERS: members} if members else {})
    write_text(folder / FILE, json.dumps(card, indent=1))


def weights_file(member: object) -> str:
    """The file with the weights of a member of an ensemble after the first, from 2 on."""
    return f"member_{member}.safetensors"


def load_weights(
    folder: Path, card: Mapping[str, Any], network: Network, file: str = WEIGHTS
) -> None:
    """Fill the network of a card with the weights that `save_model` wrote beside the card.

    Raises InputError where they are gone, damaged, or those of another card; otherwise two models
    of one architecture could be mixed without notice.
    """
    path = folder / file
    try:
        if card.get(DIGEST) not in (None, digest_file(path)):  # None: of an earlier version
            raise ValueError("of another model")
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: gone, damaged or of another model; {CURE}") from error
