"""`config.json` of an exported model: what pleura needs to load it, and nothing that tells of a
patient, an image or a place on a disk.

It is made of fields that are listed here, so that a field that a later version adds to the cards of
models stays at home until somebody has thought of it.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from pleura.deploy.onnx.description import OF_WEIGHTS, USE
from pleura.deploy.weights import DIGEST
from pleura.report.study_file import without_folders
from pleura.tables import MEMBERS

BUILT = ("backbone", "strategy", "network", "structures", "head", DIGEST)
MADE = ("strategy", "network")  # which can name a file that training needed
DRAWN = ("fraction", "seed", "fold")
READ = ("size", "fit", "full_range", "reduced", "frames")
LEFT = {
    "version",
    *("task", "question", "recipe", "baseline", "pixels", "distilled"),
    *("classes", "unit", "number", "probabilities", "mirrored"),
    *DRAWN,
    *("calibration", "thresholds", "sets", "at_home", "usual"),
    *BUILT,
    *READ,
}
OF_LIKENESS = ("limit", "rate", "neighbours", "training_images", "validation_images")


def config_of(card: Mapping[str, Any], *, likeness: bool = False) -> dict[str, Any]:
    """What leaves of the `card` of a model, in its order. With `likeness` also what is said of the
    features of training images, which then lie beside it."""
    told: dict[str, Any] = {"library_name": "pleura", "use": USE}
    told |= {name: each for name, each in card.items() if name in LEFT or _is_score(name)}
    if card.get("weights"):
        told["weights"] = weights_of(card)
    if card.get(MEMBERS):
        told[MEMBERS] = [_some(member, (*BUILT, *DRAWN)) for member in card[MEMBERS]]
    for built in (told, *told.get(MEMBERS, ())):
        built |= {name: without_folders(built[name]) for name in MADE if name in built}
    if likeness:
        told["likeness"] = {"key": card[DIGEST], **_some(card["likeness"], OF_LIKENESS)}
    told["exported"] = {"pleura": version("pleura"), "likeness": likeness}
    return told


def weights_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the weights that training began from: of a file its name, not its folder;
    `trained_on` is None where it is not known on what they were trained."""
    its: Mapping[str, Any] = card.get("weights") or {}
    return {
        name: without_folders(its[name])
        for name in ("name", "source", "note", "trained_on", *OF_WEIGHTS)
        if its.get(name) or (name == "trained_on" and name in its)
    }


def _is_score(name: str) -> bool:
    """Whether a field holds what the model reached on validation, such as `validation_auroc`."""
    return name.startswith("validation_")


def _some(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}
