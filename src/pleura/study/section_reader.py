"""Reads a section of data: its table, its images and masks, decoded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit import check
from pleura.data.bank import Bank, build_bank
from pleura.data.clips.expansion import refuse_clips, with_frames
from pleura.data.clips.notes import sector_note
from pleura.data.cropped_bank import crop_bank
from pleura.data.lung_crop import LungRegions
from pleura.data.lung_regions import Lungs, given_lungs
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import MaskBank, Masks, build_masks
from pleura.data.relabel import merge_labels
from pleura.data.split import Split
from pleura.data.subgroup_column import SubgroupColumn
from pleura.data.subgroups import with_subgroups
from pleura.data.subset import few_patients
from pleura.errors import InputError
from pleura.study.context import Progress
from pleura.study.countermeasures import do_any
from pleura.study.material import Material
from pleura.study.pool import Source
from pleura.study.sections import Data
from pleura.study.simulated import manifest_of, told_of
from pleura.study.step_sections import SegmentationStep, SelfSupervisedStep
from pleura.study.study_base import StudyBase
from pleura.wording import count

BANK = "bank"  # the folder of what is decoded, and all that a plan writes
LUNGS = "lungs"  # below it, of where the lungs are and what is cropped to them
Announce = Callable[[str], None]
Images = tuple[Manifest, Bank]


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the images of a section besides what every table has: their `masks`, with
    which labels may be missing, further columns (`extras`), those that results are looked at by
    (`subgroups`), and whether labels are (`labelled`). `step` is the step that learns from them, ""
    where they are a study's own."""

    masks: tuple[Masks, ...] = ()
    extras: tuple[str, ...] = ()
    subgroups: tuple[SubgroupColumn, ...] = ()
    labelled: bool = True
    step: str = ""

    @classmethod
    def by(cls, study: StudyBase) -> "Wanted":
        """What a study wants of its own images."""
        return cls(
            masks=tuple(study.masks.values()),
            extras=tuple(study.extras),
            subgroups=tuple(study.subgroup_columns),
        )

    @property
    def told_as(self) -> str:
        """What stands before all that is told of these images."""
        return f"step {self.step}: " * bool(self.step)


@dataclass(frozen=True)
class Reader:
    """Reads sections of data into the `folder` of a study; `unlabelled_images` are those that were
    read for a step before, by their section: steps tend to share them."""

    folder: Path
    progress: Progress
    announce: Announce
    unlabelled_images: dict[str, Images] = field(default_factory=dict)

    def doing(self, what: str) -> None:
        """Let progress say what is being done from now on, until something else is."""
        self.progress(what, 0, 1, {})

    def images(self, data: Data, wanted: Wanted = Wanted()) -> Images:
        """The checked manifest and bank of a section. Raises InputError that lists all that is
        wrong with them."""
        manifest, bank = self.unchecked(data, wanted)
        self.doing(f"{wanted.told_as}checking images")
        manifest = check(manifest, bank, same_image=data.same_image)
        simulated = told_of(data.simulated, manifest.table["image"].tolist())
        notes = (*simulated, *manifest.notes, *sector_note(bank.info))
        manifest = replace(manifest, notes=notes)
        for note in manifest.notes:
            self.announce(f"note: {wanted.told_as}{note}")
        return manifest, bank

    def unchecked(self, data: Data, wanted: Wanted = Wanted()) -> Images:
        """The manifest and bank of a section as they are, whatever is wrong with them. Raises
        InputError where there is no table of images."""
        manifest = with_subgroups(self.listed(data, wanted), wanted.subgroups)
        patients = len(set(manifest.groups))
        images = count(len(manifest.table), "image")
        self.announce(f"{wanted.told_as}{images} of {count(patients, 'patient')}")
        bank = build_bank(
            manifest.table["image"].tolist(),
            self.folder / BANK,
            size=data.size,
            fit=data.fit,
            full_range=data.full_range,
            sector=data.frames is not None and data.frames.sector,
            progress=lambda done, total: self.progress("decoding images", done, total, {}),
        )
        return manifest, bank

    def listed(self, data: Data, wanted: Wanted = Wanted()) -> Manifest:
        """The manifest of a section, whatever is wrong with it: no image is decoded. Raises
        InputError where there is no table of images."""
        masks = wanted.masks
        self.doing(f"{wanted.told_as}reading the table")
        of_masks = (name for kind in masks for name in kind.extras)
        manifest = read_manifest(
            manifest_of(data, self.folder, self.progress, self.announce),
            columns=data.columns,
            where=data.where,
            classes=data.labels_read,
            image_is_patient=data.image_is_patient,
            files=list(dict.fromkeys(column for kind in masks for column in kind.files)),
            extras=list(dict.fromkeys([*of_masks, *wanted.extras, *data.label_columns])),
            optional=[column.name for column in wanted.subgroups],
            labelled=wanted.labelled and not masks and data.one_label,
            same_name=data.same_name,
            together=data.labels,
        )
        manifest = data.labelled(merge_labels(manifest, data.labels))
        if data.patients:
            manifest = few_patients(manifest, data.patients)
        return self.expanded(manifest, data)

    def expanded(self, manifest: Manifest, data: Data) -> Manifest:
        """The manifest with a row for each frame that is seen of a clip. Raises InputError for
        clips of which it is not said which frames that is."""
        if data.frames is None:
            refuse_clips(manifest, self.folder / BANK)
            return manifest
        return with_frames(
            manifest,
            data.frames,
            self.folder / BANK,
            lambda done, of: self.progress("looking through clips", done, of, {}),
        )

    def masks(self, manifest: Manifest, masks: Masks, bank: Bank) -> MaskBank:
        """The masks of images. Raises InputError where images are cropped to sectors."""
        _refuse_sectors(bank)
        self.doing("reading masks")
        return build_masks(manifest, masks, bank, self.folder / BANK / "masks")

    def material(self, name: str, step: SegmentationStep) -> Material:
        """What a step learns from. Raises InputError that lists all that is wrong with it."""
        with in_step(name):
            manifest, bank = self.images(step.data, Wanted((step.data.masks,), step=name))
            masks = self.masks(manifest, step.data.masks, bank)
            origin = step.data.source, step.data.licence
            return Material(manifest, bank, masks, step.validation, *origin)

    def unlabelled(self, name: str, step: SelfSupervisedStep) -> list[Source]:
        """What a step learns from besides the study's own images."""
        sources, images = [], self.unlabelled_images
        for data in step.data:
            section = data.model_dump_json(exclude={"strangers"})
            if section not in images:
                with in_step(name):
                    images[section] = self.images(data, Wanted(labelled=False, step=name))
            sources.append(Source(*images[section], strangers=data.strangers))
        return sources

    def cropped(self, study: StudyBase, whole: Images) -> tuple[Images, LungRegions | None]:
        """The images of a study as they are seen: cropped to their lungs, where it says so, with a
        note of it in the manifest, and where the lungs are in them; else as they are, and None."""
        crop = study.lungs.cropping if study.lungs else None
        if crop is None:
            return whole, None
        manifest, bank = whole
        _refuse_sectors(bank)
        assert study.lungs is not None and study.lungs.masker is not None
        from pleura.deploy.lung_crops import find_regions

        folder = self.folder / BANK / LUNGS
        regions = find_regions(
            manifest,
            bank,
            study.lungs.masker,
            crop,
            folder,
            lambda done, of: self.progress("segmenting lungs", done, of, {}),
        )
        regions.refuse_none_found()
        # Not beside other banks: who compares images looks at whole ones.
        cropped = crop_bank(
            manifest,
            bank,
            regions,
            folder,
            lambda done, of: self.progress("cropping images to their lungs", done, of, {}),
        )
        notes = regions.notes(manifest.members)
        for note in notes:
            self.announce(f"note: {note}")
        return (replace(manifest, notes=(*manifest.notes, *notes)), cropped), regions

    def lungs(
        self,
        study: StudyBase,
        manifest: Manifest,
        bank: Bank,
        split: Split,
        regions: LungRegions | None,
    ) -> Lungs | None:
        """Where the lungs are in the images that test, as the study says; where images are cropped,
        as their `regions` say."""
        return self._lungs(study, manifest, bank, split.tested, "tests", regions)

    def training_lungs(
        self,
        study: StudyBase,
        manifest: Manifest,
        bank: Bank,
        split: Split,
        regions: LungRegions | None,
    ) -> Lungs | None:
        """The same of the images that train in any draw, where a recipe swaps backgrounds."""
        if not do_any(study, "swap"):
            return None
        trains = np.unique(np.concatenate([split.parts(*draw).train for draw in split.drawn]))
        lungs = self._lungs(study, manifest, bank, trains, "trains", regions)
        if lungs is not None:
            without = count(len(trains) - len(lungs.rows), "image")
            self.announce(
                f"note: swap: background: {without} of {len(trains)} that train have no lungs that "
                "are known, and keep their background"
            )
        return lungs

    def _lungs(
        self,
        study: StudyBase,
        manifest: Manifest,
        bank: Bank,
        rows: NDArray[np.int64],
        of: str,
        regions: LungRegions | None,
    ) -> Lungs | None:
        if study.lungs is None:
            return None
        if regions is not None:
            return regions.lungs(rows)
        _refuse_sectors(bank)
        masker, folder = study.lungs.masker, self.folder / BANK / LUNGS
        assert study.lungs.study is None  # a masker stands in its place, or no lungs
        if masker is None:
            self.doing("reading masks of lungs")
            return given_lungs(manifest, bank, rows, folder, of=of)
        from pleura.deploy.lung_masker import segmented_lungs

        return segmented_lungs(
            manifest,
            bank,
            rows,
            masker,
            folder,
            lambda done, of: self.progress("segmenting lungs", done, of, {}),
        )


def _refuse_sectors(bank: Bank) -> None:
    """Raise InputError where images are cropped to sectors, since masks lie on whole images."""
    if (bank.info["sector"] != "").any():
        raise InputError(
            "data.frames: masks lie on whole images, and these are cropped to the ultrasound's "
            "sector; write frames: {number: 8, sector: false}"
        )


@contextmanager
def in_step(name: str) -> Iterator[None]:
    """Say of errors in here that they are of a step."""
    try:
        yield
    except InputError as error:
        raise InputError(f"steps.{name}: {error}") from error
