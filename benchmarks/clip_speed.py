"""How fast clips come into a bank, beside their decoder alone, in CPU time of one thread.

python -m benchmarks.clip_speed [--clips FOLDER]

The decoder is OpenCV's, asked in colour for each frame that is kept; of clips of which a bank wants
few frames, it goes through all up to the last that is wanted. Shares of its speed are told with and
without bringing the frames to the size of the bank, which no bank can do without. That each clip is
decoded once before, to learn when its frames are shown, is not in it. Without a folder, clips are
made.
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

from pleura.data.bank import build_bank, to_square
from pleura.data.clips.chosen import spread
from pleura.data.clips.times import frame_times
from pleura.data.readers import read_image

SIZE = 224
ROUNDS = 5
FEW = 8
PARTS = ("decoder", "conversion", "resizing", "rest", "sectors")
SHARES = ("reader", "bank", "unresized", "sectors", "unresized")

Chosen = dict[Path, list[int]]


def cpu_seconds(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began


def decode(chosen: Chosen) -> None:
    """The decoder alone: frames up to the last, of which those that are kept become pictures."""
    for clip, numbers in chosen.items():
        capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        kept = set(numbers)
        for number in range(max(numbers) + 1):
            capture.grab()
            if number in kept:
                capture.retrieve()
        capture.release()


def read(images: list[str]) -> None:
    for image in images:
        read_image(image)


def resize(chosen: Chosen) -> None:
    """As often as frames are kept; the middle one stands for all."""
    for clip, numbers in chosen.items():
        frame = read_image(f"{clip}::{numbers[len(numbers) // 2]}").pixels
        for _ in numbers:
            to_square(frame, SIZE, "crop")


def bank(images: list[str], sector: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        build_bank(images, Path(folder), size=SIZE, workers=1, sector=sector)


def under_other_names(chosen: Chosen, folder: Path) -> Chosen:
    """The same clips, of which nothing is remembered but how many frames they have."""
    others = {}
    for number, (clip, numbers) in enumerate(chosen.items()):
        other = folder / f"{number}{clip.suffix}"
        other.symlink_to(clip.resolve())
        frame_times(other)
        others[other] = numbers
    return others


def one_round(chosen: Chosen) -> list[float]:
    """CPU seconds of decoder, reader, resizing, bank, bank with sectors."""
    with tempfile.TemporaryDirectory() as folder:
        clips = under_other_names(chosen, Path(folder))
        images = [f"{clip}::{number}" for clip, numbers in clips.items() for number in numbers]
        once = {clip: numbers[len(numbers) // 2 :][:1] for clip, numbers in clips.items()}
        ways: list[Callable[[], object]] = [
            partial(decode, clips),
            partial(read, images),
            partial(resize, clips),
            partial(read, [f"{clip}::{numbers[0]}" for clip, numbers in once.items()]),
            partial(bank, images, False),
            partial(bank, images, True),
        ]
        decoder, reader, resizing, to_resize, plain, sectors = map(cpu_seconds, ways)
        return [decoder, reader, resizing - to_resize, plain, sectors]


def measure(name: str, chosen: Chosen) -> None:
    rounds = [one_round(chosen) for _ in range(ROUNDS)]
    decoder, reader, resizing, plain, sectors = map(median, zip(*rounds, strict=True))
    parts = (decoder, reader - decoder, resizing, plain - reader - resizing, sectors - plain)
    others = (reader, plain, plain - resizing, sectors, sectors - resizing)
    decoded = sum(max(numbers) + 1 for numbers in chosen.values())
    print(
        f"{name:<12}{decoded:>8}{sum(map(len, chosen.values())):>8}{decoded / decoder:>12.0f}"
        + "".join(f"{1e3 * seconds:>11.0f}" for seconds in parts)
        + "".join(f"{decoder / seconds:>10.2f}" for seconds in others),
        flush=True,
    )


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
        print(f"{'':<40}{'CPU ms':>55}{'share of the speed of the decoder':>50}")
        heads = "".join(f"{head:>11}" for head in PARTS) + "".join(f"{s:>10}" for s in SHARES)
        print(f"{'frames':<12}{'decoded':>8}{'kept':>8}{'decoder /s':>12}{heads}")
        measure("all", {clip: list(range(n)) for clip, n in counts.items()})
        measure(f"{FEW} of each", {clip: spread(n, FEW).tolist() for clip, n in counts.items()})


if __name__ == "__main__":
    main()
