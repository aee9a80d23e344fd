"""How large the frames of a video are, by the headers that its coding repeats.

OpenCV brings all frames into the size of the first, and cuts those of another size or fills them
with what lies beside them in memory, without a word.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pleura.data.readers.clips.capture import open_capture, opencv
from pleura.errors import PleuraError
from pleura.files import state_of

REMEMBERED = 4096  # videos
Size = tuple[int, int]  # width and height, pixels
SizeOf = Callable[[bytes], Size | None]

MPEG_SEQUENCE = b"\0\0\1\xb3"
VP8_KEY_FRAME = b"\x9d\x01\x2a"


def _of_mpeg(packet: bytes) -> Size | None:
    """ISO/IEC 11172-2 and 13818-2, `sequence_header`: 12 bits each."""
    at = packet.find(MPEG_SEQUENCE)
    if at < 0 or len(packet) < at + 7:
        return None
    sides = int.from_bytes(packet[at + 4 : at + 7])
    return sides >> 12, sides & 0xFFF


def _of_vp8(packet: bytes) -> Size | None:
    """RFC 6386, 9.1: 14 bits each, in a key frame."""
    if packet[3:6] != VP8_KEY_FRAME or packet[0] & 1:
        return None
    width, height = (int.from_bytes(packet[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width, height


SIZES: dict[bytes, SizeOf] = {
    b"mpg1": _of_mpeg,
    b"mpg2": _of_mpeg,
    b"VP80": _of_vp8,
}
"""How to read the size out of a packet, None where it says none, by OpenCV's name of the coding."""


def refuse_changing_size(path: Path, coding: bytes) -> None:
    """Raise PleuraError for a video in one of the codings of `SIZES` whose frames change their
    size. The packets are looked through, and nothing is decoded."""
    if size_of := SIZES.get(coding):
        _look_through(*state_of(path), size_of)


def forget_sizes() -> None:
    """Forget which videos were looked through."""
    _look_through.cache_clear()


@lru_cache(REMEMBERED)
def _look_through(path: Path, changed: int, length: int, size_of: SizeOf) -> None:
    packets = open_capture(path, opencv().CAP_PROP_FORMAT, -1)
    first: Size | None = None
    try:
        while packets.grab():
            read, packet = packets.retrieve()
            if not read or not (size := size_of(packet.tobytes())):
                continue
            first = first or size
            if size != first:
                raise PleuraError(
                    f"its frames change their size, from {first[0]} x {first[1]} to {size[0]} x "
                    f"{size[1]} pixels; save each part as a clip of its own"
                )
    finally:
        packets.release()
