"""The tables of groups of images and patients that a study leaves in its folder."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.subgroups import subgroups_of
from pleura.evaluate.shares import shares_by
from pleura.study.context import Context
from pleura.study.study_base import StudyBase
from pleura.tables import SHARES, SUBGROUPS, write_table

PART = "part"  # the column of those that train or validate, and those that test
COLUMNS = ("source", "site", "view")  # of every manifest that has them


def write_groups(study: StudyBase, context: Context) -> None:
    """Write the subgroups of each image, and the shares of classes and of unknown labels by groups
    of patients; a table that would be empty is not there, and that of another plan goes."""
    manifest = context.manifest
    groups = subgroups_of(manifest, study.subgroup_columns).table
    images = manifest.names(range(len(manifest)))
    named = pd.DataFrame({"image": images, "patient": manifest.groups})
    by_group = pd.DataFrame()
    if manifest.labelled and np.issubdtype(manifest.labels.dtype, np.integer):
        every = dict(_groups(study, context, groups))
        by_group = shares_by(manifest.labels, manifest.classes, manifest.groups, every)
    tables = {SUBGROUPS: pd.concat([named, groups], axis=1), SHARES: by_group}
    for name, wanted in ((SUBGROUPS, not groups.columns.empty), (SHARES, not by_group.empty)):
        if wanted:
            write_table(context.out / name, tables[name])
        else:
            (context.out / name).unlink(missing_ok=True)


def _groups(
    study: StudyBase, context: Context, subgroups: pd.DataFrame
) -> Iterator[tuple[str, NDArray[np.object_]]]:
    """The group of each image, (n,) text, by the part where there are no folds, and by columns."""
    table = context.manifest.table
    if context.split.folds == 1:
        fraction = max(study.fractions)
        parts = context.split.parts(0, study.seeds_at(fraction)[0], fraction)
        of_image = np.full(len(table), "", dtype=object)
        of_image[parts.train] = of_image[parts.validation] = "train"
        of_image[parts.test] = "test"
        yield PART, of_image
    for name in COLUMNS:
        if name not in subgroups:
            yield name, table[name].to_numpy(dtype=object)
    for column in map(str, subgroups):
        yield column, subgroups[column].to_numpy(dtype=object)
