"""Refuses what makes a comparison worthless if it is not seen: images that cannot be read, that
stand there twice, or that have two labels."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.data.addresses import why_missing
from pleura.data.alike import Twins, find_twins
from pleura.data.audit.cut_bits import cut_note
from pleura.data.bank import Bank
from pleura.data.blank import blank_images
from pleura.data.depth import dark, deep, depth_note, range_advice
from pleura.data.manifest import Manifest
from pleura.data.readers import NO_SUCH_FILE
from pleura.data.spelling import CURE
from pleura.errors import InputError
from pleura.wording import how_often

NAMED = 3
PIXELS, IMAGE = "same pixels", "same image"
Same = tuple[str, NDArray[np.int64], str]  # what they share, rows, and the end of the message


def check(
    manifest: Manifest, bank: Bank, *, same_image: Literal["refuse", "merge"] = "refuse"
) -> Manifest:
    """Return the manifest if it and its images are sound; `bank` holds its images, in its order.

    Two images are the same if their pixels in the bank are equal. If they are of two patients, they
    are also the same if they are as good as equal, mirrored or not (`pleura.data.alike`). The same
    image under two patients is refused, or makes them one patient with `same_image="merge"`. Under
    two labels it is always refused, unless labels only stratify. Twice of one patient it is noted,
    where the pixels are equal. Blank images are named and are no one's image. Raises one
    `InputError` with every problem of the table and of the images.
    """
    errors = bank.info["error"].to_numpy(dtype=object)
    problems = [*manifest.problems]
    # A missing file is found in the table, where its cause may be told, and again by the bank.
    missing = {problem.partition(NO_SUCH_FILE)[0] for problem in problems}
    for row in map(int, np.flatnonzero(errors != "")):
        where = f"{manifest.describe(row)}: "
        if errors[row] != NO_SUCH_FILE or where not in missing:
            problems.append(where + errors[row])
    repeated = shared = contradictions = 0
    blank = blank_images(bank)
    sets = _same(manifest, bank, blank)
    for what, same, more in sets:
        if manifest.labelled and manifest.contradict(same):
            contradictions += 1
            problems.append(f"{what} under two labels: {_name(manifest, same, 'label')}{more}")
        if len(set(manifest.groups[same])) == 1:
            repeated += len(same) - 1 if what == PIXELS else 0
        elif same_image == "refuse":
            shared += 1
            problems.append(f"{what} under two patients: {_name(manifest, same, 'patient')}{more}")
    misfits = deep(bank.info) & (errors != "")
    told = isinstance(bank.full_range, tuple)
    if not told and not misfits.any() and (darkness := dark(bank.info)):
        problems.append(darkness)
        misfits = deep(bank.info)
    if problems:
        cure = f" {range_advice(bank.info)}" if misfits.any() else ""
        if ((errors != "") & ~misfits).any():
            cure += " Replace images that cannot be read, or take their rows out."
        if shared:
            cure += " same_image: merge under data: makes one patient of those who share an image."
        if contradictions:
            cure += (
                " An image under two labels: mend the label in the table, or leave one of the rows "
                "out, as with where: {image: '!*NAME.png'} under data:."
            )
        if manifest.respelled:
            cure += f" {CURE}"
        unique = sorted(dict.fromkeys(problems), key=_first_row)
        heading = f"{manifest.origin}: not fit for a study as it is.{cure}"
        gone = np.flatnonzero(errors == NO_SUCH_FILE)
        if 2 * len(gone) > len(manifest):
            one = manifest.table["image"][int(gone[0])]
            why = (
                "Their folder has probably moved: paths in the manifest start from its own folder."
            )
            heading = (
                f"{manifest.origin}: {len(gone)} of {len(manifest)} images are not there, such as "
                f"{one}{why_missing(one)}. {'' if why_missing(one) else why}"
            ).rstrip()
        raise InputError(heading, unique)
    notes = (*manifest.notes, *depth_note(bank.info), *cut_note(manifest, bank.info))
    if len(blank):
        notes += (
            f"blank images, of one gray all over (constant, transparent or without a number): "
            f"{len(blank)}, such as {_listed(manifest, blank)}; replace them or leave them out "
            "with `where`",
        )
    sound = _merge(replace(manifest, notes=notes), sets if same_image == "merge" else ())
    if repeated:
        again = f"images with the pixels of another image of their patient: {repeated}"
        sound = replace(sound, notes=(*sound.notes, again))
    return sound


def merged(manifest: Manifest, bank: Bank) -> Manifest:
    """The manifest with all patients who share an image as one, as a study with `same_image: merge`
    has them, whatever else is wrong with it; see `check`."""
    return _merge(manifest, _same(manifest, bank, blank_images(bank)))


def _merge(manifest: Manifest, sets: Sequence[Same]) -> Manifest:
    """The manifest with the patients of each set as one, and a note of who they are."""
    patients = manifest.groups.astype(object)
    merged: list[str] = []
    for _, same, _ in sets:
        owners = [owner for owner in dict.fromkeys(patients[same]) if owner]
        if len(owners) > 1:
            patients[np.isin(patients, owners[1:])] = owners[0]
            merged.append(" = ".join(owners))
    notes = manifest.notes
    if merged:
        names = "; ".join(merged[:NAMED]) + ("; ..." if len(merged) > NAMED else "")
        times = how_often(len(merged))
        notes += (f"patients who share an image count as one ({times}): {names}",)
    now = dict(zip(manifest.groups.tolist(), patients.tolist(), strict=True))
    # Names in the file that were another spelling of a patient go where that patient goes.
    respelled = {old: now[new] for old, new in manifest.merged_patients.items() if new in now}
    return replace(
        manifest,
        table=manifest.table.assign(patient=patients.tolist()),
        notes=notes,
        merged_patients={**respelled, **{old: new for old, new in now.items() if old != new}},
    )


def _listed(manifest: Manifest, rows: NDArray[np.int64]) -> str:
    return ", ".join(manifest.describe(int(row)) for row in rows[:NAMED])


def _same(manifest: Manifest, bank: Bank, blank: NDArray[np.int64]) -> list[Same]:
    """All sets of rows that show one image, those with equal pixels first."""
    return [*_same_pixels(bank, blank), *_same_images(manifest, bank)]


def _same_pixels(bank: Bank, blank: NDArray[np.int64]) -> Iterator[Same]:
    """Sets of rows with equal pixels, each sorted, in the order of their first rows, without those
    that are `blank`."""
    readable = bank.info[(bank.info["error"] == "") & ~bank.info.index.isin(blank)]
    repeated = readable[readable["digest"].duplicated(keep=False)]
    for _, same in repeated.groupby("digest", sort=False):
        yield PIXELS, same.index.to_numpy(dtype=np.int64), ""


def _same_images(manifest: Manifest, bank: Bank) -> Iterator[Same]:
    """The most alike pair of images of every two patients and labels that have images which are as
    good as equal, but not equal."""
    digests = bank.info["digest"].to_numpy(dtype=object)
    names = manifest.table["label"]
    alike: dict[frozenset[tuple[str, str]], list[Twins]] = {}
    for twins in find_twins(bank, manifest.groups):
        rows = twins.one, twins.other
        if digests[twins.one] != digests[twins.other]:
            of = frozenset((str(manifest.groups[row]), str(names[row])) for row in rows)
            alike.setdefault(of, []).append(twins)
    for best, *others in alike.values():
        how = f", {best.mirrored}" if best.mirrored else ""
        more = f", and {len(others)} more such pairs of theirs" if others else ""
        pair = np.array([best.one, best.other])
        yield IMAGE, pair, f"{how} (likeness {best.likeness:.3f}){more}"


def _first_row(problem: str) -> int:
    row = re.search(r"\brow (\d+)", problem)
    return int(row[1]) if row else 0


def _name(manifest: Manifest, rows: NDArray[np.int64], column: str) -> str:
    cells = manifest.table[column]
    return ", ".join(f"{manifest.describe(int(i))} of {cells[int(i)]}" for i in rows)
