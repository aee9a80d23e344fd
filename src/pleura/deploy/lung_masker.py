"""Finds the lungs in the images of a bank by a model that segments, and tells which to trust."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pleura.data.bank import Bank, Progress
from pleura.data.depth import KEY
from pleura.data.kept_arrays import keep_arrays, kept_arrays
from pleura.data.lung_regions import Lungs, Rows, seen
from pleura.data.manifest import Manifest
from pleura.data.mask_bank import fit_mask
from pleura.data.readers import ReadError
from pleura.deploy.card import FILE
from pleura.deploy.mask_quality import Usual, usual_of
from pleura.deploy.segmenter import PredictedMask, Segmenter, load_segmenter
from pleura.deploy.weights import WEIGHTS
from pleura.errors import InputError
from pleura.files import digest_file, digest_of

VERSION = 1  # part of every key: raised whenever the same image would get other lungs
WORD = "lung"


def segmented_lungs(
    manifest: Manifest,
    bank: Bank,
    rows: Rows,
    masker: str | Path,
    folder: Path,
    progress: Progress = lambda done, of: None,
) -> Lungs:
    """The lungs of `rows`, segmented by the model in the folder `masker`.

    The model sees each image at its own size; its mask is brought to the size and crop of the bank
    by the nearest pixel. Lungs are all structures with "lung" in their name, or the only structure.
    A mask is doubtful where `mask_quality` finds something unusual in one of them. Images in which
    no lung is found are left out. The result is kept in `folder/<digest>.npz`; `progress` gets the
    number of images done and of all.

    Raises InputError for a model that segments no lungs or does not tell what is usual, ReadError
    for an image that cannot be read.
    """
    segmenter, place = load_segmenter(masker), Path(masker)
    usual = usual_lungs(segmenter, place)
    digests = [digest_file(place / name) for name in (FILE, WEIGHTS)]
    content = {"version": VERSION, "model": digests, "bank": bank.key, "rows": rows.tolist()}
    file = folder / f"{digest_of(content)[:16]}.npz"
    shape = (len(rows), bank.size, bank.size)
    segmented = _read(file, shape)
    if segmented is None:
        masks, doubtful = np.zeros(shape, dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
        images = manifest.table["image"].iloc[rows].tolist()
        # What their values mean is known of the bank's images, not of the masker's.
        segmenter = replace(segmenter, card={**segmenter.card, KEY: bank.full_range})
        for i, prediction in enumerate(segmenter.predictions(images)):
            if isinstance(prediction, ReadError):
                raise prediction
            whole, sides = prediction.mask(), (prediction.width, prediction.height)
            masks[i] = np.isin(fit_mask(whole, *sides, bank.size, bank.fit), list(usual))
            doubtful[i] = is_doubtful(prediction, usual)
            progress(i + 1, len(rows))
        keep_arrays(file, masks=np.packbits(masks), doubtful=doubtful)
        segmented = masks, doubtful
    masks, doubtful = segmented
    return seen(Lungs(rows, masks, doubtful, name_of(place)))


def name_of(place: Path) -> str:
    """What the masker in the folder `place` is called, such as chest/best: the model of a study is
    always called best."""
    return "/".join(place.resolve().parts[-2:])


def is_doubtful(prediction: PredictedMask, usual: Mapping[int, Usual]) -> bool:
    """Whether a mask is unusual, of a masker with these `usual` lungs."""
    return any(mine.judge(prediction, lung)[1] for lung, mine in usual.items())


def check_masker(place: Path) -> None:
    """Raise InputError where the folder `place` holds no masker as a study hands it over, or one
    that does not tell what is usual of lungs."""
    segmenter = load_segmenter(place)
    if not (place / FILE).is_file():
        raise InputError(
            f"{place}: was exported for a hub, without {FILE}; name the folder `best` of the study "
            "that has trained it"
        )
    usual_lungs(segmenter, place)


def usual_lungs(segmenter: Segmenter, place: Path) -> dict[int, Usual]:
    """What is usual of the lungs of a masker in the folder `place`, by number of the structure
    from 1. Raises InputError for a model that segments none, or does not tell what is usual."""
    names = segmenter.structures
    lungs = [name for name in names if WORD in name.lower()]
    if not lungs and len(names) > 1:
        raise InputError(f"{place}: segments no lungs, but {', '.join(names)}")
    return usual_of(segmenter, place, lungs or names)


def _read(path: Path, shape: tuple[int, int, int]) -> tuple[Any, Any] | None:
    """The masks and doubts in a file, or None where it is missing or damaged."""
    pixels = math.prod(shape)
    kept = kept_arrays(path, masks=(-(-pixels // 8),), doubtful=shape[:1])
    if kept is None:
        return None
    bits = np.unpackbits(kept["masks"], count=pixels)
    return bits.reshape(shape).astype(np.bool_), kept["doubtful"]
