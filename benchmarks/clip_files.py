"""Writes small clips for tests and benchmarks, in the codings that OpenCV and Pillow can write."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOURCC = {".mp4": "mp4v", ".mov": "mp4v", ".avi": "MJPG", ".webm": "VP80", ".mpeg": "PIM1"}
QUARTER_TURN = (0, 1, 0, -1, 0, 0, 0, 0, 1)  # the matrix of a track that is shown turned clockwise
MATRIX_AT = 48  # bytes into the header of a track
PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")

Frames = NDArray[np.uint8]


def moving(count: int, height: int = 48, width: int = 64) -> Frames:
    """Gray frames (count, height, width), each one gray level that no other has, and a slope."""
    slope = np.add.outer(np.arange(height), np.arange(width)) // 4
    levels = 40 + 160 * np.arange(count) // max(1, count - 1)
    frames: Frames = np.clip(levels[:, None, None] + slope - slope.mean(), 0, 255).astype(np.uint8)
    return frames


def write_video(path: Path, frames: Frames, rate: float = 25.0, coding: str = "") -> Path:
    """Write gray frames (n, h, w) in the container that the ending of `path` names. The coding
    "png " loses nothing."""
    height, width = frames[0].shape
    fourcc = cv2.VideoWriter.fourcc(*(coding or FOURCC[path.suffix.lower()]))
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, rate, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(np.dstack([frame] * 3))
    writer.release()
    return path


def write_gif(path: Path, frames: Frames, milliseconds: int | Sequence[int] = 100) -> Path:
    """Write gray frames (n, h, w), each shown for so long."""
    first, *others = [Image.fromarray(frame) for frame in frames]
    options: dict[str, Any] = {"save_all": True, "append_images": others, "loop": 0}
    first.save(path, "GIF", duration=milliseconds, **options)
    return path


def turn(path: Path) -> None:
    """Say in the header of an MP4 that its frames are shown turned by 90 degrees clockwise."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") - 4 + MATRIX_AT
    scale = [1 << 16] * 8 + [1 << 30]
    values = [value * by for value, by in zip(QUARTER_TURN, scale, strict=True)]
    data[at : at + 36] = struct.pack(">9i", *values)
    path.write_bytes(data)


def retime(path: Path, steps: Sequence[int]) -> None:
    """Give each frame of an MP4, whose header stands at its end, its own duration, in multiples of
    that which all have."""
    data = path.read_bytes()
    at = data.index(b"stts") - 4
    (size,) = struct.unpack(">I", data[at : at + 4])
    (delta,) = struct.unpack(">I", data[at + 20 : at + 24])
    entries = b"".join(struct.pack(">II", 1, step * delta) for step in steps)
    box = struct.pack(">I4sII", 16 + len(entries), b"stts", 0, len(steps)) + entries
    # An edit list would end the clip where it ended before.
    changed = bytearray((data[:at] + box + data[at + size :]).replace(b"edts", b"free"))
    for name in PARENTS:
        place = data.index(name) - 4
        (length,) = struct.unpack(">I", data[place : place + 4])
        changed[place : place + 4] = struct.pack(">I", length + len(box) - size)
    path.write_bytes(changed)
