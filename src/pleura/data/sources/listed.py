"""Collections by name. A new one is a file of its own and a line here."""

from pleura.data.sources.duts import DUTS
from pleura.data.sources.ecssd import ECSSD
from pleura.data.sources.msra10k import MSRA10K
from pleura.data.sources.source import Source
from pleura.data.sources.xpie import XPIE
from pleura.errors import InputError, nearest

SOURCES = {source.name: source for source in (DUTS, ECSSD, MSRA10K, XPIE)}


def find_source(name: str) -> Source:
    """The collection of that name. Raises InputError with the names there are."""
    if name not in SOURCES:
        raise InputError(f"there is no collection {name!r}{nearest(name, SOURCES)}")
    return SOURCES[name]


def describe_sources() -> str:
    """Every collection with its terms, for the terminal."""
    return "\n".join(
        f"{source.name}\n"
        f"  {source.what}\n"
        f"  page      {source.page}\n"
        f"  licence   {source.licence}\n"
        f"  cite      {source.citation}\n"
        f"  checksum  {_checked(source)}"
        for source in SOURCES.values()
    )


def _checked(source: Source) -> str:
    if all(archive.sha256 for archive in source.archives):
        return "SHA-256 known beforehand"
    return "none published; that of the first download is kept and checked from then on"
