"""The data of a study: read, checked, decoded and split; its own, and what its steps learn from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from pleura.data.audit import check
from pleura.data.bank import Bank, build_bank
from pleura.data.lung_regions import Lungs, given_lungs
from pleura.data.manifest import Manifest, read_manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.data.relabel import merge_labels
from pleura.data.rule import Rule
from pleura.data.split import Split, load_or_make_split
from pleura.data.subset import few_patients
from pleura.errors import InputError
from pleura.study.context import Context, Progress
from pleura.study.material import Material, refuse_tested
from pleura.study.pool import Pool, Source, strange_sources
from pleura.study.sections import Data
from pleura.study.simulated import manifest_of, told_of
from pleura.study.step_sections import SegmentationStep, SelfSupervisedStep, UnlabelledData
from pleura.study.study_base import StudyBase
from pleura.tasks.listed import TASKS
from pleura.wording import count

BANK = "bank"  # the folder of what is decoded, and all that a plan writes
Announce = Callable[[str], None]
Read = tuple[Manifest, Bank]


def read_data(
    study: StudyBase, folder: Path, progress: Progress, announce: Announce, *, keep_split: bool
) -> Context:
    """Read, check, decode and split the data. Raises InputError that lists all that is wrong."""
    read = partial(_read_images, folder=folder, progress=progress, announce=announce)
    if study.lungs and study.lungs.masker:
        from pleura.deploy.segmenter import load_segmenter  # half a second, as below

        try:
            load_segmenter(study.lungs.masker)  # before images are decoded for hours
        except InputError as error:
            raise InputError(
                f"data.lungs.masker: {error}; make one: docs/how-to/lung-masks.md"
            ) from error
    manifest, bank = read(study.data, masks=study.masks.values(), extras=study.extras)
    task = TASKS[study.task]
    if task.labelled:
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
        name: build_masks(manifest, kind, bank, folder / BANK / "masks")
        for name, kind in study.masks.items()
    }
    segmentations = study.segmentations
    materials = {name: _material(name, step, read, folder) for name, step in segmentations.items()}
    pretrainings = _named(study, announce)
    known: dict[str, Read] = {}  # steps tend to share their images
    unlabelled = {
        name: [_unlabelled(name, data, read, known) for data in step.data]
        for name, step in pretrainings.items()
    }
    # Kept only once the rest of the data is sound, since mending the data may need another split;
    # and a plan must neither fix the split of a study that has not begun nor enlarge another's.
    drawn = folder / "split.json"
    split = load_or_make_split(drawn, manifest, rule, task.learned.strata, write=False)
    pools = {}
    for name, step in pretrainings.items():
        try:
            pools[name] = _pool(step, unlabelled[name], (manifest, bank), study.data, split)
            for fold, seed, _ in split.drawn:
                pools[name].parts(seed, fold)
        except InputError as error:
            raise InputError(f"steps.{name}: {error}") from error
    learned_from = [
        (name, it.manifest, it.bank, segmentations[name].strangers)
        for name, it in materials.items()
    ]
    refuse_tested(manifest, bank, split, [*learned_from, *strange_sources(pools)])
    lungs = _lungs(study, manifest, bank, split, folder, progress)
    if keep_split:
        split = load_or_make_split(drawn, manifest, rule, task.learned.strata)
    return Context(
        out=folder,
        manifest=manifest,
        bank=bank,
        split=split,
        threads=torch.get_num_threads(),
        accelerator="cuda" if torch.cuda.is_available() else "cpu",
        masks=masks,
        materials=materials,
        pools=pools,
        lungs=lungs,
    )


def _named(study: StudyBase, announce: Announce) -> dict[str, SelfSupervisedStep]:
    """The self-supervised steps that some recipe's curriculum names; others are not even read."""
    steps = study.pretrainings
    used = {name for recipe in study.recipes.values() for name in recipe.curriculum_of(steps)}
    for name in steps:
        if name not in used:
            announce(f"note: steps.{name}: no recipe's curriculum names it; it is left out")
    return {name: step for name, step in steps.items() if name in used}


def _unlabelled(
    name: str, data: UnlabelledData, read: Callable[..., Read], known: dict[str, Read]
) -> Source:
    """Images of one section of a step's data, read once (`known`)."""
    section = data.model_dump_json(exclude={"strangers"})
    if section not in known:
        try:
            known[section] = read(data, labelled=False)
        except InputError as error:
            raise InputError(f"steps.{name}: {error}") from error
    return Source(*known[section], strangers=data.strangers)


def _pool(
    step: SelfSupervisedStep, others: Sequence[Source], own: Read, data: Data, split: Split
) -> Pool:
    """What a step learns from; `own` are the study's images and `data` is their section."""
    with_own = step.own or not step.data
    sources = [Source(*own, own=True)] if with_own else []
    if with_own and any(each.bank.size != own[1].size for each in others):
        raise InputError(f"data.size: with the study's own images it must be {own[1].size}")
    sections = [*([data] if with_own else []), *step.data]
    told = {
        key: "; ".join(dict.fromkeys(filter(None, (getattr(each, key) for each in sections))))
        for key in ("source", "licence")
    }
    return Pool(
        (*sources, *others), step.validation, own[0], split, transductive=step.transductive, **told
    )


def _lungs(
    study: StudyBase,
    manifest: Manifest,
    bank: Bank,
    split: Split,
    folder: Path,
    progress: Progress,
) -> Lungs | None:
    """Where the lungs are in the images that test, as the study says."""
    if study.lungs is None:
        return None
    masker = study.lungs.masker
    assert study.lungs.study is None  # a masker stands in its place, or no lungs
    if masker is None:
        return given_lungs(manifest, bank, split.tested, folder / BANK / "lungs")
    from pleura.deploy.lung_masker import segmented_lungs

    told = partial(progress, "segmenting lungs")
    return segmented_lungs(
        manifest,
        bank,
        split.tested,
        masker,
        folder / BANK / "lungs",
        lambda done, of: told(done, of, {}),
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
) -> Read:
    """The checked manifest and bank of one section of data; with `masks`, labels may be missing."""
    masks = tuple(masks)
    wanted = [old for name in data.classes or () for old in data.labels.get(name, [name])]
    manifest = read_manifest(
        manifest_of(data, folder, progress, announce),
        columns=data.columns,
        where=data.where,
        classes=wanted or None,
        image_is_patient=data.image_is_patient,
        files=list(dict.fromkeys(column for kind in masks for column in kind.files)),
        extras=list(dict.fromkeys((*(name for kind in masks for name in kind.extras), *extras))),
        labelled=labelled and not masks,
        same_name=data.same_name,
        together=data.labels,
    )
    if data.labels:
        manifest = merge_labels(manifest, data.labels)
    if data.patients:
        manifest = few_patients(manifest, data.patients)
    patients = len(set(manifest.groups))
    announce(f"{count(len(manifest.table), 'image')} of {count(patients, 'patient')}")
    bank = build_bank(
        manifest.table["image"].tolist(),
        folder / BANK,
        size=data.size,
        fit=data.fit,
        full_range=data.full_range,
        progress=lambda done, total: progress("decoding images", done, total, {}),
    )
    manifest = check(manifest, bank, same_image=data.same_image)
    if data.simulated:
        manifest = replace(manifest, notes=(told_of(data.simulated), *manifest.notes))
    for note in manifest.notes:
        announce(f"note: {note}")
    return manifest, bank


def _material(
    name: str, step: SegmentationStep, read: Callable[..., Read], folder: Path
) -> Material:
    """What a step learns from. Raises InputError that lists all that is wrong with it."""
    try:
        manifest, bank = read(step.data, masks=[step.data.masks])
        masks = build_masks(manifest, step.data.masks, bank, folder / BANK / "masks")
        told = step.data.source, step.data.licence
        return Material(manifest, bank, masks, step.validation, *told)
    except InputError as error:
        raise InputError(f"steps.{name}: {error}") from error


def _all_seeds(study: StudyBase) -> list[int]:
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
