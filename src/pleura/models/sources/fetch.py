"""The file of published weights: here already, or downloaded.

It is looked for in the folder of weights (PLEURA_WEIGHTS), in the cache, and then fetched: from an
address into pleura's cache, from the hub into that of huggingface_hub, with its token and settings.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pleura.errors import InputError, PleuraError
from pleura.files import digest_unchanged, write_atomically, write_text
from pleura.models.sources.source import ByHand, Hub, Url, WeightSource
from pleura.models.weight_files import VARIABLE, cache_folder, weights_folder

SHORT = 12  # digits of a digest, where it is told
FIRST = "of the first download"


@dataclass(frozen=True)
class Found:
    """A file of published weights: its absolute path, its SHA-256 (hexadecimal), and a remark for
    the user, "" for none."""

    file: Path
    sha256: str
    told: str


def host_of(source: WeightSource) -> str:
    """The host from which the file must be downloaded; "" where it is already here."""
    return "" if find_file(source) else source.place.host


def find_file(source: WeightSource) -> Path | None:
    """The file as far as it is here: in the folder of weights, or in the cache."""
    for name in source.files:
        if (path := weights_folder() / name).is_file():
            return path
    return find_downloaded(source)


def find_downloaded(source: WeightSource) -> Path | None:
    """The file as far as it is in the cache."""
    place = source.place
    if isinstance(place, Hub):
        import huggingface_hub

        cached = huggingface_hub.try_to_load_from_cache(
            place.repository, place.file, revision=place.revision
        )
        return Path(cached) if isinstance(cached, str) else None
    path = cache_folder() / place.file
    return path if path.is_file() else None


def fetch(source: WeightSource, given: Path | None = None) -> Found:
    """The file of published weights: `given` by the user, found here, or downloaded. A given one
    that is the download in the cache is checked as that.

    Raises InputError where `given` is no file. Raises PleuraError where the file is not here and
    cannot be downloaded, and where it differs from the published or the first downloaded one.
    """
    if given is not None and not given.is_file():
        raise InputError(f"weights '{source.name}': there is no file {given}", how_to(source))
    path = (given or find_file(source) or _download(source)).absolute()
    downloaded = find_downloaded(source)
    if downloaded and path == downloaded.absolute():
        return _checked(source, path)
    return Found(path, digest_unchanged(path), _told_of_given(source, path))


def how_to(source: WeightSource) -> list[str]:
    """How to provide a file that cannot be downloaded, as lines of text."""
    place = source.place
    size = f", {source.bytes}" if source.bytes else ""
    how = f" ({place.how})" if isinstance(place, ByHand) else ""
    return [
        f"it is {place}{size}{how}: {source.what}; licence: {source.licence}",
        f"write weights: {source.name}@FILE for a file that is here, or put it as "
        f"{source.files[-1]} into {weights_folder()} ({VARIABLE}=FOLDER says where that is)",
    ]


def _download(source: WeightSource) -> Path:
    place = source.place
    if isinstance(place, ByHand):
        problem = f"weights '{source.name}': their file is not here, and people alone can fetch it"
        raise PleuraError("\n  - ".join([problem, *how_to(source)]))
    try:
        return _from_hub(place) if isinstance(place, Hub) else _from_address(place)
    # The hub's client and its transport each raise errors of their own.
    except Exception as error:
        problem = f"weights '{source.name}': cannot download them from {place.host}: {error}"
        raise PleuraError("\n  - ".join([problem, *how_to(source)])) from error


def _from_hub(place: Hub) -> Path:
    import huggingface_hub

    return Path(
        huggingface_hub.hf_hub_download(place.repository, place.file, revision=place.revision)
    )


def _from_address(place: Url) -> Path:
    import pooch

    path = cache_folder() / place.file
    with write_atomically(path) as temporary:
        pooch.HTTPDownloader()(place.url, str(temporary), None)
    return path


def _checked(source: WeightSource, path: Path) -> Found:
    """A downloaded file, if it is the one that was published, the one that the hub named by its
    digest, or the one of the first download."""
    digest, kept = digest_unchanged(path), cache_folder() / f"{source.name}.sha256"
    if source.sha256:
        expected, whose, told = source.sha256, "published", ""
    elif isinstance(source.place, Hub) and (of_hub := _digest_of_hub(path)):
        expected, whose, told = (
            of_hub,
            "that the hub names",
            f"the hub names the digest {of_hub[:SHORT]}",
        )
    else:
        if not kept.is_file():
            write_text(kept, f"{digest}\n")
        expected, whose = kept.read_text(encoding="utf-8").strip(), FIRST
        told = f"no digest is published; that of the first download is {digest[:SHORT]}"
    if digest != expected:
        remedies = [f"delete {path}, so that it is downloaded anew", *how_to(source)]
        if whose == FIRST:
            remedies.insert(1, f"if its authors have changed it, delete {kept}, too")
        problem = (
            f"weights '{source.name}': the SHA-256 of {path} begins with {digest[:SHORT]}, and the "
            f"one {whose} with {expected[:SHORT]}; it is damaged or another file"
        )
        raise PleuraError("\n  - ".join([problem, *remedies]))
    return Found(path, digest, told)


def _digest_of_hub(path: Path) -> str:
    """The SHA-256 by which the hub's cache names the contents of a large file, as the hub gave it;
    "" for small files and for a cache without links, which say none."""
    name = path.resolve().name
    return name if re.fullmatch("[0-9a-f]{64}", name) else ""


def _told_of_given(source: WeightSource, path: Path) -> str:
    """Where a user's file is not the published one, which may well be another form of it, or where
    nobody can tell."""
    if not source.sha256:
        return f"{path.name} cannot be told from the published file, whose digest is not known"
    if digest_unchanged(path) != source.sha256:
        return f"{path.name} is not the published file, whose digest is {source.sha256[:SHORT]}"
    return ""
