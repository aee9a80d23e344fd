"""Who the patients of a study are, by part: sex, age, source and the like, where known."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.ages import age_groups
from pleura.data.columns import recorded
from pleura.data.names import is_nothing
from pleura.data.subgroups import UNKNOWN, subgroups_of
from pleura.study.context import Context
from pleura.study.study_base import StudyBase

COLUMNS = ("source", "site", "view")
RECORDED = ("sex", "manufacturer")
NO_LONGER = 30  # groups; a column with more of them tells no group of patients


def demographics(study: StudyBase, context: Context) -> pd.DataFrame:
    """Patients and images by `column`, `group` and `part`, of the first seed and fold at the
    largest fraction, and clips where some image is a frame of one; without rows where no column
    tells who they are."""
    fraction = max(study.fractions)
    parts = context.split.parts(0, study.seeds_at(fraction)[0], fraction).by_name
    patients, videos = context.manifest.groups, context.manifest.table["video"].to_numpy()
    rows = [
        (column, group, part, len({*patients[at]}), len(at), len({*videos[at]} - {""}))
        for column, groups in _grouped(study, context)
        for group in sorted(set(groups), key=lambda name: (name == UNKNOWN, name))
        for part, mine in parts.items()
        if len(at := mine[groups[mine] == group])
    ]
    names = ["column", "group", "part", "patients", "images", "clips"]
    table = pd.DataFrame(rows, columns=names)
    return table if (videos != "").any() else table.drop(columns="clips")


def _grouped(study: StudyBase, context: Context) -> Iterator[tuple[str, NDArray[np.object_]]]:
    """Each column with the group (n,) of each image; where the study names cuts, by these."""
    manifest = context.manifest
    header = [*map(str, manifest.table)]
    every = {name: manifest.table[name] for name in header if recorded(name) in RECORDED}
    every |= {name: pd.Series(groups) for name, groups in age_groups(manifest).items()}
    every |= {name: manifest.table[name] for name in COLUMNS if name in header}
    by_column = subgroups_of(manifest, study.subgroup_columns).table
    every |= {str(name): groups for name, groups in by_column.items()}
    for name, cells in every.items():
        groups = cells.map(lambda cell: UNKNOWN if is_nothing(cell) else cell)
        known = set(groups) - {UNKNOWN}
        if known and len(known) <= NO_LONGER:
            yield str(name), groups.to_numpy(dtype=object)
