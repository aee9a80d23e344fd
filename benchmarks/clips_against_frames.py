"""Do clips give the frames that others have taken out of them?

python -m benchmarks.clips_against_frames CLIPS FRAMES.csv

The table has the columns `file` (from its own folder), `video_id` (the name of a clip without its
ending) and `frame` (its number). Each of these pictures is compared, by normalised correlation at
128 x 128 pixels, with every frame of its clip.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.clips.times import frame_times
from pleura.data.readers import read_image

SIDE = 128


def normalised(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The pixels brought to one size, one mean and one length, (SIDE * SIDE,)."""
    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    flat = small.ravel() - small.mean()
    return np.asarray(flat / (np.linalg.norm(flat) + 1e-9), dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("frames", type=Path)
    options = parser.parse_args()
    table = pd.read_csv(options.frames, dtype=str)
    print("clip,frames,pictures,lowest correlation,median,same number")
    for clip in sorted(options.clips.iterdir()):
        pictures = table[table["video_id"] == clip.stem]
        count = len(frame_times(clip))
        every = np.stack([normalised(read_image(f"{clip}::{n}").pixels) for n in range(count)])
        best, same = [], 0
        for picture in pictures.itertuples():
            given = read_image(str(options.frames.parent / str(picture.file))).pixels
            alike = every @ normalised(given)
            best.append(float(alike.max()))
            same += int(alike.argmax()) == int(str(picture.frame))
        figures = f"{min(best):.4f},{np.median(best):.4f}" if best else ","
        print(f"{clip.name},{count},{len(best)},{figures},{same}", flush=True)


if __name__ == "__main__":
    main()
