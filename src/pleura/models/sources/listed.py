"""All published weights by name, and what a study file writes for them: `rad-dino`, or
`rad-dino@FILE` for a file that is here already."""

from dataclasses import dataclass
from pathlib import Path

from pleura.errors import InputError, nearest
from pleura.models.sources.ark_plus import ARK_PLUS
from pleura.models.sources.dinov2 import DINOV2
from pleura.models.sources.dinov3 import DINOV3
from pleura.models.sources.golden import GOLDEN
from pleura.models.sources.medical_mae import MEDICAL_MAE
from pleura.models.sources.rad_dino import RAD_DINO
from pleura.models.sources.radimagenet import RADIMAGENET
from pleura.models.sources.source import ByHand, WeightSource
from pleura.models.sources.torchxrayvision import TORCHXRAYVISION
from pleura.models.sources.usfm import USFM

VERSION = 1  # part of every key: raised whenever tensors of a file would be taken in another way
AT = "@"  # between the name of weights and the file that holds them

SOURCES = {
    source.name: source
    for source in (
        *(*TORCHXRAYVISION, *RAD_DINO, *ARK_PLUS, *MEDICAL_MAE),
        *(*RADIMAGENET, *USFM, *DINOV2, *DINOV3),
    )
}
NOTE = (
    "Write weights: NAME in a study file; backbone can be left out. NAME@FILE takes a file that\n"
    "is here already; NAME alone looks for it in the folder of weights (PLEURA_WEIGHTS, else\n"
    "weights) and in the cache, before it is downloaded. By hand: people alone can fetch it, from\n"
    "its page. Verified: what the network makes of an image was compared with its authors' code."
)


@dataclass(frozen=True)
class Named:
    """Weights of a `source`, and the `file` that a study names for them, None for none."""

    source: WeightSource
    file: Path | None = None


def find_named(weights: str) -> Named | None:
    """What `weights` of a study file name; None where they are none of the sources.

    >>> find_named("rad-dino@model.safetensors").file.name
    'model.safetensors'
    """
    name, at, file = weights.partition(AT)
    if name not in SOURCES or bool(at) != bool(file):
        return None
    return Named(SOURCES[name], Path(file) if file else None)


def find_weight_source(name: str) -> WeightSource:
    """The weights of that name. Raises InputError with the names there are."""
    if name not in SOURCES:
        raise InputError(f"there are no weights {name!r}{nearest(name, SOURCES)}")
    return SOURCES[name]


def name_of(weights: str) -> str:
    """What a chain of trainings calls its weights: the name of a source, or of a file without its
    ending."""
    named = find_named(weights)
    return named.source.name if named else Path(weights).stem


def describe_weights() -> str:
    """All published weights, what they are and what they expect, for the terminal."""
    return "\n".join([*map(_describe, SOURCES.values()), "", NOTE])


def _describe(source: WeightSource) -> str:
    low, high = source.range
    shown = "gray images" if source.channels == 1 else "colour images"
    size = source.bytes or "size not known"
    fetched = "by hand: " if isinstance(source.place, ByHand) else ""
    return (
        f"{source.name}\n"
        f"  {source.what}\n"
        f"  network     {source.backbone}; {shown} of {source.size} px, from {low:.4g} to "
        f"{high:.4g}\n"
        f"  trained on  {source.seen}\n"
        f"  file        {fetched}{source.place} ({size})\n"
        f"  licence     {source.licence}\n"
        f"  verified    {'yes' if source.name in GOLDEN else 'no'}"
    )
