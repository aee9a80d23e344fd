"""Freezing plans: which blocks of a U-Net, or of a classifier made of one, stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pleura.errors import InputError, nearest
from pleura.train.phase import Phase

if TYPE_CHECKING:
    from pleura.models.reverse import ReverseClassifier
    from pleura.models.unet import UNet

Blocks = list[tuple[str, ...]]

PLANS = {
    "none": "everything trains",
    "encoder": "the encoder is frozen",
    "bottleneck": "the encoder's last stage is frozen (Cheng & Lam 2021)",
    "first": "with a number, {first: 2}: so many blocks from the image on are frozen",
    "last": "with a number, {last: 2}: so many blocks before the output are frozen",
    "gradual": "the output trains, then one block more in each phase, towards the image",
    "encoder_then_all": "the encoder is frozen for half of the epochs, then everything trains at "
    "half the rate (Cheng & Lam 2021)",
}
COUNTED = ("first", "last")
SECOND_RATE = 0.5  # 1e-5, then 5e-6 in the paper


@dataclass(frozen=True)
class FreezingPlan:
    """One of `PLANS`, with the number of frozen `blocks` where it is one of `COUNTED`.

    Blocks are the encoder's stages and the decoder's blocks. What comes last, the output or the
    classifier, is none: it can start at random, so it trains in every phase. What is frozen keeps
    parameters and buffers bit for bit. (Cheng & Lam: arXiv 2110.02196.)
    """

    version: ClassVar[int] = 1
    """Raised whenever a plan comes to freeze otherwise than before."""

    name: str
    blocks: int = 0

    def phases(self, network: UNet | ReverseClassifier) -> tuple[Phase, ...]:
        """The fits to run, in order, with equal shares of the epochs.

        Raises InputError where the network has fewer blocks than shall be frozen.
        """
        *blocks, last = network.blocks()
        if self.blocks > len(blocks):
            raise InputError(
                f"freeze: {self.blocks} blocks are asked for, at most {len(blocks)} can be",
                [f"its blocks are: {', '.join(block[-1] for block in blocks)}"],
            )
        encoder = network.encoder_blocks()
        frozen: dict[str, list[Blocks]] = {
            "none": [[]],
            "encoder": [encoder],
            "bottleneck": [encoder[-1:]],
            "first": [blocks[: self.blocks]],
            "last": [blocks[len(blocks) - self.blocks :]],
            "gradual": [blocks[:count] for count in range(len(blocks), -1, -1)],
            "encoder_then_all": [encoder, []],
        }
        slow = self.name == "encoder_then_all"
        phases = []
        for held in frozen[self.name]:
            trains = frozenset(
                part for block in [*blocks, last] if block not in held for part in block
            )
            rates = dict.fromkeys(trains, SECOND_RATE) if slow and not held else {}
            phases.append(Phase(_named(held), trains, rates))
        return tuple(phases)


def make_freezing_plan(spec: str | Mapping[str, int]) -> FreezingPlan:
    """A freezing plan from a study file: `none`, `encoder`, ..., `{first: k}` or `{last: k}`.

    Raises InputError for anything else, with what there is.
    """
    if not isinstance(spec, str) and len(spec) != 1:
        raise InputError(f"freeze: one plan, not {list(spec)}")
    name, blocks = (spec, None) if isinstance(spec, str) else next(iter(spec.items()))
    if name not in PLANS:
        raise InputError(f"freeze: there is no '{name}'{nearest(name, PLANS)}")
    if name not in COUNTED:
        if blocks is not None:
            raise InputError(f"freeze: {name} takes no number; write `freeze: {name}`")
        return FreezingPlan(name)
    # A bool is an int in Python, not in a study file.
    if not isinstance(blocks, int) or isinstance(blocks, bool) or blocks < 1:
        raise InputError(
            f"freeze: {name} takes a number of blocks, 1 or more: `freeze: {{{name}: 2}}`"
        )
    return FreezingPlan(name, blocks)


def describe_plans() -> str:
    """The freezing plans, one line each."""
    return "\n".join(f"{name}: {what}" for name, what in PLANS.items())


def _named(held: Blocks) -> str:
    if not held:
        return "everything"
    first, last = held[0][-1], held[-1][-1]
    return f"{first} frozen" if first == last else f"{first} to {last} frozen"
