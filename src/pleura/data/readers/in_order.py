"""Reads images by several threads, and the frames of one clip by one of them, in order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import chain, groupby
from typing import TypeVar

from pleura.data.readers import split_address
from pleura.data.readers.clips.containers import SUFFIXES

T = TypeVar("T")
Result = TypeVar("Result")


def in_threads(
    pool: Executor, read: Callable[[T], Result], images: Sequence[T]
) -> Iterator[Result]:
    """What `read` gives of each of the `images`, in order.

    Addresses of one clip that follow each other are read by one thread: so it is decoded once,
    where their numbers grow.
    """
    numbered = enumerate(images)
    runs = [[image for _, image in run] for _, run in groupby(numbered, lambda each: _clip(*each))]
    return chain.from_iterable(pool.map(lambda run: [read(image) for image in run], runs))


def _clip(place: int, image: object) -> object:
    """What images that are read by one thread have in common: their clip; else nothing."""
    if isinstance(image, str):
        path, member = split_address(image)
        if member is not None and path.suffix.lower() in SUFFIXES:
            return path
    return place
