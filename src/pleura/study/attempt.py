"""One step, done in a folder of its own, which takes the step's place once it is whole."""

import filecmp
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pleura.files import drop, is_temporary, put_in_place
from pleura.holders import Holder
from pleura.leases import Lease, hold
from pleura.study.context import Context, Progress
from pleura.study.step import DONE, Step
from pleura.study.steps.listed import kind_of

ATTEMPTS = "attempts"  # the folder beside that of the steps


def perform(
    step: Step,
    context: Context,
    progress: Progress,
    waiting: Callable[[Holder], None] = lambda holder: None,
) -> None:
    """Do a step that is missing, unless another process does it meanwhile, which is waited for.

    What a process left that was ended is gone on from. A process that was paused so long that
    another has taken the step over leaves nothing, and waits for the other one.
    """
    home, place = context.steps, context.out / ATTEMPTS / step.name
    done = False
    while not done:
        place.mkdir(parents=True, exist_ok=True)
        with hold(
            place / "lease", wait=True, waiting=waiting, unless=lambda: step.is_ready(home)
        ) as lease:
            done = lease is None or _attempt(step, place, lease, context, progress)
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):  # others are at work there
        place.parent.rmdir()


def _attempt(step: Step, place: Path, lease: Lease, context: Context, progress: Progress) -> bool:
    """Do a step while the lease holds; whether that was to the end."""
    own = replace(step, at=place / lease.token)
    final = context.steps / step.name

    def tell(what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
        lease.tell({"what": what, "done": done, "total": total, "figures": dict(figures)})
        progress(what, done, total, figures)

    try:
        _take_over(own, final, context)
        if not own.is_ready(context.steps):
            kind_of(step).perform(own, context, tell)
        if lease.holds():
            _put_in_place(own, context.steps)
            return True
    except Exception:  # as where the folder has become that of another process
        if lease.holds():
            raise
    shutil.rmtree(place / lease.token, ignore_errors=True)
    return False


def _take_over(own: Step, final: Path, context: Context) -> None:
    """Fill the attempt's folder with what an earlier attempt has left, or, of a step that is done
    but for some of its outputs, with the others."""
    assert own.at is not None
    earlier = [path for path in own.at.parent.iterdir() if path.is_dir()]
    for path in sorted(earlier, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        if own.at.exists():
            shutil.rmtree(path, ignore_errors=True)
            continue
        with suppress(OSError):
            path.replace(own.at)
    if own.has_record(context.steps) and not own.is_whole(context.steps):
        shutil.rmtree(own.at)  # some of its files are in their place already
    if not own.at.exists():
        if (final / DONE).exists():
            own.at.mkdir()
            for path in filter(Path.is_file, final.iterdir()):
                _link(path, own.at / path.name)
        else:
            try:  # what a run of an earlier version of pleura has begun
                final.replace(own.at)
            except OSError:
                own.at.mkdir()
    for path in filter(is_temporary, own.at.rglob(".*")):
        drop(path)


def clear_attempts(steps: Iterable[Step], context: Context) -> None:
    """Delete what is left of attempts at steps that are done, as by a process that was killed just
    then."""
    for step in steps:
        if step.is_ready(context.steps):
            shutil.rmtree(context.out / ATTEMPTS / step.name, ignore_errors=True)
    with suppress(OSError):
        (context.out / ATTEMPTS).rmdir()


def _link(path: Path, other: Path) -> None:
    """Another name for a file; a copy where the disk has no such names."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)


def _put_in_place(own: Step, steps: Path) -> None:
    """Give the attempt's folder the step's name; where that is there, its files, the record last.

    So a reader finds all that the record names, whenever it looks. A step that another process has
    done, while this one was paused since it looked whether its lease holds, stays as it is: files
    of both would be no result of either.
    """
    assert own.at is not None
    placed = replace(own, at=None)
    final = placed.folder(steps)
    final.parent.mkdir(exist_ok=True)
    if not final.exists():
        with suppress(OSError):  # somebody was faster
            put_in_place(own.at, final)
            return
    if placed.is_ready(steps):
        return
    final.mkdir(exist_ok=True)
    names = sorted((path.name for path in own.at.iterdir()), key=lambda name: name == DONE)
    for name in names:
        if not _are_same(own.at / name, final / name):  # which others may read just then
            put_in_place(own.at / name, final / name)


def _are_same(path: Path, other: Path) -> bool:
    """Whether two files have the same contents; also False where one is not there."""
    with suppress(OSError):
        return path.samefile(other) or filecmp.cmp(path, other, shallow=False)
    return False
