"""Groups of ages of patients, where a table has them and nobody has said where to cut."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.columns import is_age
from pleura.data.manifest import Manifest
from pleura.data.numbers import ranges_of
from pleura.data.subgroups import UNKNOWN


def age_groups(manifest: Manifest) -> Mapping[str, NDArray[np.object_]]:
    """The group (n,) of each image by each column of ages: three ranges with about as many images
    each, fewer where ages are few, and `UNKNOWN` where a cell holds no number of years.

    Years may stand before a `Y`, as in DICOM. A column without two different ages is left out.
    """
    by_column = {}
    for column in filter(is_age, map(str, manifest.table)):
        years = pd.to_numeric(manifest.table[column].str.rstrip("Yy "), errors="coerce")
        ages = years.to_numpy(dtype=np.float64)
        finite = np.isfinite(ages)
        if len(np.unique(ages[finite])) > 1:
            names, of = ranges_of(ages[finite])
            groups = np.full(len(ages), UNKNOWN, dtype=object)
            groups[finite] = [names[at] for at in of]
            by_column[column] = groups
    return by_column
