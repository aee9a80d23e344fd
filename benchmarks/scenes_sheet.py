"""Contact sheet of synthetic scenes with their masks, and how fast they are made.

Usage: python benchmarks/scenes_sheet.py SHEET.png [--seed N]
The picture in docs/how-to: docs/how-to/salient-objects.png
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from pleura.files import write_atomically
from pleura.simulate.scenes.folder import write_scenes
from pleura.simulate.scenes.scene import simulate_scene
from pleura.simulate.scenes.textures import tiles

COLUMNS, ROWS, CELL = 8, 3, 128


def main() -> None:
    """Write the sheet, print the speed on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = []
    for row in range(ROWS):
        numbers = range(row * COLUMNS, (row + 1) * COLUMNS)
        made = [simulate_scene(options.seed, number, CELL) for number in numbers]
        rows += [np.hstack([scene.image for scene in made])]
        rows += [np.hstack([scene.mask for scene in made])]
    with write_atomically(options.output) as temporary:
        Image.fromarray(np.vstack(rows)).save(temporary, format="PNG", optimize=True)
    tiles.cache_clear()
    start = time.process_time()
    tiles(options.seed)
    print(f"textures of a seed: {time.process_time() - start:.1f} s")
    start = time.process_time()
    for number in range(200):
        simulate_scene(options.seed, number)
    print(f"scenes of 256 pixels a second of one core: {200 / (time.process_time() - start):.0f}")
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        write_scenes(Path(folder), images=200, seed=options.seed)
        print(f"the same, written as PNG: {200 / (time.process_time() - start):.0f}")


if __name__ == "__main__":
    main()
