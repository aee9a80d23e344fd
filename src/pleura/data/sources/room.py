"""Whether a disk has the room for a source, before its download begins."""

from pathlib import Path
from shutil import disk_usage

from pleura.data.sources.download import in_bytes
from pleura.data.sources.source import Source
from pleura.errors import InputError


def room_for(source: Source, folder: Path) -> tuple[int, int]:
    """The bytes that a source still needs in `folder`, archives and what is unpacked of them, which
    takes at least as much again; and those that are free. Needs 0 where its size is not known."""
    wanted = {
        "archives": [it.kept(folder) for it in source.archives if it.packed],
        "files": [it.files(folder) for it in source.archives],
    }
    needed = 0
    for below, paths in wanted.items():
        if not all(path.exists() for path in paths):
            there = (folder / below).rglob("*")
            needed += max(source.bytes - sum(it.stat().st_size for it in there if it.is_file()), 0)
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return needed, disk_usage(place).free


def refuse_without_room(source: Source, folder: Path) -> None:
    """Raise InputError where the disk has not the room for what is still to come."""
    needed, free = room_for(source, folder)
    if needed > free:
        unpacked = ", archives and what is unpacked of them," if source.unpacked else ""
        raise InputError(
            f"{folder}: the disk is too full for {source.name}: {in_bytes(needed)}{unpacked} are "
            f"still to come, and {in_bytes(free)} are free",
            ["free some, or give a folder on another disk; what has come is kept"],
        )
