"""The clips of benchmarks/damaged_files.py: sound ones, and their dimensions made huge."""

import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.clip_files import write_gif, write_video
from numpy.typing import NDArray

FRAMES = 12
CODINGS = {"mp4v": ".mp4", "jpeg": ".mov", "png ": ".mov"}
SAMPLE_ENTRIES = (b"mp4v", b"avc1", b"png ", b"jpeg")  # after which a header has the dimensions
ENTRY_AT, TRACK_AT = 28, 80  # bytes from the names of these boxes
REAL = "data/lung_ultrasound/clips"
SMALLEST = 3  # of the real clips


def sound_clips(gray: NDArray[np.uint8]) -> dict[str, list[bytes]]:
    """One picture that moves, in the codings that can be written here; real clips in H.264 too,
    where PLEURA_SHARED leads to some."""
    frames = np.stack([np.roll(gray, 8 * number, axis=1) for number in range(FRAMES)])
    small = frames[:, ::4, ::4]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        mp4 = [
            write_video(place / f"a{ending}", frames[:, ::2, ::2], coding=coding).read_bytes()
            for coding, ending in CODINGS.items()
        ]
        gif = [
            write_gif(place / f"{number}.gif", each).read_bytes()
            for number, each in enumerate((frames[:, ::2, ::2], small))
        ]
    shared = Path(os.environ.get("PLEURA_SHARED", "")) / REAL
    real = sorted(shared.glob("*.mp4"), key=lambda path: path.stat().st_size)[:SMALLEST]
    return {"MP4": [*mp4, *(path.read_bytes() for path in real)], "GIF": gif}


def mp4_bomb(gray: NDArray[np.uint8]) -> bytes:
    """A sound file of one large frame, which is small on disk."""
    with tempfile.TemporaryDirectory() as folder:
        return write_video(Path(folder) / "a.mov", gray[None], coding="png ").read_bytes()


def resize_mp4(data: bytes, width: int, height: int) -> bytes:
    """The file with other dimensions in the headers of its track and of its coding."""
    changed = bytearray(data)
    # Dimensions of 16 bits; larger ones lose their upper bits.
    small: Any = struct.pack(">HH", width % 2**16, height % 2**16)
    for name in SAMPLE_ENTRIES:
        if (at := data.find(name, data.find(b"stsd"))) >= 0:
            changed[at + ENTRY_AT : at + ENTRY_AT + 4] = small
    at = data.find(b"tkhd") + TRACK_AT - 4
    changed[at : at + 8] = struct.pack(">II", width << 16 & 0xFFFFFFFF, height << 16 & 0xFFFFFFFF)
    return bytes(changed)


def resize_gif(data: bytes, width: int, height: int) -> bytes:
    """The file with other dimensions of its screen."""
    return data[:6] + struct.pack("<HH", width, height) + data[10:]
