"""Which container a clip is in, by the first bytes of its file."""

from pathlib import Path

from pleura.errors import PleuraError

MP4, AVI, MPEG, WEBM, GIF = "MP4 or QuickTime", "AVI", "MPEG", "WebM", "GIF"
SUFFIXES = (".mp4", ".mov", ".avi", ".mpeg", ".mpg", ".webm", ".gif")
HEAD = 12  # bytes
BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")  # an MP4 begins with one
MPEG_STARTS = (b"\0\0\1\xba", b"\0\0\1\xb3")  # a program stream, or bare pictures


def container_of(path: Path) -> str:
    """The container of a clip. Raises PleuraError for anything else.

    FFmpeg would open whatever it knows, playlists too, which lead to other files and places.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head[4:8] in BOXES:
        return MP4
    if head.startswith(b"RIFF") and head[8:] == b"AVI ":
        return AVI
    if head.startswith(MPEG_STARTS):
        return MPEG
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    raise PleuraError(f"the contents are no clip: none of {', '.join((MP4, AVI, MPEG, WEBM, GIF))}")
