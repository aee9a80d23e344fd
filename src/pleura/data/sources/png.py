"""Writes the images and masks that are made of a source's files: whole, or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.files import write_atomically

if TYPE_CHECKING:
    from numpy.typing import NDArray


def write_png(path: Path, pixels: "NDArray[Any]", *, fast: bool = False) -> None:
    """Write pixels (h, w), uint8 or uint16, as PNG, atomically, since a later start takes a file
    that is there for finished.

    `fast` takes a sixth of the time, and a fifth more room on the disk. Raises OSError naming
    `path`.
    """
    from PIL import Image

    image = Image.fromarray(pixels)
    with write_atomically(path) as temporary:
        if fast:
            image.save(temporary, compress_level=1)
        else:
            image.save(temporary)
