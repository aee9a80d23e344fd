"""An image beside itself under heat maps: one SVG that stands alone, some 20 kB."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from markupsafe import escape
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

SIDE, GAP, LINE = 192, 6, 20  # of a tile, between tiles, for the title above it
LARGEST, SMALLEST, ROOM = 13, 9, 340  # of the letters of a title, which get smaller as it gets long
COLOURS = "inferno"  # perceptually uniform
COVER = 0.7  # share of colour where a map is 1; where it is 0 the image stays as it is
OUTLINE = "#56B4E9"  # told from the colours of maps, also with red-green blindness


def overlay(pixels: NDArray[np.uint8], maps: Sequence[tuple[str, NDArray[np.float32]]]) -> str:
    """The text of an SVG: the image (h, w), then the image under each map (y, x), 0 to 1.

    Each map has a title. Image and maps are stored at their own resolution; the viewer enlarges
    them smoothly.
    """
    image = f'<image id="plain" {_AREA} href="{_png(pixels)}"/>'
    tiles = [("Image", ""), *((title, map_layer(values)) for title, values in maps)]
    return strip([(title, f'<use href="#plain"/>{layer}') for title, layer in tiles], image)


def strip(tiles: Sequence[tuple[str, str]], shared: str = "") -> str:
    """The text of an SVG: tiles side by side, each a title and its layers (SVG). `shared` is what
    the layers refer to."""
    width = len(tiles) * (SIDE + GAP) - GAP
    body = "".join(
        f'<svg x="{i * (SIDE + GAP)}" width="{SIDE}" height="{SIDE + LINE}">'
        f'<text y="13" font-size="{_letters(title)}" font-family="sans-serif">'
        f"{escape(title)}</text>{layers}</svg>"
        for i, (title, layers) in enumerate(tiles)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{SIDE + LINE}" '
        f'viewBox="0 0 {width} {SIDE + LINE}"><defs>{shared}</defs>{body}</svg>\n'
    )


def _letters(title: str) -> int:
    """The size of a title's letters, so that it fits over its tile."""
    return max(SMALLEST, min(LARGEST, ROOM // max(1, len(title))))


def image_layer(pixels: NDArray[np.uint8]) -> str:
    """An image (h, w), or (h, w, 4) with opacity, that fills a tile."""
    return f'<image {_AREA} href="{_png(pixels)}"/>'


def map_layer(values: NDArray[np.float32]) -> str:
    """A map (y, x), 0 to 1, as `coloured` shows it."""
    return image_layer(coloured(values))


def coloured(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A map (y, x), 0 to 1, in colours that are the less opaque the smaller it is: (y, x, 4)."""
    values = values.clip(0, 1)
    colours = colormaps[COLOURS](values)
    colours[..., 3] = COVER * values
    return np.asarray((255 * colours).round(), dtype=np.uint8)


def outline_layer(mask: NDArray[np.bool_]) -> str:
    """The outline of a mask (h, w); where it ends at the border of the image it is closed."""
    path = outline(mask, SIDE, LINE)
    return f'<path d="{path}" fill="none" stroke="{OUTLINE}" stroke-width="1.5"/>'


def outline(mask: NDArray[np.bool_], side: float, top: float = 0) -> str:
    """The outline of a mask (h, w) as the path of an SVG, brought to a width and height of `side`,
    `top` below the upper edge; where it ends at the border of the image it is closed."""
    height, width = mask.shape
    x, y = ((np.arange(-1, n + 1) + 0.5) * side / n for n in (width, height))
    values = np.pad(mask, 1).astype(np.float32)
    if not mask.any():
        return ""
    [lines] = Figure().subplots().contour(x, y + top, values, [0.5]).allsegs
    return "".join("M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in line) for line in lines)


_AREA = f'y="{LINE}" width="{SIDE}" height="{SIDE}" preserveAspectRatio="none"'


def _png(pixels: NDArray[np.uint8]) -> str:
    """(h, w) gray or (h, w, 4) as a data: address."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
