"""Lets go of all that this process keeps of the clips that it has read."""

from pleura.data.clips.sectors import forget_sectors
from pleura.data.clips.times import forget_counts
from pleura.data.readers.clips.coded_sizes import forget_sizes
from pleura.data.readers.clips.reader import ClipReader
from pleura.data.readers.listed import READERS


def forget_files() -> None:
    """Close clips that stay open for whoever asks for their next frame, and forget their sectors
    and lengths: where files are somebody else's, nothing of them may stay."""
    for reader in READERS:
        if isinstance(reader, ClipReader):
            reader.close()
    forget_sectors()
    forget_counts()
    forget_sizes()
