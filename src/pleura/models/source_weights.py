"""Puts published weights into a network, with what they expect of images."""

from pathlib import Path

from pleura.errors import InputError
from pleura.models.backbone import LibraryNet
from pleura.models.checkpoints import Table, Tensors, told_of_entry
from pleura.models.fit_weights import fit, unwrap
from pleura.models.sources.fetch import Found, fetch
from pleura.models.sources.golden import GOLDEN
from pleura.models.sources.listed import Named
from pleura.models.sources.source import WeightSource
from pleura.models.weights import Provenance, read_tensors
from pleura.models.whole_objects import read_whole

NOT_VERIFIED = "not verified against its authors' code"


def fetch_for(name: str, named: Named) -> Found:
    """The file of published weights for the network that pleura calls `name`, before that is built.

    Raises InputError where they are of another network, PleuraError where they cannot be fetched.
    """
    source = named.source
    if name != source.backbone:
        raise InputError(
            f"weights '{source.name}' are of {source.backbone}, not of {name}; write "
            f"backbone: {source.backbone}, or leave it out"
        )
    return fetch(source, named.file)


def from_source(net: LibraryNet, name: str, named: Named) -> Provenance:
    """Load published weights into the network that pleura calls `name`.

    Raises as `fetch_for` does, and InputError where they do not fit.
    """
    source, found = named.source, fetch_for(name, named)
    table = _read(found.file, source.entry)
    entry = told_of_entry(table.entry, source.entry)
    # The first convolution is found by its name, so prefixes must be gone before.
    tensors, renamed = unwrap(net, source.layout(table.tensors))
    fit(net, _for_colour(net, source, tensors, found.file), str(found.file))
    verified = "" if source.name in GOLDEN else NOT_VERIFIED
    return Provenance(
        name=source.name,
        source=source.page,
        licence=source.licence,
        architecture=name,
        note="; ".join(filter(None, (source.what, verified, found.told, entry, renamed))),
        sha256=found.sha256,
        mean=source.mean * (3 // source.channels),
        std=source.std * (3 // source.channels),
        trained_on=source.names_trained_on,
    )


def _read(path: Path, entry: str) -> Table:
    return read_tensors(path)[0] if path.suffix == ".safetensors" else read_whole(path, entry)


def _for_colour(net: LibraryNet, source: WeightSource, tensors: Tensors, path: Path) -> Tensors:
    """The tensors with a first convolution for images in the order RGB, as the library's network
    has it; one for gray images is shared out among three equal channels.

    Raises InputError where it takes another number of channels than the source says.
    """
    key = next(key for key, each in net.tensors.items() if each.ndim == 4)
    first = tensors.get(key)
    if first is None or first.ndim != 4:
        return tensors  # what lacks is told with all else that does not fit
    if first.shape[1] != source.channels:
        raise InputError(
            f"{path}: its first convolution ({key}) takes {first.shape[1]} channels, and that of "
            f"'{source.name}' takes {source.channels}; is this the file of other weights?"
        )
    if source.channels == 1:
        first = first.expand(-1, 3, -1, -1) / 3
    elif source.order == "BGR":
        first = first.flip(1)
    return {**tensors, key: first}
