"""Opens a clip by what its file holds."""

from pathlib import Path

from pleura.data.readers.clips.containers import GIF, container_of
from pleura.data.readers.clips.footage import Footage
from pleura.data.readers.clips.gif import Gif
from pleura.data.readers.clips.video import Video


def open_footage(path: Path) -> Footage:
    """Open a clip by the contents of its file, whatever its name is.

    Raises PleuraError for contents that are no clip, and for too many or too large frames.
    """
    container = container_of(path)
    if container == GIF:
        return Gif(path)
    return Video(path, container)
