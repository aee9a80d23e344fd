"""The images that are checked: those of a table, a folder or an archive, or of a study file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from pleura.data.audit import merged
from pleura.data.clips.settings import Frames
from pleura.data.findings_rule import FindingsRule
from pleura.data.lung_regions import COLUMN, Lungs, given_lungs
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.data.names import word_key
from pleura.data.readers.decoded import Range
from pleura.data.spelling import labels_apart
from pleura.data.tables import read_cells
from pleura.errors import InputError, refuse
from pleura.study.context import Progress
from pleura.study.new.columns import own_columns
from pleura.study.new.target import FINDINGS, NO_FINDING, find_target
from pleura.study.section_reader import BANK, Announce, Images, Reader, Wanted
from pleura.study.sections import Data
from pleura.study.study_files import read_study
from pleura.tasks.findings.study import FindingsData
from pleura.wording import absence, first_few

SIZE = 96  # pixels; what tells one image from another is seen there
NAMED = 10  # findings that are announced
OF_A_CLIP = 4  # frames, of a table that says not which are seen
STUDY_FILES = (".yaml", ".yml")


class _EveryImage(FindingsData):
    """Images with findings, all of them: those too of which no finding is known."""

    def labelled(self, manifest: Manifest) -> Manifest:
        """With findings as classes."""
        from pleura.data.findings import with_findings

        return with_findings(manifest, self.findings, every=True)


def read_images(
    table: Path,
    out: Path,
    columns: Mapping[str, str],
    *,
    image_is_patient: bool,
    size: int,
    progress: Progress,
    announce: Announce,
    full_range: Range | None = None,
) -> Images:
    """The manifest and the bank, below `out`, of whatever `table` is, with all that is wrong with
    them.

    Columns, and the findings that some of them say or that stand between bars in the labels, are
    found as for a new study. Labels may be missing; where there is none at all, the manifest is not
    `labelled`, and where there is one for some images only, that of the others is -1. Of a study
    file everything is as it says, and patients whom it merges are one. Raises InputError where no
    table can be made.
    """
    reader = Reader(out, progress, announce)
    if full_range is not None and full_range[0] >= full_range[1]:
        raise InputError("--full-range: black comes first and is the smaller value, such as 0 4095")
    if table.suffix.lower() in STUDY_FILES:
        given = {
            "--column": columns,
            "--image-is-patient": image_is_patient,
            "--full-range": full_range is not None,
        }
        here = [option for option, value in given.items() if value]
        refuse(f"{table}: a study file says this itself, under data:; change it there.", here)
        study = read_study(table)
        manifest, bank = reader.unchecked(study.data, Wanted.by(study))
        return (merged(manifest, bank) if study.data.same_image == "merge" else manifest), bank
    cells = read_cells(table, None)[0]
    own = own_columns(table, cells, columns)
    taken = [f"{ours} {theirs!r}" for ours, theirs in own.items() if ours != theirs]
    if taken:
        announce(f"columns: {', '.join(taken)}")
    section = {
        "manifest": table.resolve(),
        "columns": {ours: theirs for ours, theirs in own.items() if ours != theirs},
        "image_is_patient": image_is_patient,
        "size": size,
        "full_range": full_range,
        "frames": Frames(number=OF_A_CLIP, sector=False),
    }
    findings = _findings(table, cells.table, own)
    data = _EveryImage(**section, findings=findings) if findings else Data(**section)
    if findings:
        announce(f"findings: {first_few(findings.columns, NAMED)}")
    try:
        manifest, bank = reader.unchecked(data, Wanted(labelled=False))
    except InputError as error:
        if "image_is_patient" in str(error):
            raise InputError(
                f"{error}\n  - here that is --column patient=NAME, or --image-is-patient"
            ) from error
        raise
    return (manifest if findings else labelled(manifest)), bank


def _findings(table: Path, cells: pd.DataFrame, own: Mapping[str, str]) -> FindingsRule | None:
    """How the cells say which findings images have, as a new study takes them; None where they say
    none. Of names that differ in spelling only the first counts, and what stands for the absence
    of findings is none."""
    try:
        target = find_target(table, cells, own)
    except InputError:  # one label, none, or some that may have an order: classes, or nothing
        return None
    if target.task != FINDINGS:
        return None
    absent = {word_key(NO_FINDING), *(word_key(absence(name)) for name in target.names)}
    names = {word_key(name): name for name in reversed(target.names)}
    kept = [name for key, name in names.items() if key not in absent]
    if not kept:
        return None
    try:
        return FindingsRule(
            names=[name for name in target.names if name in kept],
            separator=target.separator or None,
        )
    except ValidationError:  # names that no page shows, such as those of more than 80 letters
        return None


def labelled(manifest: Manifest) -> Manifest:
    """A manifest that was read without regard to its labels, with those that it has, and with a
    problem for labels that differ in spelling only."""
    classes = tuple(name for name in manifest.classes if name != UNLABELLED)
    if not classes:
        return manifest
    labels = manifest.table["label"].replace(UNLABELLED, "")
    apart = labels_apart(labels, manifest.describe, None, {})
    problems = (*manifest.problems, *apart)
    return replace(manifest, classes=classes, labelled=True, problems=problems)


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
