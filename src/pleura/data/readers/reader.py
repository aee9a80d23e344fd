"""What every reader of image files gives."""

from pathlib import Path
from typing import Protocol

from pleura.data.readers.decoded import Decoded, Numbers
from pleura.errors import PleuraError


class Reader(Protocol):
    """Reads the formats whose file names end in `suffixes` (lower case, with the dot).

    many_images: whether a file holds several images, of which an address names one as its member.
    """

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    @property
    def many_images(self) -> bool: ...

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """Decode one image.

        With `at_least` the pixels may come at a reduced scale whose short side is still that long.
        Raises `PleuraError` with the bare reason, or whatever the decoder raises on damaged data;
        `read_image` adds the address.
        """
        ...

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        """What the file holds as a mask, at full size. Raises as `read` does, and `PleuraError`
        for colours."""
        ...


def refuse_member(member: str | None) -> None:
    """Raise PleuraError where an address names one of several images in a file that holds one: it
    would be read under every number."""
    if member is not None:
        raise PleuraError(f"holds one image, so no {member!r} of several; leave ::{member} out")
