"""Rows of a table that name clips become rows of their frames."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.bank import Progress, file_digests
from pleura.data.clips.chosen import chosen_frames
from pleura.data.clips.settings import Frames
from pleura.data.clips.times import Times, frame_times, is_clip, may_move, remember_count
from pleura.data.manifest import Manifest
from pleura.data.readers import NO_SUCH_FILE, ReadError, errors_of, split_address
from pleura.errors import InputError, PleuraError
from pleura.files import digest_of, read_mapping, write_text
from pleura.wording import count, first_few

TIMES = "clip_times.json"
VERSION = 2  # of what is remembered: raised whenever the same clip would have other times
NAMED = 3
WRITE = "frames: {number: 8} (spread evenly) or frames: {per_second: 2}"


def refuse_clips(manifest: Manifest, folder: Path) -> None:
    """Raise InputError, which says what to write, where rows name clips, or DICOM files of several
    frames, as a whole. What is known of these is kept in `folder`."""
    if clips := [manifest.describe(row) for row in clip_rows(manifest, folder)]:
        raise InputError(
            f"{manifest.origin}: {count(len(clips), 'row')} of clips, and a study sees single "
            f"frames: {first_few(clips, NAMED)}. Write under data how many of each: {WRITE}; or "
            "name frames in the table, such as clip.mp4::17"
        )


def clip_rows(manifest: Manifest, folder: Path) -> list[int]:
    """The rows that name clips, or DICOM files of several frames, as a whole. What is known of
    these is kept in `folder`."""
    rows = _moving(manifest)
    files = [manifest.table["image"][row] for row in rows]
    return [
        row
        for row, file, known in zip(rows, files, _times(files, folder), strict=True)
        if (is_clip(Path(file)) if isinstance(known, str) else len(known) > 1)
    ]


def with_frames(
    manifest: Manifest,
    frames: Frames,
    folder: Path,
    progress: Progress = lambda done, of: None,
) -> Manifest:
    """The manifest with a row for each frame that a study sees, in the place of each row of a clip
    or a DICOM file of several frames. Rows of stills and of single frames stay as they are.

    Frames have all that their clip has; `video` is the address of the clip, `frame` the number,
    where the table does not say these. What is known of a clip is kept in `folder`. A clip that
    cannot be read is among the `problems`. Raises InputError where nothing is left.
    """
    images = manifest.table["image"].tolist()
    moving = _moving(manifest)
    times = _times([images[row] for row in moving], folder, progress)
    parts: dict[int, list[int]] = {}
    problems = []
    for row, known in zip(moving, times, strict=True):
        try:
            if isinstance(known, str):
                raise PleuraError(known)
            if len(known) > 1:
                parts[row] = chosen_frames(known, frames).tolist()
        except PleuraError as error:
            parts[row] = []
            problems.append(f"{manifest.describe(row)}: {error}")
    counts = [len(parts.get(row, [0])) for row in range(len(images))]
    rows = np.repeat(np.arange(len(images)), counts)
    problems = [*manifest.problems, *problems]
    if not len(rows):
        raise InputError(f"{manifest.origin}: no clip can be read.", problems)
    if not parts:
        return manifest
    table = manifest.table.iloc[rows].reset_index(drop=True)
    members = list(_members(parts, len(images)))
    of_clip = pd.Series([bool(member) for member in members])
    names = pd.Series([manifest.name(int(row)) for row in rows])
    table["image"] += [f"::{member}" if member else "" for member in members]
    table["video"] = table["video"].mask(of_clip & (table["video"] == ""), names)
    table["frame"] = table["frame"].mask(of_clip & (table["frame"] == ""), pd.Series(members))
    return replace(
        manifest,
        table=table,
        targets=None if manifest.targets is None else manifest.targets[rows],
        problems=tuple(problems),
        notes=(*manifest.notes, _note(frames, parts)),
    )


def _members(parts: dict[int, list[int]], rows: int) -> Iterator[str]:
    """The number of the frame of each row, "" for stills."""
    for row in range(rows):
        yield from map(str, parts[row]) if row in parts else [""]


def _note(frames: Frames, parts: dict[int, list[int]]) -> str:
    seen = sum(map(len, parts.values()))
    clips = sum(map(bool, parts.values()))
    how = (
        f"{frames.number} of each, spread evenly"
        if frames.number is not None
        else f"{frames.per_second:g} a second"
    )
    return f"{count(clips, 'clip')} seen by {count(seen, 'frame')}: {how}"


def _moving(manifest: Manifest) -> list[int]:
    """The rows that name a file as a whole which may hold several frames."""
    return [
        row
        for row, image in enumerate(manifest.table["image"])
        if image and split_address(image)[1] is None and may_move(Path(image))
    ]


def _times(
    images: list[str], folder: Path, progress: Progress = lambda done, of: None
) -> list[Times | str]:
    """The times of the frames of each file, or why it cannot be read; what was known is not read
    again."""
    workers = os.cpu_count() or 1
    digests = file_digests(images, folder, workers) if images else []
    keys = [digest_of([VERSION, digest]) for digest in digests]
    known = read_mapping(folder / TIMES)
    missing = [image for image, key in zip(images, keys, strict=True) if key not in known]
    found: dict[str, Times | str] = {}
    with ThreadPoolExecutor(workers) as pool:
        for image, times in zip(missing, pool.map(_times_or_reason, missing), strict=True):
            found[image] = times
            progress(len(found), len(missing))
    fresh = {
        key: times.tolist()
        for image, key in zip(images, keys, strict=True)
        if not isinstance(times := found.get(image, ""), str)
    }
    if fresh:
        write_text(folder / TIMES, json.dumps({**known, **fresh}))
    for image, key in zip(images, keys, strict=True):
        if image not in found:
            remember_count(Path(image), len(known[key]))
    return [
        found[image] if image in found else np.array(known[key], dtype=np.float64)
        for image, key in zip(images, keys, strict=True)
    ]


def _times_or_reason(image: str) -> Times | str:
    try:
        with errors_of(image):
            if not Path(image).is_file():
                raise PleuraError(NO_SUCH_FILE)
            return frame_times(Path(image))
    except ReadError as error:
        return error.reason
