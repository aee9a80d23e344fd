"""Makes the table of a folder of images."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pleura.data.index.answers import refuse_two_answers
from pleura.data.index.days import with_days
from pleura.data.index.found import LeftOut, find_files, odd_name
from pleura.data.index.headers import header_of, may_be_dicom
from pleura.data.index.labels import NAMES, AskLabels, known_labels, label_hints, with_labels
from pleura.data.index.masks import without_masks
from pleura.data.index.patients import Ask, with_patients
from pleura.data.index.pattern import LABEL, PATIENT, FolderPattern, NamePattern, read_names
from pleura.data.index.privacy import privacy_warnings
from pleura.data.index.rows import Entry, address_in, as_csv, rows_of
from pleura.data.index.salt import read_or_make_salt, salt_file
from pleura.data.index.sizes import most_of_a_class
from pleura.data.index.slow import refuse_slow
from pleura.data.index.told import columns_of_user, formulas
from pleura.data.index.user_table import UserTable, read_user_table, tables_here
from pleura.data.written import write_table
from pleura.errors import InputError, PleuraError
from pleura.wording import count

NO_DATES = (
    "dates are hidden: days count from a secret day of each patient, so no check can tell whether "
    "classes are of different years; --years adds the year"
)
IN_PIXELS = (
    "distances between masks will be in pixels: row_mm and column_mm, the size of one in mm, are "
    "not used by themselves; where both are equal, data: {masks: {spacing: row_mm}} gives mm"
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Indexed:
    """The table that was written, its number of images, whether it says what they show, and
    sentences on it."""

    table: Path
    images: int
    labelled: bool
    told: tuple[str, ...]


def index_folder(
    folder: Path,
    table: Path | None = None,
    *,
    patterns: Sequence[str] = (),
    labels: Sequence[str] = (),
    folders: str = "",
    facts: Path | None = None,
    facts_files: str | None = None,
    salt: Path | None = None,
    years: bool = False,
    overwrite: bool = False,
    ask: Ask | None = None,
    ask_labels: AskLabels | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Indexed:
    """List the images of a folder at any depth in a table: address, patient, label, size, bits, and
    what DICOM headers know.

    `table` is `images.csv` in the folder unless it is given. The patient is told by the first of
    `patterns` that fits a name (see `NamePattern`), or else by the header of DICOM, as a hash keyed
    by the salt in the file `salt`, which lies beside the table and is made where there is none.
    The label is told by the first of `labels`, patterns too, that fits. `folders` says what the
    folders mean, from the top (see `FolderPattern`); without it they are
    taken for classes where they can be. `facts` is a table of the user's that names the files, and
    says more of them, such as patients and labels (see `read_user_table`), `facts_files` the column
    that names them; files that it does not name are left out. `years` adds the calendar year of
    DICOM images.
    Where some file is of nobody, `ask` chooses among what names suggest, and `ask_labels` where
    nothing tells a label. No image is decoded, and
    the table appears when it is whole.

    Raises InputError for a folder without images, where `facts` and a pattern say different things
    of a file, for a table that is there already unless
    `overwrite` is set, for patterns that are wrong or take for ever, for names that no pattern
    fits, and where a patient is not known: no table is written then, since images of one patient
    could train and test.
    """
    if facts_files and not facts:
        raise InputError(f"--table-files {facts_files}: name the table, too: --table CSV")
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    table = table or folder / "images.csv"
    if table.suffix.lower() != ".csv":
        raise InputError(f"{table}: the table is a CSV file; let its name end in .csv")
    if table.exists() and not overwrite:
        raise InputError(
            f"{table}: is there already; --overwrite makes it anew, --out writes another table"
        )
    _refuse_odd(folder, table)
    compiled = [NamePattern(text) for text in patterns]
    of_labels = [NamePattern(text, wanted=[LABEL]) for text in labels]
    of_folders = FolderPattern(folders) if folders else None
    secret = salt or salt_file(table)
    paths, left_out = find_files(
        folder,
        frozenset(path.absolute() for path in (table, secret, facts) if path),
        lambda seen: progress("files seen", seen, seen),
    )
    refuse_slow([*compiled, *of_labels], paths)
    paths, mask_of = without_masks(folder, paths, left_out)
    told = [f"masks found beside their images: {len(mask_of):,}"] if mask_of else []
    known = UserTable({}, (), ())
    hints = [] if facts else [*tables_here(folder, paths, table)]
    if facts:
        known = read_user_table(facts, folder, paths, facts_files)
        said: dict[str, Callable[[Path], Mapping[str, str]]] = {
            "--patient": partial(read_names, compiled),
            "--label": partial(read_names, of_labels),
            **({"--folders": of_folders.read} if of_folders else {}),
        }
        refuse_two_answers(facts, known.of, said)
        for path in paths:
            if path not in known.of:
                left_out.add(path, f"in no row of {facts.name}")
        paths = [path for path in paths if path in known.of]
        told += known.told
    key = ""
    if any(map(may_be_dicom, paths)):
        key, made = read_or_make_salt(secret)
        what = "made now; keep it, and give it to nobody who gets the table" if made else "as it is"
        told.append(f"salt of the hashes: {secret} ({what})")
    entries = list(_read(folder, paths, key, left_out, progress))
    if not entries:
        raise InputError(f"{folder}: no image is there", list(left_out.lines()))
    if of_folders:
        entries = [replace(entry, named=of_folders.read(entry.path)) for entry in entries]
        if not any(entry.named for entry in entries):
            raise InputError(f"--folders {folders}: no image lies in such folders")
    if facts:
        entries = [replace(it, named={**it.named, **known.of[it.path]}) for it in entries]
    entries, of_patients = with_patients(
        entries,
        compiled,
        ask,
        lambda: [] if folders or labels else label_hints(folder, entries),
        lambda patients: known_labels(folder, entries, of_labels, patients, of_folders=not folders),
        [option for option, of_patients in hints if of_patients],
    )
    entries = with_days(entries, key)
    entries, told_labels = with_labels(
        folder,
        entries,
        of_labels,
        ask_labels,
        of_folders=not folders,
        by=facts.name if facts else NAMES,
    )
    if hints and not any(LABEL in entry.named for entry in entries):
        told_labels += [f"a table that names these files: {option}" for option, _ in hints]
    told_labels += _most_of_a_class(entries)
    rows, of_rows = rows_of(folder, table, entries, mask_of, left_out)
    if mask_of and any(row.get("row_mm") for row in rows):
        told.append(IN_PIXELS)
    if not years:
        hidden = [row.pop("year", "") for row in rows]
        told += [NO_DATES] if any(hidden) else []
    told += [*of_patients, *told_labels, *of_rows, *columns_of_user(rows, known.columns)]
    told += privacy_warnings(entries, address_in(table, folder), mask_of)
    told += [*formulas(rows), *write_table(table, as_csv(rows))]
    formats = Counter(row["format"] for row in rows)
    listed = ", ".join(f"{number:,} {name}" for name, number in formats.most_common())
    told = [f"{count(len(rows), 'image')}: {listed}", *told, *left_out.lines()]
    labelled = any(row.get("label") for row in rows)
    return Indexed(table, len(rows), labelled, tuple(told))


def _refuse_odd(folder: Path, table: Path) -> None:
    """Raise InputError for folders whose names an address of an image cannot hold."""
    above = (str(folder.absolute()), str(table.absolute().parent))
    odd = [path for path in above if "::" in path] or [address_in(table, folder)]
    if why := odd_name(odd[0]):
        raise InputError(f"{odd[0]}: the addresses of images begin with this, and {why}")


def _most_of_a_class(entries: Sequence[Entry]) -> list[str]:
    patients, labels = ([it.named.get(name, "") for it in entries] for name in (PATIENT, LABEL))
    return [
        f"warning: {told}; is it one person, or a part of names that many share?"
        for told in most_of_a_class(patients, labels)
    ]


def _read(
    folder: Path, paths: Sequence[Path], salt: str, left_out: LeftOut, progress: Progress
) -> Iterator[Entry]:
    """What headers know; files that are no images to learn from are left out."""
    for number, path in enumerate(paths):
        progress("reading headers", number, len(paths))
        try:
            header = header_of(folder / path, salt)
        except PleuraError as error:
            left_out.add(path, str(error))
            continue
        yield Entry(path, header, {})
    progress("reading headers", len(paths), len(paths))
