"""What the folder of a study knows of the training of its model: who its patients were, what their
images are, and how the model did on its own test part."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from pleura.data.audit import merged
from pleura.data.bank import Bank, open_bank
from pleura.data.bank_file import load_entries
from pleura.data.manifest import Manifest
from pleura.data.names import name_key
from pleura.data.readers.dicom.described import hashes_among, keyed_hash
from pleura.errors import InputError, PleuraError
from pleura.evaluate.calibration_maps import AsItIs, map_of
from pleura.evaluate.calls import with_calls
from pleura.files import read_mapping
from pleura.report.folder import of_training
from pleura.saved_yaml import load_saved
from pleura.study.context import quiet
from pleura.study.section_reader import BANK, Reader, Wanted
from pleura.study.sections import Data
from pleura.study.study_files import read_study
from pleura.tables import LOGIT, MEMBERS, read_predictions

SPLIT, STUDY, PREDICTIONS = "split.json", "study.yaml", "predictions.csv"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
UNUSED = "not used"  # patients whose labels a smaller fraction does not show
PRETRAINED = "pretraining"  # patients of whom a step before the recipes has learned, or may have
UNKNOWN = "the study"  # images of which it is not known whose they are
# Parts that a model's answers on are no test of it: learned from, or chosen and calibrated by.
LEARNED = (TRAIN, VALIDATION, PRETRAINED, UNKNOWN)
ASIDE = ("sets", "ensembles")  # parts that calibrated what the model says


def has_learned(part: str | None) -> bool:
    """Whether a model has learned from a part, or was chosen or calibrated by it."""
    return part in LEARNED or part in ASIDE


@dataclass(frozen=True)
class Home:
    """The study that a model is from.

    `folder` is its folder, `study` what its file says; `parts` the part of each of its patients in
    the trainings of the model, by `name_key` of all that they are called; `banks` the decoded
    images, with the part of each, (n,) text; `notes` say what could not be compared. Of the
    patients of the split, `named` by number, `hashed` are called by hashes (`keyed_hash`).
    """

    folder: Path
    study: Mapping[str, Any]
    parts: Mapping[str, str]
    banks: tuple[tuple[Bank, NDArray[np.object_]], ...] = ()
    notes: tuple[str, ...] = ()
    named: int = 0
    hashed: int = 0

    def with_hashes(self, salt: str | None) -> "Home":
        """The study whose patients are also called by their hashes with a salt: for a table whose
        patients are hashes where the study's are not."""
        if not salt:
            return self
        hashes = {name_key(keyed_hash(salt, "patient", key)): key for key in self.parts}
        return replace(
            self, parts={**{its: self.parts[key] for its, key in hashes.items()}, **self.parts}
        )

    @property
    def patients(self) -> int:
        """How many names of patients are known."""
        return len(self.parts)

    def predictions(self, card: Mapping[str, Any]) -> pd.DataFrame | None:
        """What the model of a `card` predicted of the validation and the test part, as it is handed
        over: calibrated, of findings with what it calls positive. None where the folder does not
        hold it."""
        path = self.folder / PREDICTIONS
        if not path.is_file():
            return None
        table = of_training(read_predictions(path), card).reset_index(drop=True)
        if not (table["part"] == "test").any():
            return None
        fitted = map_of(card["calibration"]) if card.get("calibration") else None
        if fitted is None or isinstance(fitted, AsItIs):
            return table
        names = [f"{LOGIT}{name}" for name in card["classes"]]
        calibrated = fitted.logits(table[names].to_numpy(dtype=np.float64))
        return with_calls(table.assign(**dict(zip(names, calibrated.T, strict=True))))


def home_of(model: Path, card: Mapping[str, Any], study: Path | None = None) -> Home | None:
    """The study that a model's folder is from: the `study` folder, or the one above; None where
    that is no study's.

    Raises InputError for a `study` that is none, or has not trained this model, and for a split
    that cannot be read.
    """
    folder = study or model.resolve().parent
    if not (folder / SPLIT).is_file():
        if study is None:
            return None
        raise InputError(f"{study}: no study's folder: it has no {SPLIT}")
    content = _yaml(folder / STUDY)
    split = _split(folder / SPLIT)
    own = read_mapping(folder / "best" / "model.json")
    if not _is_of(card, own, folder):
        if study is None:
            return None
        raise InputError(
            f"{study}: not the study that has trained this model: it knows no training "
            f"{card.get('step')}"
        )
    fold = next((each for each in split["folds"] if each["fold"] == card.get("fold", 0)), None)
    if fold is None:
        raise InputError(
            f"{folder / SPLIT}: has no fold {card.get('fold', 0)}, in which the model was trained; "
            "copy the study's folder again as a whole"
        )
    parts = _parts(fold, card, content)
    notes: list[str] = []
    banks = [*banks_of(folder)]
    if not banks:
        notes.append(
            "the study's folder has no decoded images (bank/) any more, so that images are not "
            "compared, patients alone; `pleura study run` on the study decodes them again"
        )
    manifest = _manifest(folder, banks, notes)
    if manifest is not None:
        parts |= _other_names(manifest, parts)
    known = tuple((bank, _parts_of(bank, manifest, parts)) for bank in banks)
    patients = _patients_of(fold)
    hashed = len(hashes_among(patients))
    return Home(folder, content, parts, known, tuple(notes), len(patients), hashed)


def _is_of(card: Mapping[str, Any], own: Mapping[str, Any], folder: Path) -> bool:
    step = card.get("step")
    if not step:
        return False
    return step == own.get("step") or any((folder / "steps").glob(f"*-{str(step)[:16]}*"))


def _parts(
    fold: Mapping[str, Any], card: Mapping[str, Any], content: Mapping[str, Any]
) -> dict[str, str]:
    """The part of each patient of a split, by `name_key`, in the trainings of the model: where its
    members differ, the one from which most was learned."""
    parts: dict[str, str] = {}
    rest = PRETRAINED if content.get("steps") else UNUSED
    seeds = {int(each["seed"]) for each in (card, *(card.get(MEMBERS) or ())) if "seed" in each}
    every: dict[str, list[str]] = {UNUSED: [], VALIDATION: [], TRAIN: []}
    for draw in fold["draws"]:
        its = not seeds or draw["seed"] in seeds
        for step in draw["fractions"]:
            seen = its and step["fraction"] <= float(card.get("fraction", 1)) + 1e-9
            every[VALIDATION if seen else UNUSED] += step["adds_validation"]
            every[TRAIN if seen else UNUSED] += step["adds_train"]
    for part, names in every.items():
        parts |= dict.fromkeys(map(name_key, names), rest if part == UNUSED else part)
    for part, names in fold.get("aside", {}).items():
        parts |= dict.fromkeys(map(name_key, names), part)
    return parts | dict.fromkeys(map(name_key, fold["test"]), TEST)


def _patients_of(fold: Mapping[str, Any]) -> set[str]:
    """The names of all patients of a split, as its file has them."""
    names = [*fold["test"], *(name for its in fold.get("aside", {}).values() for name in its)]
    for step in (step for draw in fold["draws"] for step in draw["fractions"]):
        names += [*step["adds_validation"], *step["adds_train"]]
    return set(map(str, names))


def _manifest(folder: Path, banks: Sequence[Bank], notes: list[str]) -> Manifest | None:
    """The manifest of the study, with the patients that it merged; None, with a note, where its
    table is not there any more."""
    try:
        data, wanted = _data_of(folder)
        manifest = Reader(folder, quiet, quiet).listed(data, wanted)
    except PleuraError as error:
        reason = str(error).split("\n")[0]
        notes.append(
            f"the study's table cannot be read ({reason}), so that other names of its patients are "
            "not known, and all its images count as learned from"
        )
        return None
    own = [bank for bank in banks if len(bank) == len(manifest) and bank.size == data.size]
    return merged(manifest, own[0]) if own and data.same_image == "merge" else manifest


def _data_of(folder: Path) -> tuple[Data, Wanted]:
    study = read_study(folder / STUDY)
    return study.data, Wanted.by(study)


def _other_names(manifest: Manifest, parts: Mapping[str, str]) -> dict[str, str]:
    """The parts of patients by the other names that the table has of them."""
    names = manifest.names_of(videos=manifest.by_video)
    pairs = ((name_key(name), name_key(patient)) for name, patient in names.items())
    return {other: parts[name] for other, name in pairs if name in parts and other not in parts}


def banks_of(folder: Path) -> Iterator[Bank]:
    """The decoded images that the folder still has: the study's own, and those of its steps."""
    for path in sorted((folder / BANK).glob("*/bank.json")):
        if entries := load_entries(path):
            with suppress(PleuraError):
                yield open_bank(path.parent, [str(row) for row in range(len(entries))])


def _parts_of(
    bank: Bank, manifest: Manifest | None, parts: Mapping[str, str]
) -> NDArray[np.object_]:
    """The part of each image of a bank, (n,)."""
    if manifest is None or len(manifest) != len(bank):
        return np.full(len(bank), UNKNOWN, dtype=object)
    of = [parts.get(name_key(str(name)), UNKNOWN) for name in manifest.groups]
    return np.array(of, dtype=object)


def _split(path: Path) -> Mapping[str, Any]:
    try:
        split = json.loads(path.read_text(encoding="utf-8"))
        if not split["folds"]:
            raise ValueError("no folds")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a split of pleura ({error!r}); copy the study's folder again as a whole"
        ) from error
    return dict(split)


def _yaml(path: Path) -> Mapping[str, Any]:
    try:
        content = load_saved(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}
