"""How fast clips come into a bank, beside their decoder alone, in CPU time of one thread.

python -m benchmarks.clip_speed [--clips FOLDER]

Shares of the decoder's own speed. It is OpenCV's, asked for each frame in colour; of clips of which
a bank wants few frames, it goes through all up to the last that is wanted. Without a folder, clips
are made.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from benchmarks.clip_files import write_video

from pleura.data.bank import build_bank
from pleura.data.clips.chosen import spread
from pleura.data.clips.times import frame_times
from pleura.data.readers import read_image

SIZE = 224
ROUNDS = 3
FEW = 8


def cpu_seconds(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began


def decode(clips: list[Path], last: dict[Path, int], kept: dict[Path, set[int]]) -> None:
    """The decoder alone: frames up to the last, of which those that are kept become pictures."""
    for clip in clips:
        capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        for number in range(last[clip] + 1):
            capture.grab()
            if number in kept[clip]:
                capture.retrieve()
        capture.release()


def measure(name: str, clips: list[Path], chosen: dict[Path, list[int]]) -> None:
    images = [f"{clip}::{number}" for clip in clips for number in chosen[clip]]
    last = {clip: max(numbers) for clip, numbers in chosen.items()}
    kept = {clip: set(numbers) for clip, numbers in chosen.items()}

    def read() -> None:
        for image in images:
            read_image(image)

    def bank(sector: bool) -> None:
        with tempfile.TemporaryDirectory() as folder:
            build_bank(images, Path(folder), size=SIZE, workers=1, sector=sector)

    ways: list[Callable[[], object]] = [
        partial(decode, clips, last, kept),
        read,
        partial(bank, False),
        partial(bank, True),
    ]
    rounds = [[cpu_seconds(what) for what in ways] for _ in range(ROUNDS)]
    alone, *others = (median(times) for times in zip(*rounds, strict=True))
    frames = sum(number + 1 for number in last.values())
    shares = "".join(f"{alone / seconds:>14.2f}" for seconds in others)
    print(f"{name:<16}{frames:>8}{len(images):>8}{frames / alone:>12.0f}{shares}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, help="a folder of clips")
    parser.add_argument("--every", type=int, default=1, help="take every so many of them")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        frames = rng.integers(0, 256, (100, 400, 400)).astype(np.uint8)
        clips = (
            sorted(options.clips.iterdir())[:: options.every]
            if options.clips
            else [write_video(Path(folder) / f"{number}.mp4", frames) for number in range(4)]
        )
        counts = {clip: len(frame_times(clip)) for clip in clips}
        heads = "".join(f"{head:>14}" for head in ("reader", "bank", "with sectors"))
        print(f"{'frames':<16}{'decoded':>8}{'kept':>8}{'decoder /s':>12}{heads}")
        measure("all", clips, {clip: list(range(n)) for clip, n in counts.items()})
        few = {clip: spread(n, FEW).tolist() for clip, n in counts.items()}
        measure(f"{FEW} of each", clips, few)


if __name__ == "__main__":
    main()
