"""`pleura data check`: a table of images, or somebody's split of it, as a page and a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pleura.check.clues import clue_areas, clue_findings, no_areas
from pleura.check.images import SIZE, lungs_of, read_images
from pleura.check.judged import judged_labels
from pleura.check.lettering import WHAT, find_lettering
from pleura.check.listed import gaps
from pleura.check.page import render
from pleura.check.sought import sought
from pleura.check.split import across, parts_of, read_split
from pleura.check.unfit import unfit, unseen_images
from pleura.check.verdict import Checked, consequence, verdict
from pleura.data.audit.collection import Collection
from pleura.data.audit.cut_bits import cut_note
from pleura.data.audit.detectors import DETECTORS
from pleura.data.audit.table import table_of
from pleura.data.bank import Bank
from pleura.data.readers.decoded import Range
from pleura.data.sources.places import table_at
from pleura.errors import InputError
from pleura.files import write_text
from pleura.study.context import Progress, quiet
from pleura.study.section_reader import Announce, Images
from pleura.tables import AUDIT, write_table

PAGE = "audit.html"
STOPPED, TO_MERGE = 3, 4  # exit codes; 1 and 2 are those of errors


@dataclass(frozen=True)
class Check:
    """A finished check: the `page` and the `table` that it wrote, and what it found."""

    page: Path
    table: Path
    checked: Checked

    def __str__(self) -> str:
        """The counts by kind, and where page and table are."""
        lines = [verdict(self.checked)]
        for kind, of in self.checked.by_kind.items():
            lines.append(f"  {kind}: {len(of):,}{consequence(of)}")
        return "\n".join([*lines, f"page: {self.page}", f"table: {self.table}"])

    @property
    def exit_code(self) -> int:
        """That of the command: 0 where nothing stops a study, 3 where something stops every study,
        4 where only such stops one as `same_image: merge` mends."""
        findings = self.checked.findings
        if any(finding.stops for finding in findings):
            return STOPPED
        return TO_MERGE if any(finding.leak for finding in findings) else 0


def check_table(
    table: str | Path,
    out: str | Path,
    *,
    columns: Mapping[str, str] = {},
    split: str | Path | None = None,
    image_is_patient: bool = False,
    full_range: Range | None = None,
    size: int = SIZE,
    progress: Progress = quiet,
    announce: Announce = quiet,
) -> Check:
    """Check the images of a table (anything that a study reads, `public:NAME` too, or a study file)
    and write `audit.html` and `audit.csv` into the folder `out`.

    `columns` maps our names of columns to the file's. With `split`, a table of which image or
    patient is in which part, only what stands on both sides is looked for. `full_range` gives the
    stored values that are black and white in images of more than 8 bits. `size` is the side in
    pixels at which images are looked at. Raises InputError where there is no table of images, where
    no part of these is in the split, or where that holds several splits, such as one a fold.

    >>> check = check_table("images.csv", "checks/images")
    >>> check.page.name
    'audit.html'
    """
    path, folder = table_at(Path(table), Path()), Path(out).resolve()
    if (folder / "study.yaml").is_file():
        raise InputError(f"{out}: a study's folder, which has an audit of its own; give another")
    images = read_images(
        path,
        folder,
        columns,
        image_is_patient=image_is_patient,
        full_range=full_range,
        size=size,
        progress=progress,
        announce=announce,
    )
    if split is None:
        checked = _check_all(images, folder, progress)
    else:
        checked = _check_split(images, Path(split), announce)
    name = f"{path.resolve().parent.name}/{path.name}"
    if split is not None:
        name = f"{Path(split).name} of {name}"
    write_table(folder / AUDIT, table_of(checked.findings, images[0]))
    write_text(folder / PAGE, render(checked, name))
    return Check(folder / PAGE, folder / AUDIT, checked)


def _check_split(images: Images, split: Path, announce: Announce) -> Checked:
    manifest, bank = images
    theirs = read_split(split, manifest)
    announce(theirs.told)
    collection = Collection(manifest, bank, parts=theirs.parts.astype(np.str_))
    findings = [*unfit(manifest, bank), *theirs.findings, *across(collection, images=True)]
    looked = ["Patients, clips and images, the same or as good as the same, in two parts."]
    missed = gaps(theirs.parts, collection.readable, manifest.groups.tolist())
    told = [theirs.told, *cut_note(manifest, bank.info)]
    untold = "; ".join([*[theirs.untold] * bool(theirs.untold), *missed])
    return Checked(manifest, bank, findings, no_areas(), looked, told, untold=untold)


def _check_all(images: Images, folder: Path, progress: Progress) -> Checked:
    manifest, bank = images
    parts = parts_of(manifest)
    named = None if parts is None else parts.astype(np.str_)
    judged = judged_labels(manifest)
    collection = Collection(manifest, bank, parts=named, judged=judged.manifest)
    findings = list(unfit(manifest, bank))
    unseen = [*unseen_images(findings, bank), *judged.unseen]
    for number, detector in enumerate(DETECTORS):
        progress(detector.name, number, len(DETECTORS), {})
        findings += detector.find(collection)
    lettering = find_lettering(manifest, bank, progress)
    findings += lettering.findings
    if parts is not None:
        findings += across(collection, images=False)
    threads = torch.get_num_threads()
    lungs = lungs_of(images, folder)
    areas = clue_areas(judged.manifest, bank, lungs, threads=threads, progress=progress)
    findings += clue_findings(areas, judged.widest(manifest))
    what = sought(DETECTORS, collection, areas)
    looked, unseen = [*what.looked, WHAT], [*unseen, *what.unseen]
    notes = [*manifest.notes, *cut_note(manifest, bank.info), _seen(bank), lettering.told]
    return Checked(manifest, bank, findings, areas, looked, notes, unseen=unseen)


def _seen(bank: Bank) -> str:
    """How much of the images was looked at for all but letters."""
    square = "the middle square of each image" if bank.fit == "crop" else "each image"
    return f"looked at for all but letters: {square}, at {bank.size} x {bank.size} pixels"
