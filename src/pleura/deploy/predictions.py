"""Writes the predictions for all images of folders, tables and files, as CSV or as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pleura.data.bank import Progress
from pleura.data.readers.decoded import Range
from pleura.deploy.find_images import by_patient, find_images
from pleura.deploy.journal import Journal, journal_of
from pleura.deploy.masks import Say
from pleura.deploy.package import Model, load_model
from pleura.deploy.prediction_table import NOTE, UNLIKE, write_table
from pleura.deploy.predictor import Asked, Prediction, predictions
from pleura.deploy.promises import promises_of
from pleura.deploy.record import Record, record_of
from pleura.deploy.title import title_of
from pleura.errors import InputError
from pleura.files import digest_of, write_atomically
from pleura.wording import count

if TYPE_CHECKING:
    from pleura.deploy.explain import Explainer

JSON = ".json"


@dataclass(frozen=True)
class Counts:
    """How many images were predicted in all, unlike the training images, and unreadable."""

    images: int
    unlike: int
    unreadable: int


@dataclass(frozen=True)
class How:
    """What is asked of a prediction beside the images.

    `full_range` as in `decode_for`. `heatmaps` is the folder that heat maps are written into; None
    without them. `explain` is the class or finding that they explain (see `Explainer`). `dicom`:
    whether they are written as DICOM secondary captures, and not as PNG. `title`: what these call
    the model; where it is empty, see `title_of`.
    """

    full_range: Range | None = None
    heatmaps: Path | None = None
    explain: str | None = None
    dicom: bool = False
    title: str = ""


PLAIN = How()


def write_predictions(
    model: str | Path,
    places: Sequence[str | Path],
    out: TextIO | Path,
    *,
    column: str | None = None,
    patients: str | None = None,
    how: How = PLAIN,
    progress: Progress = lambda done, of: None,
    say: Say,
) -> Counts:
    """Write the predictions of the model in a folder for all images of `places`: one row an image
    or clip; with `patients`, a table's column that names them, one row a patient, with the mean
    over all frames of all images.

    `out` is a stream, which gets CSV, each row as it is known; or a file, CSV or (`.json`) JSON:
    `{"model": its card, "predictions": [a Record, ...]}`. What was found before an interrupt is
    then taken up by the next call for the same file. `progress` gets how many images are predicted,
    and of how many; `say` gets what a user must know beside the table. Raises InputError for a
    folder without a model, an `out` of another kind, and as `find_images`, `by_patient` and
    `Explainer` do.
    """
    loaded = load_model(model)
    how = replace(how, title=how.title or title_of(Path(model), loaded.card))
    if isinstance(out, Path) and out.suffix.lower() not in (".csv", JSON):
        raise InputError(f"{out}: name a file that ends in .csv or .json")
    explainer = None
    if how.heatmaps is not None:
        from pleura.deploy.explain import Explainer  # seconds, which no other prediction needs

        explainer = Explainer(loaded, how.explain)
    images = find_images(places, column, lambda line: say(f"pleura: {line}"))
    if how.heatmaps is not None and how.dicom:
        from pleura.deploy.dicom.drawing import refuse_others

        refuse_others([address for _, address in images], patients)
    asked = [Asked(name, [address]) for name, address in images]
    if patients is not None:
        asked = by_patient(places, images, patients)
    for line in promises_of(loaded):
        say(f"pleura: {line}")
    seen = _Seen(progress, len(asked))
    captures = how.dicom and how.title
    about = digest_of(
        [loaded.card, how.full_range, patients, how.explain, str(how.heatmaps), captures]
    )
    with ExitStack() as stack:
        journal = None
        if isinstance(out, Path):
            journal = stack.enter_context(journal_of(out, about))
            if journal.lines:
                say(f"pleura: {out}: goes on; {count(len(journal.lines), 'image')} done before")
        records = seen.counted(_records(loaded, asked, how, explainer, journal))
        _write(loaded, records, out, heatmaps=explainer is not None)
    for number, what, where in (
        (seen.unlike, "unlike the training images", UNLIKE),
        (seen.unreadable, "not readable", NOTE),
    ):
        if number:
            of = count(len(asked), "image" if patients is None else "patient")
            say(f"pleura: {what}: {number} of {of}; see the column {where}")
    return Counts(len(asked), seen.unlike, seen.unreadable)


@dataclass
class _Seen:
    """Counts records as they pass."""

    progress: Progress
    of: int
    unlike: int = 0
    unreadable: int = 0

    def counted(self, records: Iterable[Record]) -> Iterator[Record]:
        for done, record in enumerate(records, start=1):
            self.unlike += bool(record.unlike_training)
            self.unreadable += record.error is not None
            yield record
            self.progress(done, self.of)


def _records(
    model: Model,
    asked: Sequence[Asked],
    how: How,
    explainer: "Explainer | None",
    journal: Journal | None,
) -> Iterator[Record]:
    """A record of each of `asked`, in order; those of the journal are taken from there."""
    before = [None if journal is None else _whole(journal.find(each), how) for each in asked]
    due = [each for each, record in zip(asked, before, strict=True) if record is None]
    made = predictions(model, due, how.full_range)
    for each, found in zip(asked, before, strict=True):
        if found is not None:
            yield found
            continue
        prediction = next(made)
        record = record_of(model, prediction)
        if explainer is not None and how.heatmaps is not None and prediction.frames:
            record = _drawn(explainer, prediction, record, how.heatmaps, how)
        if journal is not None:
            journal.add(each, record)
        yield record


def _drawn(
    explainer: "Explainer", prediction: Prediction, record: Record, folder: Path, how: How
) -> Record:
    """A record with the name of its heat map, which is written into `folder`; or with a note where
    a DICOM file does not say whose it is."""
    if not how.dicom:
        drawn = explainer.draw(prediction, folder, how.full_range)
        return record.model_copy(update={"heatmap": drawn})
    from pleura.deploy.dicom.drawing import draw_capture

    try:
        drawn = draw_capture(explainer, prediction, folder, how.title, how.full_range)
    except InputError as error:
        note = f"no heat map as DICOM: {error.heading}"
        return record.model_copy(update={"notes": [*record.notes, note]})
    return record.model_copy(update={"heatmap": drawn})


def _whole(record: Record | None, how: How) -> Record | None:
    """A record, unless the picture that belongs to it is gone."""
    if record is None or how.heatmaps is None or record.heatmap is None:
        return record
    return record if (how.heatmaps / record.heatmap).is_file() else None


def _write(model: Model, records: Iterable[Record], out: TextIO | Path, *, heatmaps: bool) -> None:
    if not isinstance(out, Path):
        write_table(model, records, out, heatmaps=heatmaps)
        return
    with write_atomically(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        if out.suffix.lower() == JSON:
            told = [record.model_dump(exclude_none=True) for record in records]
            json.dump({"model": model.card, "predictions": told}, file, indent=1)
        else:
            write_table(model, records, file, heatmaps=heatmaps)
