"""Reads single frames out of clips, and goes on from the last one that was read."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from pleura.data.readers.clips.containers import SUFFIXES
from pleura.data.readers.clips.footage import Footage
from pleura.data.readers.clips.opening import open_footage
from pleura.data.readers.decoded import Decoded, Numbers
from pleura.errors import PleuraError
from pleura.files import state_of

OPEN = 4  # clips that stay open at a time

Key = tuple[Path, int, int]


class ClipReader:
    """Reads one frame of a clip; `<file>::17` is frame 17, counted from 0. A clip of a single frame
    needs no number.

    Frames are decoded in order. A clip stays open at the frame that was read last, so that whoever
    asks for its frames in order has it decoded once.
    """

    suffixes = SUFFIXES
    many_images = False

    def __init__(self) -> None:
        self._open: OrderedDict[Key, Footage] = OrderedDict()
        self._lock = Lock()

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; always at full size."""
        if member is not None and not member.isdecimal():
            raise PleuraError(f"{member!r} is no number of a frame; frames are counted from 0")
        wanted = int(member or 0)
        key, footage = self._take(path, wanted)
        try:
            _go_to(footage, wanted)
            pixels = footage.gray()
            if member is None and footage.advance():
                many = f"its {footage.said}" if footage.said else "its several"
                raise PleuraError(
                    f"says not which of {many} frames: write data: {{frames: {{number: 8}}}} in a "
                    "study file, or <file>::0 for the first alone"
                )
        except BaseException:
            footage.close()
            raise
        self._keep(key, footage)
        return Decoded(pixels, footage.width, footage.height, 8)

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        """Raises PleuraError: most clips change the values of pixels."""
        raise PleuraError("masks are not read out of clips; save each frame as a PNG")

    def close(self) -> None:
        """Close the clips that are open."""
        with self._lock:
            every = [*self._open.values()]
            self._open.clear()
        for each in every:
            each.close()

    def _take(self, path: Path, wanted: int) -> tuple[Key, Footage]:
        """An open clip that has not gone beyond the frame `wanted`, which nobody else has."""
        key = state_of(path)
        with self._lock:
            footage = self._open.pop(key, None)
        if footage is not None and footage.number > wanted:
            footage.close()
            footage = None
        return key, footage or open_footage(path)

    def _keep(self, key: Key, footage: Footage) -> None:
        with self._lock:
            unused = [self._open.pop(key)] if key in self._open else []
            self._open[key] = footage
            if len(self._open) > OPEN:
                unused.append(self._open.popitem(last=False)[1])
        for each in unused:
            each.close()


def _go_to(footage: Footage, wanted: int) -> None:
    """Raises PleuraError where the clip ends before the frame `wanted`."""
    while footage.number < wanted:
        if not footage.advance():
            readable = footage.number + 1
            if footage.said is not None and wanted < footage.said:
                raise PleuraError(
                    f"truncated or damaged: {readable} of its {footage.said} frames can be read"
                )
            if not readable:
                raise PleuraError("no frame can be read: empty, truncated or damaged")
            raise PleuraError(f"has {readable} frames, counted from 0, so no number {wanted}")
