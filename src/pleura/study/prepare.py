"""A study made ready: data read, checked, decoded and split, networks measured, steps planned."""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from pleura.data.audit import check
from pleura.data.bank import build_bank
from pleura.data.manifest import Manifest, read_manifest
from pleura.data.rule import Rule
from pleura.data.split import load_or_make_split, make_split
from pleura.data.subset import few_patients
from pleura.errors import InputError, PleuraError
from pleura.study.context import Context, Progress
from pleura.study.folder import drop_leftovers
from pleura.study.measure import Measured, Needs, measure_network
from pleura.study.missing_weights import replace_missing
from pleura.study.plan import Plan, make_plan
from pleura.study.schema import StudyFile

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """A study that can be worked on.

    `study` is as it can be run here: recipes whose weights are missing start from random ones.
    `measured` is by backbone and whether it trains. `plan_on` makes the plan again, with what has
    been found out since.
    """

    study: StudyFile
    context: Context
    measured: Mapping[tuple[str, bool], Measured]
    plan: Plan
    plan_on: Callable[[], Plan]


@contextmanager
def alone_in(folder: Path) -> Iterator[Path]:
    """Hold the lock of `folder`. Raises PleuraError for every failure of the file system."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be a study's folder ({error.strerror}); give another --out"
        ) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PleuraError(
                f"{folder}: another run is at work in this folder; wait for it or give --out"
            ) from error
        drop_leftovers(folder)
        try:
            yield folder
        except OSError as error:
            raise PleuraError(
                f"{error.filename or folder}: {error.strerror or error}\n"
                "  - mend this and give the same command again: it goes on from here"
            ) from error


def prepare(
    study: StudyFile, folder: Path, progress: Progress, announce: Announce, *, keep_split: bool
) -> Prepared:
    """Make a study ready in its folder; its split is written only with `keep_split`.

    Raises InputError for weights that do not fit, and one that lists all that is wrong with the
    data; PleuraError for weights that cannot be downloaded.
    """
    study, needs = replace_missing(study, announce)
    context = read_data(study, folder, progress, announce, keep_split=keep_split)
    measured = _measure(study, needs, context)
    precision = {
        backbone: known.precision for (backbone, trained), known in measured.items() if trained
    }
    plan_on = partial(make_plan, study, context, needs, precision)
    return Prepared(study, context, measured, plan_on(), plan_on)


def read_data(
    study: StudyFile, folder: Path, progress: Progress, announce: Announce, *, keep_split: bool
) -> Context:
    """Read, check, decode and split the data. Raises InputError that lists all that is wrong."""
    manifest = read_manifest(
        study.data.manifest,
        columns=study.data.columns,
        where=study.data.where,
        classes=study.data.classes,
        image_is_patient=study.data.image_is_patient,
    )
    if study.data.patients:
        manifest = few_patients(manifest, study.data.patients)
    _check_classes(manifest)
    announce(f"{len(manifest.table)} images of {len(set(manifest.groups))} patients")
    bank = build_bank(
        manifest.table["image"].tolist(),
        folder / "bank",
        size=study.data.size,
        fit=study.data.fit,
        progress=lambda done, total: progress("decoding images", done, total, {}),
    )
    manifest = check(manifest, bank, same_image=study.data.same_image)
    for note in manifest.notes:
        announce(f"note: {note}")
    rule = Rule(
        test=study.split.test,
        folds=study.split.folds,
        validation=study.split.validation,
        seeds=_all_seeds(study),
        fractions=study.fractions,
        rules=study.split.rules,
        seed=study.split.seed,
    )
    # A plan must not fix the split of a study that has not begun.
    drawn = folder / "split.json"
    keep = partial(load_or_make_split, drawn) if keep_split or drawn.exists() else make_split
    return Context(
        out=folder,
        manifest=manifest,
        bank=bank,
        split=keep(manifest, rule),
        threads=torch.get_num_threads(),
        accelerator="cuda" if torch.cuda.is_available() else "cpu",
        progress=progress,
    )


def _measure(
    study: StudyFile, needs: Mapping[str, Needs], context: Context
) -> dict[tuple[str, bool], Measured]:
    networks = {
        (recipe.backbone, not needs[name].on_features) for name, recipe in study.recipes.items()
    }
    return {
        (backbone, trained): measure_network(
            backbone,
            study.training,
            trained=trained,
            size=study.data.size,
            accelerator=context.accelerator,
            known=context.out / "measured.json",
        )
        for backbone, trained in sorted(networks)
    }


def _all_seeds(study: StudyFile) -> list[int]:
    return sorted({seed for fraction in study.fractions for seed in study.seeds_at(fraction)})


def _check_classes(manifest: Manifest) -> None:
    """Raise InputError for fewer than two classes, and for names that the tables use."""
    if len(manifest.classes) < 2:
        raise InputError(
            f"{manifest.origin}: one class only ({', '.join(manifest.classes)}); a study needs two",
            manifest.problems,
        )
    reserved = sorted({"all", "macro"} & set(manifest.classes))
    if reserved:
        raise InputError(f"{manifest.origin}: no class can be called {' or '.join(reserved)}")
