"""Fingerprints of the images that a model has learned from, for another place that has only the
model: written on request alone, since whoever has an image and the fingerprints can tell that it
was in the training.

A fingerprint is 1,024 bits: the signs of a thumbnail of 32 x 32 pixels without its coarse shades,
in the form in which mirrored images can be compared (`pleura.data.alike`).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from pleura.data.alike import MIRRORED, parities
from pleura.data.bank import Bank
from pleura.data.blank import blank_images
from pleura.data.manifest import Manifest
from pleura.errors import InputError
from pleura.external.home import TRAIN, Home, has_learned
from pleura.external.overlap import IMAGE, Known
from pleura.files import write_atomically

VERSION = "1"
BITS = "bits"
# Share of equal bits. Measured on 704 X-rays of adults (Shenzhen, Montgomery) at 96 pixels: of
# other patients .832 at most, of copies (JPEG of quality 30, or at half the size) .923 at least.
SAME = 0.88
SIDE = 32
# Which parts of a thumbnail change their sign where the image is mirrored; see `alike.correlate`.
FLIPPED = ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1))
AT_ONCE = 512

Signs = NDArray[np.float32]


def signs_of(bank: Bank) -> Signs:
    """The signs (4, n, 256) of the thumbnails of a bank, 1 or -1; 0 throughout for images that show
    nothing. Raises InputError for images below 32 pixels."""
    if bank.size < SIDE:
        raise InputError(f"fingerprints need images of {SIDE} pixels, and these have {bank.size}")
    parts = parities(bank)
    signs = np.where(parts > 0, 1, -1).astype(np.float32)
    nothing = (parts == 0).all(axis=(0, 2))
    nothing[blank_images(bank)] = True
    signs[:, nothing] = 0
    return signs


def write_fingerprints(home: Home, path: Path) -> int:
    """Write the fingerprints of all images that the model has learned from, or was chosen or
    calibrated by, in no order that says whose they are, and return their number.

    Raises InputError where the study's folder has no decoded images any more.
    """
    every = []
    for bank, parts in home.banks:
        signs = signs_of(bank)[:, [has_learned(str(part)) for part in parts]]
        every.append(signs[:, (signs != 0).any(axis=(0, 2))])
    if not every or not sum(each.shape[1] for each in every):
        raise InputError(
            f"{home.folder}: holds no decoded images (bank/); `pleura study run` on the study "
            "decodes them again"
        )
    bits = np.concatenate([each.transpose(1, 0, 2).reshape(each.shape[1], -1) for each in every])
    packed = np.unique(np.packbits(bits > 0, axis=1), axis=0)
    with write_atomically(path) as temporary:
        save_file({BITS: packed}, temporary, {"version": VERSION})
    return len(packed)


def read_fingerprints(path: Path) -> Signs:
    """The signs (m, 1024) of the fingerprints in a file, 1 or -1. Raises InputError."""
    try:
        with safe_open(path, "np") as file:
            if (file.metadata() or {}).get("version") != VERSION:
                raise ValueError("of another version")
            bits = np.unpackbits(file.get_tensor(BITS), axis=1)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: no fingerprints of `pleura fingerprints` ({error}); get the file again"
        ) from error
    return np.where(bits == 1, 1, -1).astype(np.float32)


def known_by_fingerprints(manifest: Manifest, bank: Bank, theirs: Signs) -> Iterator[Known]:
    """The rows of a manifest whose image has a fingerprint among `theirs` (m, 1024), mirrored
    too."""
    signs = signs_of(bank)
    for start in range(0, len(bank), AT_ONCE):
        here = signs[:, start : start + AT_ONCE]
        shares = []
        for flips in FLIPPED:
            turned = here * np.array(flips, np.float32)[:, None, None]
            mine = turned.transpose(1, 0, 2).reshape(here.shape[1], -1)
            shares.append((mine @ theirs.T / theirs.shape[1]).max(axis=1) / 2 + 0.5)
        best = np.stack(shares)
        for at in np.flatnonzero(best.max(axis=0) > SAME):
            way = MIRRORED[int(best[:, at].argmax())]
            row = start + int(at)
            told = (
                f"{manifest.describe(row)}: has the fingerprint of an image that trained, chose or "
                "calibrated the model"
            )
            yield Known(row, IMAGE, TRAIN, f"{told}{f', {way}' if way else ''}")
