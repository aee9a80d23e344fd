"""What a study's folder says of its past: the machines that took part, results cut short since."""

import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import torch

from pleura.csv_file import LENGTHS, record_lengths
from pleura.errors import InputError
from pleura.files import drop, is_temporary, read_mapping, write_text
from pleura.study.context import Context
from pleura.study.step import DONE, Step
from pleura.study.steps.kind import PANELS
from pleura.tables import SIDE_BY_SIDE

SPLIT, STEPS = "split.json", "steps"  # what a run writes before all else in its folder
# What the tables and the report of a study are called: they take the place of what is there.
WRITTEN = (
    *("areas.csv", "attention.csv", "audit.csv", "by_policy.csv", "cases.csv", "clips.csv"),
    *("clues.csv", "comparisons.csv", "curriculum.csv", "demographics.csv", "depths.csv"),
    *("predictions.csv", "pretraining.csv", "rungs.csv", "runs.csv", "shares.csv"),
    *("similarity.csv", "sources.csv", "steps.csv", "subgroups.csv", "summary.csv"),
    *("evaluations.json", "notes.json", "lengths.json", "study.yaml", "report.html"),
    *("best", "best_pixels"),
)
OF_THE_REPORT = ("summary.csv", "comparisons.csv")  # which every report writes anew


def refuse_files_of_others(folder: Path) -> None:
    """Raise InputError where something in `folder` would be overwritten that no study has left
    there, such as the study file itself or a table of images called `cases.csv`."""
    if (folder / SPLIT).exists() or (folder / STEPS).exists():
        return
    if names := [name for name in WRITTEN if (folder / name).exists()]:
        raise InputError(
            f"{folder}: has {', '.join(names)}, which a study would overwrite, but neither {SPLIT} "
            f"nor {STEPS}, so that no study has left {'it' if len(names) == 1 else 'them'}; give "
            "another --out"
        )


def forget_lengths(folder: Path) -> None:
    """Before tables are written anew: a run that is killed meanwhile must not make those that it
    wrote look cut off."""
    for place in (folder, folder / PANELS):
        (place / LENGTHS).unlink(missing_ok=True)


def note_lengths(folder: Path) -> None:
    """Note how long the tables and the study file are that a run has written, those beside pictures
    too (see `pleura.csv_file.refuse_shorter`)."""
    written = {name for name in WRITTEN if name.endswith((".csv", ".yaml"))}
    record_lengths(folder, written - {*OF_THE_REPORT})
    record_lengths(folder / PANELS, (path.name for path in (folder / PANELS).glob("*.csv")))


def environment(context: Context) -> dict[str, str]:
    """Versions and machine, for the report."""
    packages = ("pleura", "torch", "torchvision", "timm", "scikit-learn", "numpy")
    return {
        **{name: version(name) for name in packages},
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor cores": str(os.cpu_count()),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": str(context.threads),
        **({"devices of pretraining": str(context.devices.all)} if context.pools else {}),
        "device": torch.cuda.get_device_name() if context.accelerator == "cuda" else "cpu",
    }


def record_environment(context: Context, announce: Callable[[str], None], *, at_work: bool) -> None:
    """Write environment.json; what changed since an earlier run of the study is told there.

    A run that is not `at_work`, since nothing is left to do, writes only what is missing.
    """
    record_machine(context.out, environment(context), announce, at_work=at_work)


def record_machine(
    folder: Path,
    record: Mapping[str, str],
    announce: Callable[[str], None],
    *,
    at_work: bool = True,
) -> None:
    """Add a machine that works on a study to its environment.json, as `record_environment` does."""
    path = folder / "environment.json"
    before = {name: it for name, it in read_mapping(path).items() if isinstance(it, str)}
    if before and not at_work:
        return
    changed = {
        name: f"{before[name]}, then {value}"
        for name, value in record.items()
        if name in before and value not in before[name].split(", then ")
    }
    if changed:
        changes = "; ".join(f"{name} {values}" for name, values in changed.items())
        announce(
            f"not as when this study began: {changes}. Results may differ in rounding, and "
            "trainings by more than that"
        )
    if changed or not record.keys() <= before.keys():
        write_text(path, json.dumps({**record, **before, **changed}, indent=1))


def record_side_by_side(folder: Path, steps: int) -> None:
    """Note in environment.json the most steps that have run beside each other: how long a training
    took hangs on its neighbours then."""
    path = folder / "environment.json"
    record = read_mapping(path)
    before = str(record.get(SIDE_BY_SIDE, ""))
    if not before.isdecimal() or steps > int(before):
        write_text(path, json.dumps({**record, SIDE_BY_SIDE: str(steps)}, indent=1))


def drop_leftovers(folder: Path) -> None:
    """Delete half-written files of runs that were killed, in the study's own folders only."""
    paths = [*folder.glob(".*")]
    for part in ("bank", "steps", "best", "engine", "figures", "panels"):
        paths += (folder / part).rglob(".*")
    for path in filter(is_temporary, paths):
        drop(path)


def undo_damaged(steps: Sequence[Step], home: Path, announce: Callable[[str], None]) -> None:
    """Forget finished steps with a file that is gone or of another length than it was."""
    for step in steps:
        if step.has_record(home) and not step.is_whole(home):
            announce(f"{step.folder(home)}: damaged since it was done; done again: {step.title}")
            forget(step, home)


def forget(step: Step, home: Path) -> None:
    """Delete what a finished step has left, so that it is done again."""
    (step.folder(home) / DONE).unlink()
    # Without its record it is no result, also where some system keeps a file that others read.
    shutil.rmtree(step.folder(home), ignore_errors=True)
