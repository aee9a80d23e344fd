"""The flat borders of images, and images that hold little else."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.blank import blank_images

FLAT = 8  # gray levels between the darkest and the brightest pixel of a row that is border
LITTLE = 0.5  # of the median of the collection: an image that fills less is mostly border
FAINT = 0.2  # of the median of the collection: an image with less contrast is nearly blank

Images = NDArray[np.uint8]


def find_empty(collection: Collection) -> tuple[Finding, ...]:
    """One finding for each image that is blank, nearly blank, or mostly border for its collection:
    the two last are relative to the medians of all images, as ultrasound is dark by nature."""
    readable = collection.readable
    if not readable.any():
        return ()
    describe = collection.manifest.describe
    left, top, right, bottom = content_of(collection.thumbnails).T
    side = collection.thumbnails.shape[-1]
    filled = (right - left) * (bottom - top) / side**2
    contrast = collection.thumbnails.std(axis=(1, 2))
    blank = set(blank_images(collection.bank).tolist())
    faint = FAINT * np.median(contrast[readable])
    little = LITTLE * np.median(filled[readable])
    findings = []
    for row in map(int, np.flatnonzero(readable)):
        if row in blank:
            text = f"{describe(row)} is of one gray all over"
            findings.append(Finding("blank", (row,), 1.0, text))
        elif contrast[row] < faint:
            text = (
                f"{describe(row)} is nearly of one gray: a standard deviation of "
                f"{contrast[row]:.1f} gray levels"
            )
            findings.append(Finding("nearly blank", (row,), 1 - contrast[row] / faint, text))
        elif filled[row] < little:
            text = f"{describe(row)} is mostly border: {filled[row]:.0%} of it shows anything"
            findings.append(Finding("mostly border", (row,), 1 - filled[row] / little, text))
    return tuple(sorted(findings, key=lambda finding: (finding.kind, -finding.score)))


def content_of(images: Images) -> NDArray[np.int64]:
    """(n, 4) left, top, right and bottom of what lies within flat borders, pixels of (n, h, w); all
    of an image where nothing does."""
    count, height, width = images.shape
    boxes = np.tile(np.array([0, 0, width, height]), (count, 1))
    for axis, first, last in ((1, 0, 2), (2, 1, 3)):
        shows = np.ptp(images, axis=axis) > FLAT
        some = shows.any(axis=1)
        boxes[some, first] = shows[some].argmax(axis=1)
        boxes[some, last] = shows.shape[1] - shows[some, ::-1].argmax(axis=1)
    return boxes


def without_borders(images: Images) -> Images:
    """The images (n, h, w), what lies within their borders stretched to their size."""
    stretched = np.empty_like(images)
    for row, (left, top, right, bottom) in enumerate(content_of(images)):
        content = Image.fromarray(images[row, top:bottom, left:right])
        size = images.shape[2], images.shape[1]
        stretched[row] = np.asarray(content.resize(size, Image.Resampling.BILINEAR))
    return stretched
