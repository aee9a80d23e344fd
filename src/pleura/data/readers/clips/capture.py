"""Opens videos by OpenCV."""

import os
from functools import cache
from pathlib import Path
from typing import Any

PATIENCE = 8000  # milliseconds for opening, and for one frame


def open_capture(path: Path, *options: int) -> Any:
    """OpenCV's capture of a video, with options of it, each a number and its value."""
    cv2 = opencv()
    for limit in (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC):
        options += (limit, PATIENCE)
    # FFmpeg takes `http:x.mp4` for an address of the network, but no absolute path.
    return cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG, options)


@cache
def opencv() -> Any:
    """OpenCV, which tells of damaged files by what it returns, not on the terminal."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2
