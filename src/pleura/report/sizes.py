"""How many images, clips and patients there are, in words: images of clips are frames."""

import re
from dataclasses import dataclass

import pandas as pd

from pleura.report.folder import Folder
from pleura.report.numbers import count, counts

SEEN = re.compile(r"(?P<clips>[\d,]+) clips? seen by (?P<frames>[\d,]+) frames?: (?P<how>.*)")
CLIPS = "clips"  # the column of their number, in tables of a study that has any


@dataclass(frozen=True)
class Seen:
    """What a study sees of its table: `clips`, whose rows became `frames` as `how` says, and
    `stills`, the other images. Without clips all are stills."""

    clips: int
    frames: int
    how: str
    stills: int

    @property
    def rows(self) -> int:
        """The rows of the table that are studied: one a clip or a still."""
        return self.clips + self.stills

    @property
    def noun(self) -> str:
        """What an image is called."""
        return "frame" if self.clips and not self.stills else "image"

    @property
    def told(self) -> str:
        """The clips and their frames, and the stills beside them; empty without clips."""
        if not self.clips:
            return ""
        stills = f"; {count(self.stills, 'still image')}" if self.stills else ""
        frames = count(self.frames, "frame")
        return f"{count(self.clips, 'clip')}, seen by {frames}: {self.how}{stills}"


def what_is_seen(folder: Folder) -> Seen:
    """The clips, frames and stills of a study's own table, by its notes."""
    images = number_of(folder.split.get("manifest", {}), "images")
    for note in folder.notes:
        if match := SEEN.fullmatch(note):
            clips, frames = (int(match[what].replace(",", "")) for what in ("clips", "frames"))
            return Seen(clips, frames, match["how"], max(images - frames, 0))
    return Seen(0, 0, "", images)


def total_of(folder: Folder) -> pd.DataFrame:
    """One row of `images`, `patients` and, where every image is of a clip, `clips` of the study;
    without rows where its split does not tell them."""
    seen, record = what_is_seen(folder), folder.split.get("manifest", {})
    if not seen.rows:
        return pd.DataFrame()
    total = {what: number_of(record, what) for what in ("images", "patients")}
    return pd.DataFrame([total | ({CLIPS: seen.clips} if seen.noun == "frame" else {})])


def number_of(record: object, what: str) -> int:
    """A number of the split's record of the manifest; 0 where it has none."""
    return int(record.get(what, 0)) if isinstance(record, dict) else 0


def sizes(table: pd.DataFrame, noun: str = "image") -> str:
    """`1,010 images of 731 patients`, or of frames `88 frames of 22 clips of 5 patients`, by those
    of the columns `images`, `clips` and `patients` that there are; with ranges where rows differ.
    """
    columns = {"images": noun, CLIPS: "clip", "patients": "patient"}
    told = []
    for column, what in columns.items():
        if column not in table or (column == CLIPS and noun != "frame"):
            continue
        low, high = table[column].agg(["min", "max"])
        told.append(counts(float(low), float(high), what))
    return " of ".join(told)


def has_clips(table: pd.DataFrame) -> bool:
    """Whether a table of counts tells of clips."""
    return CLIPS in table and bool((pd.to_numeric(table[CLIPS]) > 0).any())
