"""A study made ready: data read, checked, decoded and split, networks measured, steps planned."""

import fcntl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from pleura.data.audit import check
from pleura.data.bank import Bank, build_bank
from pleura.data.lungs import Lungs, given_lungs
from pleura.data.manifest import Manifest, read_manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.data.relabel import merge_labels
from pleura.data.rule import Rule
from pleura.data.split import Split, load_or_make_split, make_split
from pleura.data.subset import few_patients
from pleura.deploy.lungs import segmented_lungs
from pleura.errors import InputError, PleuraError
from pleura.study.context import Context, Progress
from pleura.study.folder import drop_leftovers
from pleura.study.material import Material, refuse_tested
from pleura.study.measure import Measured, measure_network, subjects_of
from pleura.study.missing_weights import replace_missing
from pleura.study.plan import make_plan
from pleura.study.plan_segmentation import plan_segmentation
from pleura.study.planned import Plan
from pleura.study.pool import Pool, pools_by_name
from pleura.study.read import AnyStudy
from pleura.study.schema import StudyFile
from pleura.study.sections import Data
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.step_sections import SegmentationStep, SelfSupervisedStep

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """A study that can be worked on.

    `study` is as it can be run here: recipes whose weights are missing start from random ones.
    `measured` is by network and whether it trains. `plan_on` makes the plan again, with what has
    been found out since.
    """

    study: AnyStudy
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
    study: AnyStudy, folder: Path, progress: Progress, announce: Announce, *, keep_split: bool
) -> Prepared:
    """Make a study ready in its folder; its split is written only with `keep_split`.

    Raises InputError for weights that do not fit, and one that lists all that is wrong with the
    data; PleuraError for weights that cannot be downloaded.
    """
    study, needs = replace_missing(study, announce)
    context = read_data(study, folder, progress, announce, keep_split=keep_split)
    measured = {
        key: measure_network(
            subject, accelerator=context.accelerator, known=folder / "measured.json"
        )
        for key, subject in subjects_of(study, needs).items()
    }
    precision = {
        network: known.precision for (network, trained), known in measured.items() if trained
    }
    if isinstance(study, SegmentationStudy):
        plan_on = partial(plan_segmentation, study, context, precision)
    else:
        plan_on = partial(make_plan, study, context, needs, precision)
    return Prepared(study, context, measured, plan_on(), plan_on)


def read_data(
    study: AnyStudy, folder: Path, progress: Progress, announce: Announce, *, keep_split: bool
) -> Context:
    """Read, check, decode and split the data. Raises InputError that lists all that is wrong."""
    read = partial(_read_images, folder=folder, progress=progress, announce=announce)
    if isinstance(study, SegmentationStudy):
        own = {name: recipe.masks for name, recipe in study.recipes.items() if recipe.masks}
        kinds = {"": study.data.masks, **own}
        manifest, bank = read(study.data, masks=kinds.values())
    else:
        kinds = {}
        manifest, bank = read(study.data, extras=study.data.flags.values())
        _check_classes(manifest)
    rule = Rule(
        test=study.split.test,
        folds=study.split.folds,
        validation=study.split.validation,
        seeds=_all_seeds(study),
        fractions=study.fractions,
        rules=study.split.rules,
        seed=study.split.seed,
    )
    masks = {
        name: build_masks(manifest, kind, bank, folder / "masks") for name, kind in kinds.items()
    }
    segmentations = study.steps_of(SegmentationStep)
    materials = {name: _material(name, step, read, folder) for name, step in segmentations.items()}
    pretrainings = study.steps_of(SelfSupervisedStep)
    known: dict[str, tuple[Manifest, Bank]] = {}  # steps tend to share their images
    unlabelled = {
        name: [_unlabelled(name, data, read, known) for data in step.data]
        for name, step in pretrainings.items()
    }
    # Kept only once the rest of the data is sound, since mending the data may need another split;
    # and a plan must not fix the split of a study that has not begun.
    drawn = folder / "split.json"
    keep = partial(load_or_make_split, drawn) if keep_split or drawn.exists() else make_split
    split = keep(manifest, rule)
    pools = {
        name: _pool(step, unlabelled[name] or [(manifest, bank)], study.data, split)
        for name, step in pretrainings.items()
    }
    for name, pool in pools.items():
        try:
            for fold in range(split.folds):
                pool.parts(0, fold)  # as many patients with every seed
        except InputError as error:
            raise InputError(f"steps.{name}: {error}") from error
    learned_from = [(name, it.manifest, it.bank) for name, it in materials.items()]
    strangers = {name for name, step in study.steps.items() if step.strangers}
    refuse_tested(manifest, bank, split, [*learned_from, *pools_by_name(pools)], strangers)
    return Context(
        out=folder,
        manifest=manifest,
        bank=bank,
        split=split,
        threads=torch.get_num_threads(),
        accelerator="cuda" if torch.cuda.is_available() else "cpu",
        progress=progress,
        masks=masks,
        materials=materials,
        pools=pools,
        lungs=_lungs(study, manifest, bank, split, folder, progress),
    )


def _unlabelled(
    name: str,
    data: Data,
    read: Callable[..., tuple[Manifest, Bank]],
    known: dict[str, tuple[Manifest, Bank]],
) -> tuple[Manifest, Bank]:
    """Images of one section of a step's data, read once (`known`)."""
    section = data.model_dump_json()
    if section not in known:
        try:
            known[section] = read(data, labelled=False)
        except InputError as error:
            raise InputError(f"steps.{name}: {error}") from error
    return known[section]


def _pool(
    step: SelfSupervisedStep, images: Sequence[tuple[Manifest, Bank]], own: Data, split: Split
) -> Pool:
    """What a step learns from; `own` is the study's section of data."""
    manifests, banks = zip(*images, strict=True)
    sections = step.data or [own]
    sources, licences = (
        "; ".join(dict.fromkeys(getattr(data, key) for data in sections if getattr(data, key)))
        for key in ("source", "licence")
    )
    return Pool(
        manifests,
        banks,
        step.validation,
        split=None if step.data else split,
        transductive=step.transductive,
        source=sources,
        licence=licences,
    )


def _lungs(
    study: AnyStudy,
    manifest: Manifest,
    bank: Bank,
    split: Split,
    folder: Path,
    progress: Progress,
) -> Lungs | None:
    """Where the lungs are in the images that test, as the study says."""
    if not isinstance(study, StudyFile) or study.data.lungs is None:
        return None
    masker = study.data.lungs.masker
    if masker is None:
        return given_lungs(manifest, bank, split.tested, folder / "lungs")
    told = partial(progress, "segmenting lungs")
    return segmented_lungs(
        manifest, bank, split.tested, masker, folder / "lungs", lambda done, of: told(done, of, {})
    )


def _read_images(
    data: Data,
    *,
    folder: Path,
    progress: Progress,
    announce: Announce,
    masks: Iterable[Masks] = (),
    extras: Iterable[str] = (),
    labelled: bool = True,
) -> tuple[Manifest, Bank]:
    """The checked manifest and bank of one section of data; with `masks`, labels may be missing."""
    masks = tuple(masks)
    wanted = [old for name in data.classes or () for old in data.labels.get(name, [name])]
    manifest = read_manifest(
        data.manifest,
        columns=data.columns,
        where=data.where,
        classes=wanted or None,
        image_is_patient=data.image_is_patient,
        files=list(dict.fromkeys(column for kind in masks for column in kind.files)),
        extras=list(dict.fromkeys((*(name for kind in masks for name in kind.extras), *extras))),
        labelled=labelled and not masks,
    )
    if data.labels:
        manifest = merge_labels(manifest, data.labels)
    if data.patients:
        manifest = few_patients(manifest, data.patients)
    announce(f"{len(manifest.table)} images of {len(set(manifest.groups))} patients")
    bank = build_bank(
        manifest.table["image"].tolist(),
        folder / "bank",
        size=data.size,
        fit=data.fit,
        progress=lambda done, total: progress("decoding images", done, total, {}),
    )
    manifest = check(manifest, bank, same_image=data.same_image)
    for note in manifest.notes:
        announce(f"note: {note}")
    return manifest, bank


def _material(
    name: str, step: SegmentationStep, read: Callable[..., tuple[Manifest, Bank]], folder: Path
) -> Material:
    """What a step learns from. Raises InputError that lists all that is wrong with it."""
    try:
        manifest, bank = read(step.data, masks=[step.data.masks])
        masks = build_masks(manifest, step.data.masks, bank, folder / "masks")
        told = step.data.source, step.data.licence
        return Material(manifest, bank, masks, step.validation, *told)
    except InputError as error:
        raise InputError(f"steps.{name}: {error}") from error


def _all_seeds(study: AnyStudy) -> list[int]:
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
