"""A segmented case as one picture: the image, both contours on it, and the errors."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Pixels = NDArray[np.uint8]
IGNORED = 255
# Bright on gray, and told apart with and without red-green blindness (Okabe and Ito 2008, with
# three tints); of more structures than colours, the numbers in the picture tell them apart.
COLOURS = (
    *("#56B4E9", "#E69F00", "#F0E442", "#CC79A7", "#00B58C", "#F46D25", "#9E9BF0", "#B8DE6F"),
    "#E8C9B0",
)
MISSED, FALSE, CONFUSED = "#4CA6FF", "#FF8C1A", "#F5F0A0"
STRIPE = 5  # pixels: missed areas are striped, so that they are told without colours, too
DPI = 100


def colour_of(structure: int) -> str:
    """The colour of structure number `structure`, from 1."""
    return COLOURS[(structure - 1) % len(COLOURS)]


def draw_case(
    image: Pixels, reference: Pixels, predicted: Pixels, structures: Sequence[str], size: int = 320
) -> Pixels:
    """Three tiles side by side, (size, 3 * size, 3).

    image, reference and predicted are (h, w); in the latter two 0 is background, i + 1 is
    `structures[i]`, 255 in the reference is neither. From the left: the image; the image with the
    contours of the reference (solid) and of the prediction (broken by white), each structure in
    its colour (`colour_of`) and, where there are several, with its number; the darkened image
    under its errors: blue stripes are missed, orange is false, pale yellow is another structure.
    """
    figure = Figure(figsize=(3 * size / DPI, size / DPI), dpi=DPI, facecolor="black")
    canvas = FigureCanvasAgg(figure)
    height, width = image.shape
    darker = (0.45 * image).astype(np.uint8)
    for tile, shown in enumerate((image, image, darker)):
        axes = figure.add_axes((tile / 3, 0, 1 / 3, 1))
        axes.axis("off")
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="bilinear")
        if tile == 1:
            for number in range(1, len(structures) + 1):
                _contours(axes, reference == number, number, dashed=False)
            for number in range(1, len(structures) + 1):
                _contours(axes, predicted == number, number, dashed=True)
                if len(structures) > 1:
                    _number(axes, reference == number, predicted == number, number)
        if tile == 2:
            errors = _errors(reference, predicted, size)
            axes.imshow(errors, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
        axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    # Matplotlib gives these two no types.
    canvas.draw()  # type: ignore[no-untyped-call]
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]


def _contours(axes: Axes, mask: NDArray[np.bool_], number: int, *, dashed: bool) -> None:
    """The outline of `mask` (h, w); where it ends at the border of the image it is closed."""
    if not mask.any():
        return
    padded = np.pad(mask, 1).astype(np.float32)
    x, y = (np.arange(-1, length + 1) for length in mask.shape[::-1])
    solid, broken = "-", (0, (2, 2.5))
    lines = [("black", 3.0, solid), (colour_of(number), 1.8, solid), ("white", 1.8, broken)]
    for colour, wide, style in lines if dashed else lines[:2]:
        axes.contour(x, y, padded, [0.5], colors=[colour], linewidths=wide, linestyles=[style])


def _number(
    axes: Axes, reference: NDArray[np.bool_], predicted: NDArray[np.bool_], number: int
) -> None:
    """The number right of the largest part of a structure, of the prediction where it has none."""
    mask = reference if reference.any() else predicted
    if not mask.any():
        return
    parts, _ = ndimage.label(mask, np.ones((3, 3)))
    rows, columns = np.nonzero(parts == np.bincount(parts.ravel())[1:].argmax() + 1)
    right = columns.max()
    middle = float(np.median(rows[columns == right]))
    height, width = mask.shape
    axes.annotate(
        str(number),
        # Inside the picture, even where a structure leaves it.
        (min(right, 0.94 * width), np.clip(middle, 0.05 * height, 0.95 * height)),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        fontweight="bold",
        color=colour_of(number),
        path_effects=[withStroke(linewidth=2, foreground="black")],
    )


def _errors(reference: Pixels, predicted: Pixels, size: int) -> Pixels:
    """(size, size, 4): where and how the two differ; clear where they agree or none is known."""
    theirs, ours = (
        np.asarray(Image.fromarray(mask).resize((size, size), Image.Resampling.NEAREST))
        for mask in (reference, predicted)
    )
    wrong = (theirs != ours) & (theirs != IGNORED)
    row, column = np.indices(wrong.shape)
    stripes = (row + column) // STRIPE % 2 == 0
    shown = np.zeros((*wrong.shape, 4), dtype=np.uint8)
    for colour, where in (
        (MISSED, wrong & (ours == 0) & stripes),
        (FALSE, wrong & (theirs == 0)),
        (CONFUSED, wrong & (ours != 0) & (theirs != 0)),
    ):
        shown[where] = (*bytes.fromhex(colour[1:]), 230)
    return shown
