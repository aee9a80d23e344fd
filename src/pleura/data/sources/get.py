"""Gets a source: downloads, checks and unpacks it, or takes a copy, and lists its images."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

from pleura.data.sources.archive import unpack
from pleura.data.sources.download import Announce, Progress, download, quiet
from pleura.data.sources.images_table import Listed, write_images
from pleura.data.sources.reports import UNKNOWN
from pleura.data.sources.room import refuse_without_room
from pleura.data.sources.source import Archive, Source
from pleura.errors import InputError, PleuraError
from pleura.files import alone_in, is_temporary, put_in_place, write_text
from pleura.wording import count

MADE = ("images", "masks")  # folders of what sources write; a killed one leaves half of a file
UNSAID = ("", "unknown", UNKNOWN)  # labels of images of which nothing is known
ALGORITHMS = {"sha256": "SHA-256", "md5": "MD5"}


def get_source(
    source: Source,
    folder: Path,
    copy: Path | None = None,
    progress: Progress = quiet,
    announce: Announce = quiet,
) -> Listed:
    """Put a source into `folder`, or list the images of a `copy` of it, and write images.csv.

    Archives that are there are checked and used, so an archive can be downloaded by hand. Where no
    checksum is published, that of the first download is written beside it (`.sha256`) and checked
    from then on. The parts of a source made of several lie beside `folder`, each by its own name.
    `progress` and `announce` hear what is being done and waited for (see `download`).

    Raises PleuraError where there is no network; InputError for a wrong checksum, for an archive
    that cannot be unpacked safely, for a disk without the room, for a source that nobody may
    download without an account, for a copy that holds no image of it, and for files that are not
    laid out as its authors publish them.
    """
    if source.parts:
        beside = folder.parent
        parts = [
            get_source(part, beside / part.name, copy, progress, announce) for part in source.parts
        ]
        together = write_images((row for part in parts for row in part.rows), folder)
        told = tuple(sentence for part in (*parts, together) for sentence in part.told)
        left_out = sum((Counter(part.left_out) for part in parts), Counter[str]())
        absent = sum(part.absent for part in parts)
        return replace(together, absent=absent, left_out=left_out, told=told)
    if copy is None and not source.archives:
        raise InputError(f"{source.name}: cannot be downloaded without an account", how_to(source))
    if copy is not None and not copy.is_dir():
        raise InputError(f"{copy}: there is no such folder")
    others = f"waiting for another command that gets {source.name} into {folder}"
    with alone_in(folder, lambda: announce(others)):
        for made in MADE:
            for path in filter(is_temporary, (folder / made).rglob(".*")):
                path.unlink()
        return _get(source, folder, copy, progress, announce)


def _get(
    source: Source, folder: Path, copy: Path | None, progress: Progress, announce: Announce
) -> Listed:
    """See `get_source`; nobody else gets a source into this folder."""
    assert source.rows is not None
    if copy is None:
        refuse_without_room(source, folder)
        for archive in source.archives:
            _fetch(archive, folder, source, progress, announce)
    files = copy or folder / "files"
    progress(f"{source.name}: listing images", 0, 0)
    try:
        rows = list(source.rows(files, folder))
        if not rows:
            raise InputError(f"{files}: no image of {source.name} is there")
        named = ({**row, "source": row.get("source", source.name)} for row in rows)
        listed = write_images(named, folder)
        return replace(listed, told=(*listed.told, *_how_many(source, listed)))
    except InputError as error:
        raise InputError(error.heading, [*error.problems, *how_to(source)]) from error


def _how_many(source: Source, listed: Listed) -> tuple[str, ...]:
    """Sentences where there are more or fewer images than the authors of a source publish, and
    where some have no label."""
    there = len(listed.rows)
    told = []
    if source.images and there + listed.absent != source.images:
        published = count(source.images, "image")
        told += [f"{count(there, 'image')} of {source.name} here; its authors publish {published}"]
    said = [name for name in source.labels if any(name in row for row in listed.rows)]
    without = sum(all(row.get(name, "") in UNSAID for name in said) for row in listed.rows)
    if said and without:
        told.append(
            f"without a label: {without:,} of {count(there, 'image')} of {source.name}; if its "
            "authors tell of fewer, a table may be cut off: get it again"
        )
    return tuple(told)


def how_to(source: Source) -> list[str]:
    """What a user who has not the files of a source, or not all, can do."""
    cure = f"pleura data get {source.name} --from FOLDER lists the images of a copy"
    return [*filter(None, (source.access,)), f"its page is {source.page}", cure]


def _fetch(
    archive: Archive, folder: Path, source: Source, progress: Progress, announce: Announce
) -> None:
    """Download, check and unpack one file of a source, as far as that was not done."""
    kept = archive.kept(folder)
    if kept.exists():
        progress(f"{kept.name}: checking", 0, 0)
        digest = _verify(archive, kept, kept)
    else:
        digest = _download(archive, kept, source, progress, announce)
    files = archive.files(folder)
    if archive.packed and not files.exists():
        progress(f"{kept.name}: unpacking", 0, 0)
        files.parent.mkdir(parents=True, exist_ok=True)
        unpack(kept, files)
    # Only now: a page that a host sends in the place of an archive must not be the standard.
    if not (archive.sha256 or archive.md5):
        write_text(_note(kept), f"{digest}  {kept.name}\n")


def _download(
    archive: Archive, kept: Path, source: Source, progress: Progress, announce: Announce
) -> str:
    """Download a file to `kept` and return its digest."""
    try:
        partial = download(archive.url, kept, progress, announce)
    except InputError:
        raise
    except PleuraError as error:
        hints = [
            "give the same command again: it goes on where it broke, if the server can",
            f"or get it elsewhere and put it at {kept}; its page is {source.page}",
            *filter(None, (source.access,)),
        ]
        lines = "".join(f"\n  - {hint}" for hint in hints)
        raise PleuraError(f"cannot download {archive.url}: {error}{lines}") from error
    try:
        progress(f"{kept.name}: checking", 0, 0)
        digest = _verify(archive, partial, kept)
    except InputError:
        partial.unlink()
        raise
    put_in_place(partial, kept)
    return digest


def _verify(archive: Archive, file: Path, kept: Path) -> str:
    """The digest of `file`, which is or will be at `kept`. Raises InputError if it is not the right
    one."""
    note = _note(kept)
    noted = note.read_text(encoding="utf-8").split()[0] if note.exists() else ""
    published = archive.sha256 or archive.md5
    algorithm = "md5" if archive.md5 and not archive.sha256 else "sha256"
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, algorithm).hexdigest()
    expected = published or noted
    if expected and digest != expected:
        origin = "published" if published else f"of the first download, in {note.name}"
        raise InputError(
            f"{kept}: wrong checksum; {ALGORITHMS[algorithm]} is {digest}, not {expected} "
            f"({origin})",
            [
                f"delete {kept} if it is there and give the same command again; it may be damaged, "
                "or its authors have replaced it",
                *([] if published else [f"where they have, delete {note}, too"]),
            ],
        )
    return digest


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
