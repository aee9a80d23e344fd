"""`pleura evaluate`: a finished model on patients of another place, with nothing trained."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pleura.data.manifest import Manifest
from pleura.data.subgroups import subgroups_of
from pleura.deploy.package import Model, load_model
from pleura.errors import InputError, refuse
from pleura.evaluate.transport import HERE, HOME
from pleura.external.fingerprints import known_by_fingerprints, read_fingerprints
from pleura.external.hashed import compared_names
from pleura.external.home import Home, home_of
from pleura.external.judged import Terms, judge
from pleura.external.new_table import Reading, read_table
from pleura.external.overlap import PATIENT, Known, find_known, table_of
from pleura.external.own_folder import PAGE, evaluated_in, refuse_other, usual_folder
from pleura.external.predicted import note_of_lungs, predict_table
from pleura.external.recalibration import RECALIBRATION, draw_recalibration
from pleura.external.tables import FRAMES, KNOWN, PREDICTIONS, SETTINGS, write_tables
from pleura.external.units import IMAGE, By, choose_by, home_by, judged_by, patients_of
from pleura.external.weights import told_of_weights
from pleura.files import write_text
from pleura.study.context import Progress, quiet
from pleura.study.section_reader import BANK, Announce, Images
from pleura.tables import NUMBER, SUBGROUPS, write_table
from pleura.wording import count

ON_CARD = (
    *("task", "recipe", "question", "classes", "size", "fit", "full_range", "backbone", "network"),
    *("strategy", "seed", "fold", "fraction", "step", "calibration", "thresholds", "sets", "unit"),
)
RECALIBRATES = 0.3  # share of the patients


@dataclass(frozen=True)
class Options:
    """What a user says of an evaluation.

    `study`: the folder of the model's study, where it is not the one that the model lies in;
    `recalibrate`: the share of the patients who fit a recalibration, 0 for none, drawn by `seed`;
    `fingerprints`: a file of `pleura fingerprints`, where the study is not here; `drop_known`:
    leave patients out of whom the model has learned; `salt`: of the study's table; `strangers`:
    patients of one name are other people, images are compared all the same; `by`: what is judged,
    see `choose_by`.
    """

    reading: Reading = field(default_factory=Reading)
    study: Path | None = None
    recalibrate: float = RECALIBRATES
    seed: int = 0
    fingerprints: Path | None = None
    drop_known: bool = False
    salt: str | None = None
    strangers: bool = False
    by: By | None = None
    level: float = 0.95


@dataclass(frozen=True)
class Evaluation:
    """A finished evaluation: its `folder`, its `page`, and the `verdict` in a sentence."""

    folder: Path
    page: Path
    verdict: str

    def __str__(self) -> str:
        """The verdict, and where the page is."""
        return f"{self.verdict}\npage: {self.page}"


def evaluate_model(
    model: str | Path,
    table: str | Path,
    out: str | Path | None = None,
    options: Options = Options(),
    *,
    progress: Progress = quiet,
    announce: Announce = quiet,
) -> Evaluation:
    """Evaluate the model in a folder on the new patients of a `table`, and write tables and the
    page into the folder `out`, by default `evaluations/STUDY_on_TABLE`; see `usual_folder`. An
    evaluation of the same model on the same table is written anew there.

    Raises InputError where `out` is the folder of another evaluation or of a study, or holds files
    of these names that no evaluation wrote; for a folder without a model, for a table that does
    not fit it (see `read_table`), where patients or images of the training are in the table, unless
    they are to be left out, and where fewer than two patients are left.

    >>> evaluation = evaluate_model("runs/my_study/best", "clinic_b.csv", "evaluations/clinic_b")
    >>> evaluation.page.name
    'evaluation.html'
    """
    from pleura.external.page import write_page

    place, path = Path(model), Path(table)
    folder = Path(out or usual_folder(place, path)).resolve()
    these = evaluated_in(folder, place, path)
    refuse_other(folder, these)
    loaded = load_model(place)
    home = home_of(place, loaded.card, options.study)
    # Before images are decoded, which takes its time and leaves them in the folder.
    theirs = read_fingerprints(options.fingerprints) if options.fingerprints else None
    images = read_table(
        path,
        loaded.card,
        folder,
        options.reading,
        study=home.study if home else {},
        progress=progress,
        announce=announce,
    )
    known: list[Known] = []
    if home is not None:
        known = find_known(*images, home, salt=options.salt, strangers=options.strangers)
    if theirs is not None:
        known += known_by_fingerprints(*images, theirs)
    manifest, dropped = _without_known(images, known, options, folder)
    at_home = home.predictions(loaded.card) if home else None
    by = choose_by(options.by, loaded.card, at_home, manifest)
    _refuse_few(manifest)
    full_range = options.reading.full_range
    predicted = predict_table(
        loaded,
        manifest,
        full_range=full_range if isinstance(full_range, tuple) else None,
        progress=progress,
    )
    if lungs := note_of_lungs(predicted, manifest):
        manifest = replace(manifest, notes=(*manifest.notes, lungs))
        announce(f"note: {lungs}")
    its = judged_by(by, predicted, manifest, loaded.card)
    _refuse_few(its.manifest)
    drawn = draw_recalibration(its.manifest, options.recalibrate, options.seed)
    judged = its.predictions.assign(**{RECALIBRATION: drawn.side})
    groups = its.subgroups(subgroups_of(manifest, options.reading.subgroups).table)
    names = judged["image"].astype(str).tolist()
    theirs_by, card = home_by(by, at_home, loaded.card)
    terms = Terms(
        card,
        theirs_by,
        {str(column): dict(zip(names, groups[column], strict=True)) for column in groups},
        options.level,
        None if by == IMAGE else predicted,
    )
    tables = judge(judged, terms)
    tables[KNOWN] = table_of(known, images[0])
    facts = {
        **these,
        "card": {key: loaded.card[key] for key in ON_CARD if key in loaded.card},
        "weights": told_of_weights(loaded.card),
        "flag": _flag(loaded, by),
        "by": by,
        "images": len(manifest),
        "patients": len(set(manifest.groups)),
        "of_class": {HERE: patients_of(judged), HOME: patients_of(terms.home)},
        "dropped": dropped,
        "level": options.level,
        "recalibration": {
            "share": drawn.share,
            "seed": options.seed,
            "left_out": drawn.why_not,
        },
        "home": _about(home, terms, known),
        "names": _names(home, images[0], known, options),
        "numbers": _ranges(judged, terms.home),
        "strangers": options.strangers,
        "fingerprints": None if theirs is None else len(theirs),
        "notes": [*manifest.notes, *its.notes, *(home.notes if home else ())],
        "versions": {name: version(name) for name in ("pleura", "torch", "numpy", "pandas")},
    }
    # First, so that the tables of an evaluation that is broken off are known as its own.
    write_text(folder / SETTINGS, json.dumps(facts, indent=1, ensure_ascii=False))
    write_table(folder / PREDICTIONS, judged)
    (folder / FRAMES).unlink(missing_ok=True)
    if by != IMAGE:
        write_table(folder / FRAMES, predicted)
    if len(groups.columns):
        rows = groups.reset_index(drop=True)
        whose = rows.assign(image=names, patient=judged["patient"].tolist())
        write_table(folder / SUBGROUPS, whose)
    write_tables(folder, tables)
    return Evaluation(folder, folder / PAGE, write_page(folder))


def _without_known(
    images: Images, known: Sequence[Known], options: Options, folder: Path
) -> tuple[Manifest, dict[str, int]]:
    """The manifest without the patients of whom the model has learned, and how many patients and
    images these are. Raises InputError naming them unless they are to be left out."""
    manifest = images[0]
    learned = [each for each in known if each.learned]
    if learned and not options.drop_known:
        # A row of a clip is known by each of its frames.
        lines = manifest.table["row"]
        told = {(lines[each.row], each.by): each.text for each in reversed(learned)}
        rows = {row for row, _ in told}
        raise InputError(
            f"{manifest.origin}: the model was trained on patients or images of this table "
            f"({count(len(rows), 'row')} of {lines.nunique()}); on these it shows what it "
            "remembers, not what it can. --drop-known leaves out their patients, with all images, "
            "and says so on the page; where two places call other people by the same names, say "
            "--strangers: images are compared all the same. The decoded images of this table stay "
            f"in {folder / BANK}, so that the next command need not decode them; delete them if "
            "there is none",
            [*told.values()][::-1],
        )
    groups = manifest.groups
    theirs = {str(groups[each.row]) for each in learned}
    kept = ~np.isin(groups, sorted(theirs))
    if not kept.any():
        raise InputError(f"{manifest.origin}: the model was trained on all patients of this table")
    dropped = {"patients": len(theirs), "images": int((~kept).sum())}
    return manifest.of_rows(np.flatnonzero(kept)), dropped


def _refuse_few(manifest: Manifest) -> None:
    """Raise InputError where nothing can be told of the patients that are left."""
    if len(set(manifest.groups)) < 2:
        raise InputError(
            f"{manifest.origin}: one patient; intervals and metrics need several, of every class"
        )
    if manifest.number:  # whose ranges only count
        return
    counts = {name: int(of.sum()) for name, of in manifest.members.items()}
    refuse(
        f"{manifest.origin}: no image is left of a class, so that a mean over classes would mean "
        "something else than at home.",
        [f"{name}: no image" for name, number in counts.items() if not number],
    )


def _ranges(here: pd.DataFrame, home: pd.DataFrame | None) -> dict[str, list[float]]:
    """The least, the middle and the greatest true number by place; nothing of classes."""
    tables = {HERE: here, HOME: home}
    every = {
        where: table[NUMBER].astype(float)
        for where, table in tables.items()
        if table is not None and NUMBER in table
    }
    return {
        where: [float(its.min()), float(its.median()), float(its.max())]
        for where, its in every.items()
    }


def _flag(model: Model, by: By) -> dict[str, Any]:
    """What the flag of unlike images promises: the `rate` at which images like those of the
    training are flagged all the same. A clip or patient is flagged where half of its images are or
    more, and so at most twice as often."""
    if model.likeness is None:
        return {"unknown": model.why_not_flagged}
    times = 1 if by == IMAGE else 2
    rate = min(1.0, times * model.likeness.rate)
    return {"rate": rate, "validation_images": model.likeness.validation}


def _names(
    home: Home | None, manifest: Manifest, known: Sequence[Known], options: Options
) -> dict[str, Any] | None:
    """How names of patients were compared with those of the study; None where they were not, since
    those of one name are other people, or every image counts as a patient."""
    if home is None or options.strangers or options.reading.image_is_patient:
        return None
    if (home.study.get("data") or {}).get("image_is_patient"):
        return None
    found = sum(each.by == PATIENT for each in known)
    names = compared_names(home, set(map(str, manifest.groups)), found, options.salt)
    return {**asdict(names), "doubt": names.doubt}


def _about(home: Home | None, terms: Terms, known: Sequence[Known]) -> dict[str, Any] | None:
    """What is known of the study at home; None where its folder is not."""
    if home is None:
        return None
    harmless = [each for each in known if not each.learned]
    return {
        "study": home.folder.resolve().name,
        "patients_compared": home.patients,
        "images_compared": sum(len(bank) for bank, _ in home.banks),
        "predictions": terms.home is not None,
        "known_not_learned": len({each.row for each in harmless}),
    }
