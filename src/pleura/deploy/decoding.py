"""Image files as the model that is handed over has to see them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pleura.data.bank import Square, decode
from pleura.data.depth import KEY, RangeError, likely_range
from pleura.data.readers import Decoded, ReadError
from pleura.data.readers.decoded import Range


def decode_for(
    card: Mapping[str, Any], image: str | Path, full_range: Range | None = None
) -> tuple[Decoded, Square]:
    """One image decoded as the images were that the model of `card` has learned from.

    `full_range` tells the stored values that are black and white in an image of more than 8 bits,
    where they are others than in those. Raises ReadError where the image cannot be read, or its
    values do not fit.
    """
    known = card.get(KEY)
    given = full_range or ((known[0], known[1]) if known else None)
    try:
        decoded, square = decode(str(image), card["size"], card["fit"], given)
    except ReadError as error:
        if not isinstance(error.__cause__, RangeError):
            raise
        levels = error.__cause__.levels
        black, white = likely_range(levels.low, levels.high)
        cure = f"say which values are black and white, such as {KEY}=({black:.6g}, {white:.6g})"
        raise ReadError(str(image), f"{error.reason}; {cure}") from error
    if KEY not in card and decoded.bits > 8:
        raise ReadError(
            str(image),
            f"{decoded.bits} bits, but the model was handed over when each such image had a window "
            "of its own; train it again, or save the image in 8 bits",
        )
    return decoded, square
