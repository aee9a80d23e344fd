"""The tables of groups of images and patients that a study leaves in its folder."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.ages import age_groups
from pleura.data.manifest import Manifest
from pleura.data.subgroups import subgroups_of
from pleura.evaluate.shares import shares_by, unknown_by
from pleura.study.context import Context
from pleura.study.demographics import demographics
from pleura.study.study_base import StudyBase
from pleura.tables import BY_POLICY, DEMOGRAPHICS, LABEL, SHARES, SUBGROUPS, write_table

PART = "part"  # the column of those that train or validate, and those that test
COLUMNS = ("source", "site", "view")  # of every manifest that has them
Groups = Iterator[tuple[str, NDArray[np.object_]]]


def write_groups(study: StudyBase, context: Context) -> None:
    """Write the subgroups of each image, who the patients are by part, the shares of classes and of
    unknown labels by groups of patients, and what a policy made of the labels of images that test;
    a table that would be empty is not there, and that of another plan goes."""
    manifest = context.manifest
    groups = subgroups_of(manifest, study.subgroup_columns).table
    named = pd.DataFrame({"image": _names(manifest), "patient": manifest.groups})
    tables = {
        SUBGROUPS: pd.DataFrame() if groups.columns.empty else pd.concat([named, groups], axis=1),
        SHARES: _shares(study, context),
        DEMOGRAPHICS: demographics(study, context),
        BY_POLICY: by_policy(manifest, context.split.tested),
    }
    for name, table in tables.items():
        if table.empty:
            (context.out / name).unlink(missing_ok=True)
        else:
            write_table(context.out / name, table)


def by_policy(manifest: Manifest, rows: NDArray[np.int64]) -> pd.DataFrame:
    """The images at `rows` of which a policy, and nobody who saw them, says whether some finding is
    there: `image`, and a column a finding with 1, 0, or nothing where it is no policy that says so.

    Without rows where there is no such image.
    """
    unknowns = manifest.unknowns
    if unknowns is None or not manifest.has_findings:
        return pd.DataFrame()
    row_of = {image: row for row, image in enumerate(unknowns.table["image"])}
    at = [row_of[image] for image in manifest.table["image"].iloc[rows]]
    decided = unknowns.open[at] & (manifest.labels[rows] >= 0)
    some = decided.any(axis=1)
    labels = pd.DataFrame(
        manifest.labels[rows][some], columns=[f"{LABEL}{name}" for name in manifest.classes]
    )
    labels = labels.astype("Int64").where(decided[some])
    labels.insert(0, "image", manifest.names(rows[some]))
    return labels


def _names(manifest: Manifest) -> list[str]:
    return manifest.names(range(len(manifest)))


def _shares(study: StudyBase, context: Context) -> pd.DataFrame:
    """The shares of classes, then those of what is not known, each by every column."""
    manifest = context.manifest
    tables = []
    if manifest.labelled and not manifest.number:
        of = manifest.labels, manifest.classes, manifest.groups
        tables.append(shares_by(*of, dict(_groups(study, context, manifest))))
    if unknowns := manifest.unknowns:
        merged = manifest.merged_patients
        patients = [merged.get(name, name) for name in unknowns.table["patient"]]
        every = replace(manifest, table=unknowns.table.assign(patient=patients), targets=None)
        names, unknown = unknowns.distinct
        groups = {**age_groups(every), **dict(_groups(study, context, every))}
        telling = {
            name: of for name, of in groups.items() if name not in names and unknown[of != ""].any()
        }
        tables.append(unknown_by(unknown, names, every.groups, telling))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _groups(study: StudyBase, context: Context, manifest: Manifest) -> Groups:
    """The group of each image of a manifest, (n,) text, by the part where there are no folds, and
    by columns; images that the study leaves out are in no part."""
    table = manifest.table
    if context.split.folds == 1:
        fraction = max(study.fractions)
        parts = context.split.parts(0, study.seeds_at(fraction)[0], fraction)
        learned = np.concatenate([parts.train, parts.validation])
        part_of = dict.fromkeys(context.manifest.names(learned), "train")
        part_of |= dict.fromkeys(context.manifest.names(parts.test), "test")
        yield PART, np.array([part_of.get(name, "") for name in _names(manifest)], dtype=object)
    subgroups = subgroups_of(manifest, study.subgroup_columns).table
    for name in COLUMNS:
        if name not in subgroups:
            yield name, table[name].to_numpy(dtype=object)
    for column in map(str, subgroups):
        yield column, subgroups[column].to_numpy(dtype=object)
