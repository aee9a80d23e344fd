"""A public collection: where it lies, what it is, under which terms."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Archive:
    """A zip or tar file at `url`; `sha256` in hexadecimal, "" where nobody has published it."""

    url: str
    sha256: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Source:
    """A collection of images with masks of salient objects, as its authors publish it.

    Where the authors state no licence, `licence` says so; their page and paper are the terms then.
    """

    name: str
    what: str
    archives: tuple[Archive, ...]
    page: str
    licence: str
    citation: str
