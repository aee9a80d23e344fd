"""What is seen of images that are cropped to the lungs that a masker finds."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pleura.data.bank import Bank, Progress, placing
from pleura.data.depth import KEY
from pleura.data.kept_arrays import keep_arrays, kept_arrays
from pleura.data.lung_crop import VERSION, LungRegions, Region, region_of
from pleura.data.manifest import Manifest
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Range
from pleura.data.shortcut_settings import CROP, LungCrop
from pleura.deploy.card import CURE, FILE
from pleura.deploy.decoding import crop_of
from pleura.deploy.inputs import Image, see
from pleura.deploy.lung_masker import VERSION as LUNGS
from pleura.deploy.lung_masker import is_doubtful, name_of, usual_lungs
from pleura.deploy.mask_quality import Usual
from pleura.deploy.segmenter import PredictedMask, Segmenter, load_segmenter
from pleura.deploy.weights import DIGEST, WEIGHTS
from pleura.errors import InputError
from pleura.files import digest_file, digest_of, write_atomically
from pleura.wording import count

MASKER = {FILE: "card_sha256", WEIGHTS: DIGEST}
"""Files of the masker, which the folder of a model keeps below `CROP`, and what the model's card
calls the digest of each."""
KEPT = "masker"  # where a study keeps the masker by which its images are cropped, as it was then


@dataclass(frozen=True)
class LungFinder:
    """Finds what is seen of an image: `usual` are the masker's lungs by their number, from 1."""

    segmenter: Segmenter
    usual: Mapping[int, Usual]
    crop: LungCrop

    @classmethod
    def load(cls, masker: Path, crop: LungCrop, full_range: Any) -> "LungFinder":
        """By the model in the folder `masker`, for images of which `full_range` says what is black
        and white. Raises InputError for a model that finds no lungs."""
        segmenter = load_segmenter(masker)
        usual = usual_lungs(segmenter, masker)
        # What their values mean is known of the images, not of the masker's.
        card = {**segmenter.card, KEY: full_range}
        return cls(replace(segmenter, card=card), usual, crop)

    def region(self, prediction: PredictedMask, size: int) -> Region:
        """What is seen of an image of which the masker says a `prediction`."""
        return region_of(np.isin(prediction.mask(), list(self.usual)), self.crop, size)

    def __call__(self, image: Image, size: int, full_range: Range | None) -> Region:
        """What is seen of an image in a square of `size` pixels. Raises as `see` does, and
        ReadError for an image of which the masker does not see all."""
        seen = see(image, self.segmenter.card, full_range)
        if self.overlooks(seen.width, seen.height):
            raise ReadError(
                "the array" if isinstance(image, np.ndarray) else str(image),
                "is not square, and of such an image the lung masker of this model sees the "
                "centred square alone (fit: crop); a masker trained with data.fit: pad sees all",
            )
        (given,), (mirrored,) = self.segmenter.probabilities([seen.square])
        fit = self.segmenter.card["fit"]
        return self.region(PredictedMask(given, mirrored, seen.width, seen.height, fit), size)

    def overlooks(self, width: int, height: int) -> bool:
        """Whether the masker does not see all of an image: a pixel of its own or more at two edges.
        What it does not see it takes for no lung."""
        size, fit = self.segmenter.card["size"], self.segmenter.card["fit"]
        (left, top, right, bottom), _ = placing(width, height, size, fit)
        unseen = max(left, top, width - right, height - bottom)
        return bool(unseen * size >= right - left)


def find_regions(
    manifest: Manifest,
    bank: Bank,
    masker: Path,
    crop: LungCrop,
    folder: Path,
    progress: Progress = lambda done, of: None,
) -> LungRegions:
    """What is seen of each image of a bank, by the model in the folder `masker`; kept in a file
    below `folder`, with the masker itself: its own folder may hold another one later.

    Raises InputError for a model that finds no lungs, or does not see all of the images, ReadError
    for an image that cannot be read.
    """
    kept = folder / KEPT
    keep_masker(masker, kept)
    finder = LungFinder.load(kept, crop, bank.full_range)
    sides = zip(bank.info["width"].tolist(), bank.info["height"].tolist(), strict=True)
    if overlooked := sum(finder.overlooks(*each) for each in sides):
        raise InputError(
            f"data.lungs.crop: of images that are not square the masker {masker} sees the centred "
            "square alone (fit: crop), and lungs beside it would be cut off; such are "
            f"{count(overlooked, 'image')} of {len(bank):,}; train the masker with "
            "--set data.fit=pad, and name it under data.lungs.masker"
        )
    digests = list(_digests(kept).values())
    content = {"versions": [VERSION, LUNGS], "model": digests, "bank": bank.key}
    file = folder / f"{digest_of({**content, 'margin': crop.margin})[:16]}.npz"
    read = _read(file, len(bank), bank.size)
    if read is None:
        regions, doubtful = list[Region](), np.zeros(len(bank), dtype=np.bool_)
        images = manifest.table["image"].tolist()
        for i, prediction in enumerate(finder.segmenter.predictions(images)):
            if isinstance(prediction, ReadError):
                raise prediction
            regions.append(finder.region(prediction, bank.size))
            doubtful[i] = is_doubtful(prediction, finder.usual)
            progress(i + 1, len(images))
        boxes = np.array([region.box for region in regions])
        masks = np.packbits(np.stack([region.lungs for region in regions]))
        found = np.array([region.found for region in regions])
        keep_arrays(file, boxes=boxes, masks=masks, found=found, doubtful=doubtful)
        read = regions, doubtful
    seen, unusual = read
    return LungRegions(crop, seen, unusual, name_of(masker))


def _read(path: Path, n: int, size: int) -> tuple[list[Region], Any] | None:
    """The regions and doubts in a file, or None where it is missing or damaged."""
    pixels = n * size * size
    kept = kept_arrays(path, boxes=(n, 4), masks=(-(-pixels // 8),), found=(n,), doubtful=(n,))
    if kept is None:
        return None
    masks = np.unpackbits(kept["masks"], count=pixels).astype(np.bool_).reshape(n, size, size)
    each = zip(kept["boxes"].tolist(), masks, kept["found"].tolist(), strict=True)
    return [Region(tuple(box), mask, found) for box, mask, found in each], kept["doubtful"]


def crop_in_card(masker: Path, crop: LungCrop) -> dict[str, Any]:
    """What the card of a model tells of how its images are cropped, and by which `masker`."""
    return {**asdict(crop), **_digests(masker)}


def _digests(masker: Path) -> dict[str, str]:
    return {digest: digest_file(masker / name) for name, digest in MASKER.items()}


def keep_masker(masker: Path, home: Path) -> None:
    """Copy the files of a `masker` into the folder `home`."""
    home.mkdir(parents=True, exist_ok=True)
    for name in MASKER:
        with write_atomically(home / name) as temporary:
            shutil.copyfile(masker / name, temporary)


def finder_of(folder: Path, card: Mapping[str, Any]) -> LungFinder | None:
    """What finds the lungs for the model of a `card` in its `folder`; None for a model that sees
    whole images. Raises InputError where its masker is gone or damaged."""
    crop = crop_of(card)
    if crop is None:
        return None
    try:
        if not _digests(folder / CROP).items() <= card[CROP].items():
            raise InputError("it is another one than in training")
        return LungFinder.load(folder / CROP, crop, card.get(KEY))
    except OSError as error:
        raise InputError(
            f"{folder / CROP}: the lung masker by which this model sees images is gone; {CURE}"
        ) from error
    except InputError as error:
        raise InputError(
            f"{folder}: this model sees images cropped to their lungs, and its lung masker cannot "
            f"be used: {error.heading}; {CURE}",
            error.problems,
        ) from error


def refuse_cropped(card: Mapping[str, Any], what: str) -> None:
    """Raise InputError for a model that sees images cropped to their lungs, where `what` is made
    would see whole ones."""
    if CROP in card:
        raise InputError(
            f"{what}: this model sees images cropped to the lungs that its lung masker finds, and "
            "only the network itself would be handed over; give the folder `best` as a whole, with "
            "the masker in it, to those who have pleura (pleura predict, evaluate, serve)"
        )
