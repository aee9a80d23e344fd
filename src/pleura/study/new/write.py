"""Writes the study file of a table of images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import yaml

from pleura.data.manifest import Manifest
from pleura.data.names import part_of
from pleura.data.rule import Rule
from pleura.data.sources.places import PUBLIC, name_of_table
from pleura.data.split import Split, make_split
from pleura.errors import InputError
from pleura.files import write_text
from pleura.study.new.asked import Asked, ask
from pleura.study.new.design import Design, fit_design
from pleura.study.new.look import Look, look_at
from pleura.study.new.merged import read_classes
from pleura.study.new.notes import (
    counts_of,
    like_dates,
    notes_on_split,
    seen_of,
    subgroup_hint,
    unlabelled,
)
from pleura.study.new.people import QUICK_SIZE, SEEDS, divided, shared_images_merged
from pleura.study.new.target import CLASSES, GRADES
from pleura.study.new.text import study_text
from pleura.study.new.timing import time_backbone
from pleura.study.study_files import make_study
from pleura.tasks.listed import TASKS
from pleura.wording import count

Progress = Callable[[str, int, int], None]
Announce = Callable[[str], None]
HOUR = 60.0  # minutes


def default_file(table: Path) -> Path:
    """The study file of a table unless the user names another, in the folder of work."""
    return Path(f"{name_of_table(table)}.yaml")


def new_study(
    table: Path,
    out: Path | None = None,
    *,
    task: str = "",
    number: str = "",
    columns: Mapping[str, str] = {},
    classes: Sequence[str] = (),
    image_is_patient: bool = False,
    overwrite: bool = False,
    progress: Progress = lambda what, done, total: None,
    announce: Announce = lambda line: None,
) -> Path:
    """Look at a table of images, write a study file that runs as it is, and return its path.

    `table` is whatever a study takes as its manifest, `public:NAME` too. `task`, the column of a
    `number` and `columns` (our name: the file's) say what is not clear from the table; `classes`,
    such as `ill=viral,bacterial`, which labels are one class;
    `image_is_patient` that every image is of another patient.

    Raises InputError for a file that is there already unless `overwrite` is set, for rows that no
    study would take, and where no study could learn from the table, with what to do.
    """
    out = out or default_file(table)
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"{out}: a study file is YAML; let its name end in .yaml")
    if out.exists() and not overwrite:
        raise InputError(
            f"{out}: is there already; --overwrite writes it anew, --out writes another file"
        )
    asked = ask(
        table,
        out.absolute(),
        task=task,
        number=number,
        columns=columns,
        merged=read_classes(classes),
        image_is_patient=image_is_patient,
        looked=lambda done, total: progress("looking through clips", done, total),
    )
    manifest = asked.manifest
    patients = count(len({*manifest.groups.tolist()}), "patient")
    seen = seen_of(manifest.table["image"].tolist(), clips="frames" in asked.data)
    announce(f"{seen} of {patients}")
    announce(asked.meanings)
    look = look_at(
        manifest.table["image"].tolist(),
        lambda done, total: progress("looking at images", done, total),
    )
    if look.told:
        announce(f"note: {look.told}")
    shared = partial(
        shared_images_merged,
        table,
        asked.target,
        manifest,
        look.full_range,
        sector="frames" in asked.data,
        looked=lambda done, total: progress("comparing images", done, total),
    )
    apart, manifest = manifest, shared()  # as the quick variant has it, which merges most
    balance = TASKS[asked.target.task].learned.balance
    parts = sorted({part_of(cell) or "" for cell in set(manifest.table["split"])})
    (rule, fractions, split), why = divided(manifest, balance, parts)

    def again(fewer: Manifest) -> Split:
        return make_split(fewer, Rule(**rule, seeds=[SEEDS[0]], fractions=[1.0]), balance)

    progress("timing a network", 0, 1)
    timing, cores = time_backbone(announce), torch.get_num_threads()
    design = fit_design(manifest, split, fractions, look.side, timing, cores, again)
    if manifest.notes != apart.notes and design.size != QUICK_SIZE:
        manifest = shared(size=design.size)
    on_split = notes_on_split(manifest, rule, why)
    for line in manifest.notes:
        if line not in apart.notes:
            announce(f"note: {line}")
    asked = replace(asked, manifest=manifest)
    text = _text(table, asked, look, design, rule, [*on_split, *subgroup_hint(asked.table)])
    content = yaml.safe_load(text)
    content.pop("quick")
    make_study(content, where=str(out), relative_to=out.absolute().parent)
    write_text(out, text)
    few = [f"left out, {it}" for it in asked.few]
    if few and asked.target.task in (CLASSES, GRADES):
        few.append("--classes 'NEW=LABEL,LABEL' makes one class of several labels")
    if "where" in asked.data:
        few.insert(0, unlabelled(asked.table, asked.columns))
    if "patient" in asked.columns:
        few += like_dates(asked.table[asked.columns["patient"]].tolist())
    for line in (*few, *on_split):
        announce(f"note: {line}")
    announce(f"on this machine it takes {_time(design)}")
    return out


def _text(
    table: Path,
    asked: Asked,
    look: Look,
    design: Design,
    rule: Mapping[str, Any],
    split_notes: list[str],
) -> str:
    learned = asked.target.section()
    data: dict[str, Any] = {**asked.data, **learned, "size": design.size, "same_image": "merge"}
    if look.full_range:
        data["full_range"] = list(look.full_range)
    if design.patients:
        data["patients"] = design.patients
    few = [f"left out, {it}" for it in asked.few]
    return study_text(
        head=[
            f"A study of {table}, as pleura new proposes it. Every line can be changed; all keys: "
            "docs/reference/study-file.md",
            f"On this machine it takes {_time(design)}.",
        ],
        task=asked.target.task,
        question=asked.question,
        data=data,
        data_notes={
            "columns": ["our name: the name in the table; look whether each is what is meant"],
            next(iter(learned)): [*counts_of(asked.manifest, clips="frames" in data), *few],
            "size": [
                f"pixels; the images have about {look.side}. In the place of this line, "
                "`budget: 2 h` at the left margin chooses size, epochs, rates and trials"
            ],
            "frames": ["of each clip, spread evenly; a clip is judged by the mean of its frames"],
            "where": [unlabelled(asked.table, asked.columns)],
            "same_image": ["patients who have the same image, as pixels tell it, count as one"],
            "full_range": [f"black and white: {look.told}"],
            "patients": ["at most so many of each class, to keep within an hour"],
            "image_is_patient": ["every image is of another patient, as was said"],
        },
        split=rule,
        split_notes=split_notes,
        design=design,
        hides_names=not str(table).startswith(PUBLIC),
    )


def _time(design: Design) -> str:
    about = "a minute" if design.minutes < 1 else f"{count(round(design.minutes), 'minute')}"
    more = "; no smaller study would be worth it" if design.minutes > HOUR else ""
    return f"about {about} at most, besides heat maps and the page{more}"
