"""What an upload holds, by its header, before anything of it is decoded."""

from dataclasses import dataclass
from pathlib import Path

from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from pleura.data.clips.times import frame_count
from pleura.data.readers import errors_of
from pleura.data.readers.clips.opening import open_footage
from pleura.data.readers.dicom.header import frames_of, read_header, refuse_no_picture
from pleura.deploy.server.limits import MEGAPIXEL, Limits, RefusedError
from pleura.errors import PleuraError
from pleura.wording import count


@dataclass(frozen=True)
class Upload:
    """A file in a private folder, of which an ending tells the kind, with how many frames it has;
    `dicom`: whether it is DICOM."""

    path: Path
    frames: int

    @property
    def dicom(self) -> bool:
        """Whether it is DICOM."""
        return self.path.suffix == ".dcm"


def look_at(path: Path, limits: Limits) -> Upload:
    """What a file holds. Raises RefusedError (413) for more pixels or frames than are taken, and
    ReadError for a damaged one."""
    with errors_of(str(path)):
        width, height, frames = _sizes(path)
    if frames is not None:
        _refuse_frames(frames, limits)
    if width * height > limits.pixels:
        raise RefusedError(
            413,
            f"The image has {width:,} x {height:,} pixels; at most "
            f"{limits.pixels / MEGAPIXEL:g} million are taken.",
            "Save it smaller, or have whoever runs the server raise --max-megapixels.",
        )
    if frames is None:  # the container does not count them
        with errors_of(str(path)):
            frames = frame_count(path)
        _refuse_frames(frames, limits)
    return Upload(path, frames)


def _sizes(path: Path) -> tuple[int, int, int | None]:
    """Width and height in pixels, and the number of frames; None where the header does not tell."""
    if path.suffix in (".png", ".jpg"):
        kind = PngImageFile if path.suffix == ".png" else JpegImageFile
        # The class itself, not Image.open, which refuses large images in words of its own.
        with path.open("rb") as file, kind(file) as image:
            return *image.size, 1
    if path.suffix == ".dcm":
        header = read_header(path)
        if (frames := frames_of(header)) < 1:
            raise PleuraError(f"damaged: its number of frames is {frames}")
        refuse_no_picture(header)
        return int(header.Columns), int(header.Rows), frames
    footage = open_footage(path)
    try:
        return footage.width, footage.height, footage.said
    finally:
        footage.close()


def _refuse_frames(frames: int, limits: Limits) -> None:
    if frames > limits.frames:
        raise RefusedError(
            413,
            f"The file has {count(frames, 'frame')}; at most {limits.frames:,} are taken.",
            "Save it in parts, or have whoever runs the server raise --max-frames.",
        )
