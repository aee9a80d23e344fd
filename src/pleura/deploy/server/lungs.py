"""Outlines of lungs on the pictures of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pleura.data.depth import KEY
from pleura.data.mask_bank import fit_mask
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Range
from pleura.data.shortcut_settings import CROP
from pleura.deploy.explain import SIDE
from pleura.deploy.lung_masker import usual_lungs
from pleura.deploy.mask_quality import Usual
from pleura.deploy.package import Model
from pleura.deploy.predictor import Frame
from pleura.deploy.segmenter import Segmenter, load_segmenter
from pleura.deploy.title import title_of
from pleura.errors import InputError
from pleura.evaluate.overlay import outline


@dataclass(frozen=True)
class Outlines:
    """A model that segments lungs, called `name`, beside the model that is asked. `usual` is by the
    number of each lung."""

    segmenter: Segmenter
    usual: dict[int, Usual]
    name: str

    def of(
        self, model: Model, frames: Sequence[Frame], full_range: Range | None
    ) -> list[tuple[str, bool]]:
        """The lungs of each frame as the path of an SVG of 448 pixels a side, "" where none are
        found, and whether they look unusual.

        Raises ReadError for a frame that the segmenter cannot read.
        """
        known = full_range or model.card.get(KEY)  # what the values of these images mean
        segmenter = replace(self.segmenter, card={**self.segmenter.card, KEY: known})
        found = []
        images = [frame.image for frame in frames]
        for given in segmenter.predictions(images, full_range=full_range):
            if isinstance(given, ReadError):
                raise given
            whole = given.mask()
            square = fit_mask(whole, given.width, given.height, SIDE, model.card["fit"])
            doubtful = any(mine.judge(given, lung)[1] for lung, mine in self.usual.items())
            found.append((outline(np.isin(square, list(self.usual)), SIDE), doubtful))
        return found


def load_outlines(place: Path, model: Model) -> Outlines:
    """The masker in the folder `place`, for the images that `model` sees.

    Raises InputError for what is no masker of lungs, where the model sees ultrasound sectors,
    which are no chest X-rays, and where it sees images that are cropped to their lungs.
    """
    if (model.card.get("frames") or {}).get("sector"):
        raise InputError(
            "--masker: this model sees the sectors of lung ultrasound, and a masker finds lungs on "
            "chest X-rays; leave it out"
        )
    if CROP in model.card:
        raise InputError(
            "--masker: this model sees images cropped to their lungs by a masker of its own, and "
            "outlines are drawn on whole ones; leave it out"
        )
    segmenter = load_segmenter(place)
    return Outlines(segmenter, usual_lungs(segmenter, place), title_of(place, segmenter.card))
