"""The images that are checked: those of a table, a folder or an archive, or of a study file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pleura.data.audit import merged
from pleura.data.clips.settings import Frames
from pleura.data.lung_regions import COLUMN, Lungs, given_lungs
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.errors import InputError, refuse
from pleura.study.context import Progress
from pleura.study.section_reader import BANK, Announce, Images, Reader, Wanted
from pleura.study.sections import Data
from pleura.study.study_files import read_study

SIZE = 96  # pixels; what tells one image from another is seen there
OF_A_CLIP = 4  # frames, of a table that says not which are seen
STUDY_FILES = (".yaml", ".yml")


def read_images(
    table: Path,
    out: Path,
    columns: Mapping[str, str],
    *,
    image_is_patient: bool,
    size: int,
    progress: Progress,
    announce: Announce,
) -> Images:
    """The manifest and the bank, below `out`, of whatever `table` is, with all that is wrong with
    them.

    Labels may be missing; where there is none at all, the manifest is not `labelled`, and where
    there is one for some images only, that of the others is -1. Of a study file everything is as it
    says, and patients whom it merges are one. Raises InputError where no table can be made.
    """
    reader = Reader(out, progress, announce)
    if table.suffix.lower() in STUDY_FILES:
        study = read_study(table)
        manifest, bank = reader.unchecked(study.data, Wanted.by(study))
        return (merged(manifest, bank) if study.data.same_image == "merge" else manifest), bank
    data = Data(
        manifest=table.resolve(),
        columns=dict(columns),
        image_is_patient=image_is_patient,
        size=size,
        frames=Frames(number=OF_A_CLIP, sector=False),
    )
    try:
        manifest, bank = reader.unchecked(data, Wanted(labelled=False))
    except InputError as error:
        if "image_is_patient" in str(error):
            raise InputError(
                f"{error}\n  - here that is --column patient=NAME, or --image-is-patient"
            ) from error
        raise
    return labelled(manifest), bank


def labelled(manifest: Manifest) -> Manifest:
    """A manifest that was read without regard to its labels, with those that it has."""
    classes = tuple(name for name in manifest.classes if name != UNLABELLED)
    return replace(manifest, classes=classes, labelled=True) if classes else manifest


def lungs_of(images: Images, out: Path) -> Lungs | None:
    """The lungs of the images that have a lung mask; None where there is none."""
    manifest, bank = images
    if not (manifest.table[COLUMN] != "").any():
        return None
    return given_lungs(manifest, bank, np.arange(len(manifest)), out / BANK / "lungs")


def columns_of(pairs: Sequence[str]) -> dict[str, str]:
    """Columns from texts such as `patient=patient_id`: ours, then the file's. Raises InputError."""
    wrong = [pair for pair in pairs if "=" not in pair]
    refuse("--column: our name, =, the file's, such as patient=patient_id.", wrong)
    return {ours.strip(): theirs.strip() for ours, _, theirs in (p.partition("=") for p in pairs)}
