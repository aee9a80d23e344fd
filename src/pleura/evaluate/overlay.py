"""An image beside itself under heat maps: one SVG that stands alone, some 20 kB."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from markupsafe import escape
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

SIDE, GAP, LINE = 192, 6, 17  # of a tile, between tiles, for the title above it
COLOURS = "inferno"  # perceptually uniform
COVER = 0.7  # share of colour where a map is 1; where it is 0 the image stays as it is


def overlay(pixels: NDArray[np.uint8], maps: Sequence[tuple[str, NDArray[np.float32]]]) -> str:
    """The text of an SVG: the image (h, w), then the image under each map (y, x), 0 to 1.

    Each map has a title. Image and maps are stored at their own resolution; the viewer enlarges
    them smoothly.
    """
    plain = f'<image id="plain" {_AREA} href="{_png(pixels)}"/>'
    tiles = [("Image", ""), *((title, _png(_coloured(values))) for title, values in maps)]
    width = len(tiles) * (SIDE + GAP) - GAP
    body = "".join(
        f'<svg x="{i * (SIDE + GAP)}" width="{SIDE}" height="{SIDE + LINE}">'
        f'<text y="11" font-size="11" font-family="sans-serif">{escape(title)}</text>'
        f'<use href="#plain"/>{f"<image {_AREA} href={address!r}/>" if address else ""}</svg>'
        for i, (title, address) in enumerate(tiles)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{SIDE + LINE}" '
        f'viewBox="0 0 {width} {SIDE + LINE}"><defs>{plain}</defs>{body}</svg>\n'
    )


_AREA = f'y="{LINE}" width="{SIDE}" height="{SIDE}" preserveAspectRatio="none"'


def _coloured(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(y, x, 4): the colour of each value, the less opaque the smaller it is."""
    values = values.clip(0, 1)
    colours = colormaps[COLOURS](values)
    colours[..., 3] = COVER * values
    return np.asarray((255 * colours).round(), dtype=np.uint8)


def _png(pixels: NDArray[np.uint8]) -> str:
    """(h, w) gray or (h, w, 4) as a data: address."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
