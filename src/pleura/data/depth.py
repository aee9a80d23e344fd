"""Which stored values are black and white: one rule for images of every bit depth.

An image of 8 bits keeps its values. A deeper one is brought to 8 bits from the full range of its
format, so that the same picture gives the same gray levels however it is stored. Nothing is fitted
to images, and so nothing to images that test; where files do not say what their full range is, the
user is asked.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.readers.decoded import BYTE, Decoded, FullRange, Range, in_bands
from pleura.errors import PleuraError

CENTRAL = (0.5, 99.5)  # percentiles: what lies outside of these may be labels or dead pixels
SLACK = 0.02  # of the full range: what resampling of fractions may overshoot
# No image of four real collections of 8 bits ended below a third of its range (99.5th percentile),
# while 12 bits in 16 end at a sixteenth, and 14 at a quarter.
DIM = 1 / 16  # of the full range: the span of an image that nobody would store so
DARK = 1 / 4  # where most deep images of a study end below this, they have fewer bits
KEY = "full_range"
NAMED = 3  # windows
WIDTHS = (8, 10, 12, 14, 16, 32)

Gray = NDArray[np.uint8]


@dataclass(frozen=True)
class Levels:
    """What the samples of one image span.

    `black` and `white` are the values shown so; `low` and `high` those between which all but the
    outermost samples lie. An image of 8 bits has 0 and 255 for both pairs, and so has one that is
    as its file wants it shown: `shown_by` then says by what, such as a window.
    """

    black: float
    white: float
    low: float
    high: float
    shown_by: str = ""


EIGHT_BITS = Levels(*BYTE, *BYTE)


class RangeError(PleuraError):
    """An image whose samples do not fit the full range that it is said to have."""

    def __init__(self, reason: str, levels: Levels) -> None:
        self.levels = levels
        super().__init__(reason)


def to_8_bits(
    decoded: Decoded, full_range: FullRange | None = None, *, believed: bool = True
) -> tuple[Gray, Levels]:
    """The pixels of an image as gray levels (h, w), and what they were made of.

    `full_range` gives the stored values that are black and white in images of more than 8 bits, or
    is "bits": then the file's format gives them. Without it an image is as its file wants it shown,
    or else as the format says. Bytes keep their values where it is given. Samples that are not a
    number become black. Raises RangeError where neither is known, where what the file wants shows
    nothing, where values lie outside of the range, and where they span less than a sixteenth of it.
    The last is accepted from a user who gives the range of these very images (`believed`), but not
    for fractions, whose format has a range of its own.
    """
    if full_range is None and decoded.shown is not None:
        return decoded.shown.pixels, replace(EIGHT_BITS, shown_by=decoded.shown.how)
    given = None if isinstance(full_range, str) else full_range
    pixels = decoded.pixels
    if full_range is None and decoded.unshown:
        raise RangeError(
            f"{decoded.unshown}; {KEY} sets it aside",
            _in_stored_values(_levels_of(decoded), decoded),
        )
    if pixels.dtype == np.uint8:
        return pixels, EIGHT_BITS
    levels = _levels_of(decoded, given)
    fractions = pixels.dtype.kind == "f" and decoded.full_range is not None
    _refuse_misfit(decoded, levels, given=given is not None and believed and not fractions)
    return in_bands(partial(_spread, black=levels.black, white=levels.white), pixels), levels


def stored_span(decoded: Decoded) -> Range:
    """The values, as they are stored, between which all but the outermost samples of an image lie;
    0 and 255 of bytes."""
    levels = _in_stored_values(_levels_of(decoded), decoded)
    return levels.low, levels.high


def _levels_of(decoded: Decoded, given: Range | None = None) -> Levels:
    """What the pixels of an image span, with the values that are `given` as black and white, or
    else those of its format, nan where it says none."""
    if decoded.pixels.dtype == np.uint8:
        return EIGHT_BITS
    black, white = given or decoded.full_range or (np.nan, np.nan)
    if given and decoded.negative_of is not None:
        black, white = decoded.negative_of - white, decoded.negative_of - black
    return Levels(black, white, *_central(decoded.pixels))


def _refuse_misfit(decoded: Decoded, levels: Levels, *, given: bool) -> None:
    """Raise RangeError unless black and white suit the samples. A constant image is always
    accepted, if black and white are known."""
    told = _in_stored_values(levels, decoded)
    values = f"values from {told.low:.6g} to {told.high:.6g}"
    if np.isnan(levels.black):
        raise RangeError(f"{values}, of a kind that says not what is black and white", told)
    if levels.low == levels.high:
        return
    span = levels.white - levels.black
    ends = sorted(_as_stored(value, decoded) for value in (levels.black, levels.white))
    misfit = f"{values}, but its full range is {ends[0]:.6g} to {ends[1]:.6g}"
    slack = SLACK * span
    if levels.low < levels.black - slack or levels.high > levels.white + slack:
        raise RangeError(misfit, told)
    if not given and levels.high - levels.low < DIM * span:
        raise RangeError(f"{misfit}: so it would be all but black or of one gray", told)


def _in_stored_values(levels: Levels, decoded: Decoded) -> Levels:
    """The levels with `low` and `high` as they are stored, for a user who says what is black."""
    if decoded.negative_of is None or levels is EIGHT_BITS:
        return levels
    low, high = sorted(_as_stored(value, decoded) for value in (levels.low, levels.high))
    return replace(levels, low=low, high=high)


def _as_stored(value: float, decoded: Decoded) -> float:
    return value if decoded.negative_of is None else decoded.negative_of - value


def _central(pixels: NDArray[Any]) -> tuple[float, float]:
    """The outer percentiles of the finite samples; the smallest and largest sample where those are
    equal; 0 and 0 where there is no finite sample."""
    finite = pixels if pixels.dtype.kind == "u" else pixels[np.isfinite(pixels)]
    if finite.size == 0:
        return 0.0, 0.0
    low, high = (float(value) for value in np.percentile(finite, CENTRAL))
    return (low, high) if low < high else (float(finite.min()), float(finite.max()))


def _spread(pixels: NDArray[Any], black: float, white: float) -> Gray:
    scaled = (pixels.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black))
    rounded: NDArray[Any] = np.rint(np.clip(np.nan_to_num(scaled, nan=0.0), 0, 255))
    return rounded.astype(np.uint8)


def deep(info: pd.DataFrame) -> NDArray[np.bool_]:
    """Which images of `Bank.info` (n,) have samples other than bytes."""
    byte = (info["window_low"] == BYTE[0]) & (info["window_high"] == BYTE[1])
    read = info["width"] > 0
    return np.asarray(read & ((info["bits"] > 8) | ~byte), dtype=np.bool_)


def range_advice(info: pd.DataFrame) -> str:
    """What a user should write where it is not known which values of deep images are black and
    white."""
    low, high = _span(info)
    black, white = likely_range(low, high)
    return (
        f"The values of images of more than 8 bits reach from {low:.6g} to {high:.6g}. Say under "
        f"data which of them are black and white, such as {KEY}: [{black:.6g}, {white:.6g}]."
    )


def advised_range(info: pd.DataFrame) -> Range:
    """The black and white that `range_advice` names."""
    return likely_range(*_span(info))


def _span(info: pd.DataFrame) -> Range:
    """Between which stored values all but the outermost samples of deep images lie."""
    samples = info[deep(info) & (info["shown_by"] == "")]
    return float(samples["low"].min()), float(samples["high"].max())


def likely_range(low: float, high: float) -> Range:
    """What a user may mean whose values reach from `low` to `high`: a guess to be confirmed."""
    if low < 0:
        return low, high
    bits = next((bits for bits in WIDTHS if high < 2**bits), WIDTHS[-1])
    return (0.0, 2.0**bits - 1) if high > 1 else (0.0, 1.0)


def dark(info: pd.DataFrame) -> str:
    """A sentence where most deep images end below a quarter of their full range, which is then
    probably wrong; else ""."""
    samples = info[deep(info) & (info["error"] == "") & (info["low"] < info["high"])]
    white = samples["window_high"] - samples["window_low"]
    ends = (samples["high"] - samples["window_low"]) / white
    if not len(samples) or ends.median() >= DARK:
        return ""
    return (
        f"{len(samples)} images of more than 8 bits end at {ends.median():.0%} of their full "
        f"range (median), {samples['window_high'].median():.6g}, so they probably have fewer bits "
        "than their files could hold"
    )


def depth_note(info: pd.DataFrame) -> tuple[str, ...]:
    """Notes for the report on how deep images became gray levels, and on those that are shown as
    their files want; none where there are no such images."""
    as_wanted = info["shown_by"] != ""
    return (*_by_full_range(info[deep(info) & ~as_wanted]), *_as_wanted(info[as_wanted]))


def _by_full_range(samples: pd.DataFrame) -> tuple[str, ...]:
    if not len(samples):
        return ()
    kinds = Counter(zip(samples["window_low"], samples["window_high"], strict=True))
    ranges = "; ".join(
        f"{count} from {low:.6g} (black) to {high:.6g} (white)"
        for (low, high), count in sorted(kinds.items())
    )
    return (f"images of more than 8 bits, shown by their full range: {ranges}",)


def _as_wanted(samples: pd.DataFrame) -> tuple[str, ...]:
    if not len(samples):
        return ()
    kinds = Counter(samples["shown_by"]).most_common()
    named = ", ".join(f"{count} by {how}" for how, count in kinds[:NAMED])
    more = f" and {len(kinds) - NAMED} more" if len(kinds) > NAMED else ""
    return (
        f"images shown by the window or VOI LUT of their own file: {len(samples)} ({named}{more}). "
        f"Windows can differ from site to site; {KEY} under data shows all images by one rule",
    )
