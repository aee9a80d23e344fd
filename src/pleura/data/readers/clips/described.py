"""What is known of a clip without decoding it."""

from dataclasses import dataclass
from pathlib import Path

from pleura.data.readers.clips.opening import open_footage
from pleura.errors import InputError, PleuraError


@dataclass(frozen=True)
class DescribedClip:
    """`frames` and `seconds` are None where the container does not tell; `width` and `height` of
    the upright frames, in pixels."""

    frames: int | None
    seconds: float | None
    width: int
    height: int


def describe_clip(path: Path) -> DescribedClip:
    """What the header of a clip tells; of GIFs, which have none, frames are counted without being
    decoded. Raises InputError that names the file, for what is no clip and for a damaged one."""
    try:
        footage = open_footage(path)
        try:
            described = DescribedClip(footage.said, footage.length, footage.width, footage.height)
        finally:
            footage.close()
    except PleuraError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # decoders raise anything at all on damaged data
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: damaged, or not what its name says ({reason})") from error
    return described
