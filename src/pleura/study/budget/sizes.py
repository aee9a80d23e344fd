"""Which sizes of images a study can have: those up to the size of the images that all of its
networks take."""

from collections.abc import Collection, Iterable

import numpy as np
import torch

from pleura.data.bank import Bank
from pleura.errors import InputError
from pleura.study.budget.rules import SIZES, sizes_for
from pleura.study.speeds import Subject

REFUSALS = (RuntimeError, AssertionError, ValueError, InputError)


def side_of(bank: Bank) -> int:
    """The side of the square that is decoded of an image, in its own pixels: the median of all that
    can be read, 0 where none can."""
    sides = bank.info[["width", "height"]].to_numpy(float)
    known = sides[(sides > 0).all(axis=1)]
    square = known.min(axis=1) if bank.fit == "crop" else known.max(axis=1)
    return int(np.median(square)) if len(square) else 0


def sizes_taken(subjects: Iterable[Subject], side: int, above: int = 0) -> tuple[int, ...]:
    """The sizes of the ladder, up to the `side` of the images and `above` another, that all
    networks take; where there are none, larger ones of the ladder, or the only size that a network
    takes.

    Raises InputError where no size suits them all.
    """
    each, own, refusals = list(subjects), set[int](), list[str]()
    wanted = [size for size in sizes_for(side) if size > above]
    if taken := _taken(each, wanted, own, refusals):
        return taken
    larger = [size for size in SIZES if size > max(side, above)]
    for sizes in (larger, [size for size in sorted(own) if size > above]):
        if taken := _taken(each, sizes, own, refusals):
            return taken
    raise InputError(
        "budget: no size of images suits all networks of this study; give data.size",
        [*dict.fromkeys(refusals)][:8],
    )


def _only_size(network: torch.nn.Module) -> int | None:
    """The size of the images of a network that takes no other."""
    sizes = [getattr(module, "size", None) for module in network.modules()]
    return next((size for size in sizes if isinstance(size, int)), None)


def _taken(
    subjects: Iterable[Subject], sizes: Collection[int], own: set[int], refusals: list[str]
) -> tuple[int, ...]:
    """Those of the `sizes` that all networks take, which are built one after another; `own` gets
    the only size of a network that has one, `refusals` what other sizes are told."""
    taken = list(sizes)
    for subject in subjects:
        network, kept = subject.build()[0].eval(), list[int]()
        own |= {size for size in [_only_size(network)] if size}
        for size in taken:
            try:
                with torch.inference_mode():
                    network(torch.zeros(1, 1, size, size))
                kept.append(size)
            except REFUSALS as error:
                refusals.append(f"{subject.network}, {size} px: {str(error).splitlines()[0]}")
        taken = kept
    return tuple(taken)
