"""`pleura scenes`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import within
from pleura.cli.simulated import simulate
from pleura.simulate.limits import SCENES, SEED, SIDE


def scenes(
    folder: Annotated[Path, typer.Argument(help="where the images go")],
    images: Annotated[int, within((1, SCENES[1]))] = 2000,
    size: Annotated[int, within(SIDE, "pixels")] = 256,
    seed: Annotated[int, within(SEED)] = 0,
) -> None:
    """Make synthetic scenes with salient objects and masks. A U-Net can be pretrained on them."""
    simulate("scenes", folder, {"images": images, "size": size, "seed": seed})
