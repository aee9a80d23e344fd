"""Predicted masks against their references, case by case: overlap, distance, false area, pieces."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from pleura.evaluate.overlap import IGNORED, Masks, areas, counts, dice, iou
from pleura.evaluate.ranking import Floats

TOUCHING = np.ones((3, 3), dtype=np.bool_)  # pixels that touch at a corner are one piece
COLUMNS = [
    *("position", "structure", "dice", "iou", "hd95", "surface_distance", "unit"),
    *("false_positive_area", "predicted_area", "reference_area"),
    *("components", "reference_components"),
]


def measure_cases(
    predicted: Masks, reference: Masks, structures: Sequence[str], spacing: Floats
) -> pd.DataFrame:
    """One row an image and structure.

    Masks: (n, h, w) uint8, 0 background, i + 1 for `structures[i]`; what is 255 in the reference is
    not judged. `spacing`: (n,) mm a pixel, nan where unknown.

    Columns: position (0 to n - 1), structure, dice, iou; hd95 (95th percentile of the Hausdorff
    distance, the larger of both directions) and surface_distance (mean over the edge pixels of
    both), in `unit`, "mm" where the spacing is known, else "px"; false_positive_area (predicted,
    but not in the reference), predicted_area, reference_area, shares of the judged pixels;
    components and reference_components, pieces of pixels that touch at a side or corner. Distances
    are those of MONAI: from edge pixel to edge pixel, an edge pixel having a neighbour at a side
    that is outside.

    A structure that the reference lacks has no Dice, IoU or distance there (nan), but its
    false-positive area counts. One that is there but not predicted has Dice and IoU 0, and as
    distances the diagonal of the image.
    """
    n, height, width = reference.shape
    pixels = counts(predicted, reference, len(structures))
    both, mine, truth = areas(pixels)
    judged = np.maximum(pixels.sum(axis=(1, 2)), 1)[:, None]
    distances = np.full((n, len(structures), 2), np.nan)
    pieces = np.zeros((n, len(structures), 2), np.int64)
    for case, structure in zip(*np.nonzero(mine + truth), strict=True):
        called = (predicted[case] == structure + 1) & (reference[case] != IGNORED)
        ours, theirs = _cropped(called, reference[case] == structure + 1)
        pieces[case, structure] = [ndimage.label(mask, TOUCHING)[1] for mask in (ours, theirs)]
        if not mine[case, structure]:
            distances[case, structure] = np.hypot(height, width)
        elif truth[case, structure]:
            distances[case, structure] = edge_distances(ours, theirs)
    in_mm = np.isfinite(spacing)
    distances *= np.where(in_mm, spacing, 1.0)[:, None, None]
    k = len(structures)
    columns = {
        "position": np.repeat(np.arange(n), k),
        "structure": list(structures) * n,
        "dice": dice(pixels),
        "iou": iou(pixels),
        "hd95": distances[..., 0],
        "surface_distance": distances[..., 1],
        "unit": np.repeat(np.where(in_mm, "mm", "px"), k),
        "false_positive_area": (mine - both) / judged,
        "predicted_area": mine / judged,
        "reference_area": truth / judged,
        "components": pieces[..., 0],
        "reference_components": pieces[..., 1],
    }
    return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})[COLUMNS]


def edge_distances(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[float, float]:
    """95th percentile of the Hausdorff distance and mean surface distance of two masks, pixels.

    Masks: (h, w), neither empty; both distances are symmetric.
    """
    edges = [np.argwhere(mask & ~ndimage.binary_erosion(mask)) for mask in (one, other)]
    there, back = (KDTree(target).query(source)[0] for source, target in (edges, reversed(edges)))
    hd95 = max(float(np.percentile(there, 95)), float(np.percentile(back, 95)))
    return hd95, float(np.concatenate([there, back]).mean())


def _cropped(
    one: NDArray[np.bool_], other: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Both masks, cut to what they cover together."""
    box = ndimage.find_objects((one | other).astype(np.uint8))[0]
    return one[box], other[box]
