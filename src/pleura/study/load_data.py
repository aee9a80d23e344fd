"""The data of a study: read, checked, decoded and split; its own, and what its steps learn from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from pleura.data.manifest import Manifest
from pleura.data.names import RESERVED_CLASSES
from pleura.data.rule import Rule
from pleura.data.split import Split
from pleura.data.split_file import load_or_make_split
from pleura.errors import InputError
from pleura.study.context import Context, Progress
from pleura.study.material import Material, refuse_tested
from pleura.study.pool import Pool, Source, compared
from pleura.study.section_reader import Announce, Images, Reader, Wanted, in_step
from pleura.study.sections import Data
from pleura.study.step_sections import SegmentationStep, SelfSupervisedStep
from pleura.study.study_base import StudyBase
from pleura.tasks.listed import TASKS
from pleura.wording import first_few


def read_data(
    study: StudyBase, folder: Path, progress: Progress, announce: Announce, *, keep_split: bool
) -> Context:
    """Read, check, decode and split the data. Raises InputError that lists all that is wrong."""
    reader = Reader(folder, progress, announce)
    if study.lungs and study.lungs.masker:
        from pleura.deploy.lung_masker import check_masker  # half a second, as below

        try:
            check_masker(study.lungs.masker)  # before images are decoded for hours
        except InputError as error:
            raise InputError(
                f"data.lungs.masker: {error}; make one: docs/how-to/lung-masks.md"
            ) from error
    whole = reader.images(study.data, Wanted.by(study))
    own, regions = reader.cropped(study, whole)
    manifest, bank = own
    task = TASKS[study.task]
    if task.labelled:
        _check_classes(manifest)
        study.prevalence_of(manifest.classes)  # raises where they fit no classes
    rule = Rule(
        **study.split.model_dump(),
        seeds=_all_seeds(study),
        fractions=study.fractions,
        aside=study.aside,
    )
    masks = {name: reader.masks(manifest, kind, bank) for name, kind in study.masks.items()}
    materials = {name: reader.material(name, step) for name, step in study.segmentations.items()}
    pretrainings = _named(study, announce)
    unlabelled = {name: reader.unlabelled(name, step) for name, step in pretrainings.items()}
    # Kept only once the rest of the data is sound, since mending the data may need another split;
    # and a plan must neither fix the split of a study that has not begun nor enlarge another's.
    reader.doing("drawing the split")
    drawn = folder / "split.json"
    split = load_or_make_split(drawn, manifest, rule, task.learned.balance, write=False)
    _check_test(manifest, split, by_fold=task.labelled)
    if materials or unlabelled:
        reader.doing("comparing images of steps with those of the study")
    sources = compared(
        {
            **{
                name: [_learned_from(materials[name], step)]
                for name, step in study.segmentations.items()
            },
            **unlabelled,
        },
        whole[1],  # a cropped image is not like the same one in another set
        split.judging,
    )
    pools = {}
    for name, step in pretrainings.items():
        with in_step(name):
            pools[name] = _pool(step, sources[name], own, study.data, split)
            for fold, seed, _ in split.drawn:
                pools[name].parts(seed, fold)
    seen = [name for name, step in pretrainings.items() if step.transductive]
    learned_from = [(name, each) for name in sources if name not in seen for each in sources[name]]
    refuse_tested(manifest, split, learned_from)
    for name, material in materials.items():
        with in_step(name):
            materials[name] = material.without_validation(sources[name][0], manifest, split)
    if regions is not None and study.lungs and study.lungs.masker:
        from pleura.study.masker_patients import note_of_masker  # as above

        reader.doing("comparing images of the lung masker with those of the study")
        note = note_of_masker(study.lungs.masker, regions.origin, manifest, whole[1], split)
        if note:
            announce(f"note: {note}")
            manifest = replace(manifest, notes=(*manifest.notes, note))
    lungs = reader.lungs(study, manifest, bank, split, regions)
    training_lungs = reader.training_lungs(study, manifest, bank, split, regions)
    if keep_split:
        split = load_or_make_split(drawn, manifest, rule, task.learned.balance)
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
        training_lungs=training_lungs,
        uncropped=whole[1] if regions else None,
    )


def _named(study: StudyBase, announce: Announce) -> dict[str, SelfSupervisedStep]:
    """The self-supervised steps that some recipe's curriculum names; others are not even read."""
    steps = study.pretrainings
    used = {name for recipe in study.recipes.values() for name in recipe.curriculum_of(steps)}
    for name in steps:
        if name not in used:
            announce(f"note: steps.{name}: no recipe's curriculum names it; it is left out")
    return {name: step for name, step in steps.items() if name in used}


def _pool(
    step: SelfSupervisedStep, others: Sequence[Source], own: Images, data: Data, split: Split
) -> Pool:
    """What a step learns from; `own` are the study's images and `data` is their section."""
    with_own = step.own or not step.data
    if with_own and any(each.bank.size != own[1].size for each in others):
        raise InputError(f"data.size: with the study's own images it must be {own[1].size}")
    sources = [Source(*own, own=True)] if with_own else []
    sections = [*([data] if with_own else []), *step.data]
    origin = {
        key: "; ".join(dict.fromkeys(filter(None, (getattr(each, key) for each in sections))))
        for key in ("source", "licence")
    }
    return Pool(
        (*sources, *others),
        step.validation,
        own[0],
        split,
        transductive=step.transductive,
        **origin,
    )


def _learned_from(material: Material, step: SegmentationStep) -> Source:
    return Source(material.manifest, material.bank, strangers=step.strangers)


def _all_seeds(study: StudyBase) -> list[int]:
    return sorted({seed for fraction in study.fractions for seed in study.seeds_at(fraction)})


def _check_classes(manifest: Manifest) -> None:
    """Raise InputError for fewer than two classes, and for names that the tables use."""
    if len(manifest.members) < 2:
        raise InputError(
            f"{manifest.origin}: one class only ({', '.join(manifest.classes)}); a study needs two",
            manifest.problems,
        )
    reserved = sorted({*RESERVED_CLASSES} & set(manifest.classes))
    if reserved:
        raise InputError(f"{manifest.origin}: no class can be called {' or '.join(reserved)}")


def _check_test(manifest: Manifest, split: Split, *, by_fold: bool) -> None:
    """Raise InputError where a single patient tests: no interval over patients could be made. Where
    labels are learned each fold is evaluated `by_fold`, else all together."""
    tests = [split.test_of(fold) for fold in range(split.folds)] if by_fold else [split.tested]
    alone = [fold for fold, rows in enumerate(tests) if len(set(manifest.groups[rows])) == 1]
    if alone:
        where = f" in folds {first_few(alone)}" if len(tests) > 1 else ""
        raise InputError(
            f"{manifest.origin}: a single patient tests{where}, and intervals over patients need "
            f"two; take {'fewer folds' if where else 'more to test'}"
        )
