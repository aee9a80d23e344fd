"""`pleura overlap`: who of a table is in the training of a model.

It is answered where the model was trained, from the study's own folder: the model by itself knows
no patient.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pleura.check.images import read_images
from pleura.data.columns import close_column
from pleura.data.names import is_nothing
from pleura.data.tables import read_cells
from pleura.deploy.card import ClassifierCard, read_card
from pleura.errors import InputError
from pleura.external.hashed import compared_names, refuse_without_salt
from pleura.external.home import Home, has_learned, home_of
from pleura.external.overlap import IMAGE, PATIENT, Known, find_known, part_of, said_of
from pleura.study.context import Progress, quiet
from pleura.study.section_reader import Announce
from pleura.tables import write_table
from pleura.wording import count

NOT_KNOWN = "not known"
NOT_HERE = (
    "its study is not here, and a model by itself knows no patient; ask where it was trained, or "
    "name the study's folder by --study"
)
NO_PATIENTS = (
    "the table has no column of patients (--column patient=NAME names it): {by} were compared, so "
    "that a patient of the training with other images is not found"
)
COLUMNS = ["row", "patient", "image", "answer", "by", "learned", "text"]
FOUND = 3  # exit code where the model has learned from somebody in the table


@dataclass(frozen=True)
class Membership:
    """What is known of each row of a table: `answers`, one row each, with the columns row, patient,
    image, answer (the part in the study, or "not known"), by (patient or image), learned, text."""

    answers: pd.DataFrame
    study: str
    notes: Sequence[str] = ()

    @property
    def learned(self) -> int:
        """Rows whose patient or image the model has learned from, or was calibrated by."""
        return int(self.answers["learned"].sum())

    def __str__(self) -> str:
        """How many rows are of which part."""
        counts = Counter(self.answers["answer"])
        lines = [f"{count(len(self.answers), 'row')}, compared with the study {self.study}:"]
        for answer, number in sorted(counts.items(), key=lambda each: each[0] == NOT_KNOWN):
            said = "nothing of them is known" if answer == NOT_KNOWN else said_of(answer)
            lines.append(f"  {number:,}: {said}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def who_is_known(
    model: str | Path,
    table: str | Path,
    *,
    study: Path | None = None,
    columns: Mapping[str, str] = {},
    salt: str | None = None,
    out: Path | None = None,
    progress: Progress = quiet,
    announce: Announce = quiet,
) -> Membership:
    """Which rows of a `table` are of patients or images that a model knows from its training.

    The table has a column of patients, of images, or both; without images patients alone are
    compared. `salt` is that of the study's table, where `pleura data index` has hashed patients.
    With `out` the answers are written there, as CSV. Raises InputError for a folder without a
    model, where its study is not here, for a table with neither column, and without a `salt` for
    names that are no hashes where patients of the study are: nobody could be found.

    >>> known = who_is_known("runs/my_study/best", "asked.csv")
    >>> known.learned
    0
    """
    place, path = Path(model), Path(table)
    home = home_of(place, read_card(place, ClassifierCard), study)
    if home is None:
        raise InputError(f"{model}: {NOT_HERE}")
    cells = read_cells(path, None)[0].table
    column = None if path.is_dir() else _column_of_patients(path, cells, columns)
    names = [] if column is None else [*map(str, cells[column])]
    if not salt:
        refuse_without_salt(path, names, home)
    if columns.get(IMAGE, IMAGE) in cells or path.is_dir():
        ours = {**columns, **({} if column is None else {PATIENT: column})}
        in_clips = not path.is_dir() and "video" in cells
        answers, found = _of_images(
            path, home, ours, salt, progress, announce, has_patients=PATIENT in ours or in_clips
        )
    elif column is None:
        raise InputError(
            f"{path}: neither a column of images nor of patients; name one: --column patient=NAME "
            f"or image=NAME. There are: {', '.join(map(str, cells))}"
        )
    else:
        answers = _of_names(cells[column], home.with_hashes(salt), salt)
        found = int((answers["by"] == PATIENT).sum())
    if out is not None:
        write_table(out, answers)
    doubt = compared_names(home, names, found, salt).doubt
    nobody = sum(map(is_nothing, names))
    told = [doubt] * bool(doubt) + [f"{count(nobody, 'row')} without a name"] * bool(nobody)
    if column is None:
        by = "names of videos, and images," if "video" in cells else "images alone"
        told.append(NO_PATIENTS.format(by=by))
    return Membership(answers, home.folder.resolve().name, (*told, *home.notes))


def _column_of_patients(path: Path, cells: pd.DataFrame, columns: Mapping[str, str]) -> str | None:
    """The column of patients: the one that `columns` names, or one that is called as such; None
    where there is none. Raises InputError for a column that is named and not there."""
    named = columns.get(PATIENT)
    if named is not None and named not in cells:
        raise InputError(f"{path}: no column {named!r}. There are: {', '.join(map(str, cells))}")
    return named or close_column(PATIENT, map(str, cells))


def _of_names(names: "pd.Series[str]", home: Home, salt: str | None) -> pd.DataFrame:
    """Answers by the names of patients alone."""
    rows = []
    for row, name in names.items():
        part = None if is_nothing(str(name)) else part_of(home, str(name), salt)
        rows.append(_answer(row, str(name), "", part, PATIENT, f"patient {name}"))
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_images(
    path: Path,
    home: Home,
    columns: Mapping[str, str],
    salt: str | None,
    progress: Progress,
    announce: Announce,
    *,
    has_patients: bool,
) -> tuple[pd.DataFrame, int]:
    """Answers by patients and images, and how many rows are known by the patient's name; what the
    model has learned from goes before all else."""
    size = home.banks[0][0].size if home.banks else 96
    with TemporaryDirectory(prefix="pleura-overlap-") as folder:
        manifest, bank = read_images(
            path,
            Path(folder),
            columns,
            image_is_patient=not has_patients,
            size=size,
            progress=progress,
            announce=announce,
        )
        every = find_known(manifest, bank, home, salt=salt)
    known = {each.row: each for each in sorted(every, key=_weight)}
    rows = []
    for row in range(len(manifest)):
        its = known.get(row)
        patient = str(manifest.groups[row]) if has_patients else ""
        where = manifest.table["row"][row], patient, manifest.name(row)
        part, by = (its.part, its.by) if its else (None, "")
        rows.append(_answer(*where, part, by, its.text if its else ""))
    found = sum(each.by == PATIENT for each in every)
    return pd.DataFrame(rows, columns=COLUMNS), found


def _weight(known: Known) -> tuple[bool, bool]:
    """What goes before all else that a row is known by: learning, then an image."""
    return known.learned, known.by == IMAGE


def _answer(
    row: object, patient: str, image: str, part: str | None, by: str, text: str
) -> tuple[object, ...]:
    learned = has_learned(part)
    if part is None:
        return row, patient, image, NOT_KNOWN, "", False, ""
    return row, patient, image, part, by, learned, f"{text} {said_of(part)}" if not image else text
