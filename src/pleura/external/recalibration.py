"""Which of the new patients fit a recalibration, and which judge it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.draw import draw_share, rarest_labels
from pleura.data.manifest import Manifest
from pleura.randomness import seed_of

RECALIBRATION = "recalibration"  # the column that says which
FITS, JUDGES = "fits", "judges"  # patients who fit the recalibration, and all others
LEAST = 5  # patients of each class, on either side


@dataclass(frozen=True)
class Drawn:
    """The `side` of each image (n,), `fits` or `judges`, all "" where nothing is recalibrated; the
    `share` of the patients who fit, 0 then; and why (`why_not`), "" where it is."""

    side: NDArray[np.str_]
    share: float
    why_not: str = ""


def draw_recalibration(manifest: Manifest, share: float, seed: int) -> Drawn:
    """Draw by the `seed` about `share` of the patients of each class to fit a recalibration; all
    others judge it. A patient is on one side with all images.

    Nothing is drawn where the share is 0, where a class has too few patients for both sides, and
    where the draw leaves a side without a class.
    """
    nobody = np.full(len(manifest), "")
    if not share:
        return Drawn(nobody, 0.0, "not asked for")
    fewest = min(len(set(manifest.groups[of])) for of in manifest.members.values())
    needed = int(np.ceil(LEAST / min(share, 1 - share)))
    if fewest < needed:
        return Drawn(
            nobody,
            0.0,
            f"too few patients: the scarcest class has {fewest}, and {needed} are needed so that "
            f"{LEAST} fit it and {LEAST} judge it",
        )
    groups = manifest.groups
    rng = np.random.default_rng(seed_of("recalibration", seed))
    fitting = draw_share(rarest_labels(groups, _strata(manifest)), share, rng)
    side = np.where(np.isin(groups, fitting), FITS, JUDGES)
    for name, of in manifest.members.items():
        if len(set(side[of])) < 2:
            why_not = f"among some of the patients drawn there would be no {name}"
            return Drawn(nobody, 0.0, why_not)
    return Drawn(side, share)


def _strata(manifest: Manifest) -> NDArray[np.int64]:
    labels = manifest.single_labels
    return np.where(labels < 0, labels.max() + 1, labels)


def recalibrating(table: pd.DataFrame) -> pd.DataFrame:
    """The table as a calibration reads it: patients who fit it as its validation part, the others
    as its test part."""
    parts: Mapping[str, str] = {FITS: "validation", JUDGES: "test"}
    here = table[table[RECALIBRATION].isin([*parts])]
    return here.assign(part=here[RECALIBRATION].map(parts))
