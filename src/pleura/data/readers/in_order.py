"""Reads images by several threads, and the frames of one clip by one of them, in order."""

import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from itertools import chain, groupby
from pathlib import Path
from typing import Any, TypeVar

from pleura.data.readers import ReadError, read_image, split_address
from pleura.data.readers.clips.containers import SUFFIXES
from pleura.data.readers.decoded import Decoded
from pleura.data.readers.dicom.reader import DicomReader

KEPT = 64_000_000  # bytes of the frames that a thread keeps
WHOLE = (*DicomReader.suffixes, *SUFFIXES)  # endings of files that are always read at full size

T = TypeVar("T")
Result = TypeVar("Result")


class _Run(threading.local):
    """The images that a thread reads one after the other, by their addresses, and those of them
    that were read before their turn."""

    def __init__(self) -> None:
        self.images: Sequence[object] = ()
        self.frames: dict[str, Decoded] = {}


_RUN = _Run()


class _ReadOnce:
    """Images that were read, by their addresses, what was made of them, and how many bytes more are
    kept."""

    def __init__(self) -> None:
        self.images: dict[str, Decoded] = {}
        self.made: dict[tuple[int, Hashable], Any] = {}
        self.free = 0

    def keep(self, image: str, decoded: Decoded) -> None:
        """Keep an image whose reader never reduces it, where there is room."""
        size = decoded.pixels.nbytes + (decoded.shown.pixels.nbytes if decoded.shown else 0)
        if size <= self.free and split_address(image)[0].suffix.lower() in WHOLE:
            self.free -= size
            self.images[image] = decoded


_READ_ONCE = _ReadOnce()


def in_threads(
    pool: Executor, read: Callable[[T], Result], images: Sequence[T]
) -> Iterator[Result]:
    """What `read` gives of each of the `images`, in order.

    Addresses of one clip that follow each other are read by one thread: so it is decoded once,
    where their numbers grow.
    """

    def read_run(run: Sequence[T]) -> list[Result]:
        _RUN.images, _RUN.frames = run, {}
        try:
            return [read(image) for image in run]
        finally:
            _RUN.images, _RUN.frames = (), {}

    numbered = enumerate(images)
    runs = [[image for _, image in run] for _, run in groupby(numbered, lambda each: _clip(*each))]
    return chain.from_iterable(pool.map(read_run, runs))


def read_in_turn(image: str, at_least: int | None = None) -> Decoded:
    """The image at an address, as `read_image` gives it, without reading it again where the thread
    has read it before its turn."""
    if image in _READ_ONCE.images:
        return _READ_ONCE.images[image]
    early = _RUN.frames.pop(image, None)
    decoded = read_image(image, at_least) if early is None else early
    _READ_ONCE.keep(image, decoded)
    return decoded


def made_once(image: Decoded, how: Hashable, make: Callable[[], Result]) -> Result:
    """What `make` makes of an image in the way that `how` names; kept as long as the image itself
    is (see `reading_once`)."""
    if not any(image is kept for kept in _READ_ONCE.images.values()):
        return make()
    key = (id(image), how)
    if key not in _READ_ONCE.made:
        _READ_ONCE.made[key] = make()
    result: Result = _READ_ONCE.made[key]
    return result


@contextmanager
def reading_once() -> Iterator[None]:
    """Keep DICOM images and frames of clips that are read within it, as far as `KEPT` goes, for
    whoever asks for them again before its end: at another size, say. Other images may be read at a
    reduced scale, and are read again. One process does this for one thing at a time."""
    _READ_ONCE.free = KEPT
    try:
        yield
    finally:
        _READ_ONCE.free = 0
        _READ_ONCE.images.clear()
        _READ_ONCE.made.clear()


def look_through(path: Path, numbers: Collection[int]) -> Iterator[Decoded]:
    """The frames of a clip with these numbers, in order.

    Frames that the thread has to read anyway are read on the way, and kept for their turn as far as
    `KEPT` goes: so the clip is decoded once for both. Raises ReadError for one of `numbers`.
    """
    in_run = {
        int(member): image
        for image in _RUN.images
        if isinstance(image, str)
        for of, member in [split_address(image)]
        if of == path and member is not None and member.isdecimal()
    }
    free, last = KEPT, max(numbers)
    for number in sorted({*numbers, *(each for each in in_run if each < last)}):
        try:
            decoded = read_image(f"{path}::{number}")
        except ReadError:
            if number in numbers:
                raise
            continue  # it will be told in its turn
        if number in in_run and (free := free - decoded.pixels.nbytes) >= 0:
            _RUN.frames[in_run[number]] = decoded
        if number in numbers:
            yield decoded


def _clip(place: int, image: object) -> object:
    """What images that are read by one thread have in common: their clip; else nothing."""
    if isinstance(image, str):
        path, member = split_address(image)
        if member is not None and path.suffix.lower() in SUFFIXES:
            return path
    return place
