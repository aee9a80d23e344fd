"""What kind of file an upload is, by its contents alone. The name that somebody gave it is never
asked for."""

from pathlib import Path

from pleura.data.readers.clips.containers import AVI, GIF, MP4, MPEG, WEBM, container_of
from pleura.data.readers.dicom.header import is_dicom
from pleura.data.readers.pillow import JPEG, PNG
from pleura.deploy.server.limits import RefusedError
from pleura.errors import PleuraError

TAKES = "PNG, JPEG, DICOM, or a clip (MP4, QuickTime, AVI, MPEG, WebM, GIF)"
ENDINGS = {MP4: ".mp4", AVI: ".avi", MPEG: ".mpeg", WEBM: ".webm", GIF: ".gif"}
HEAD = 512  # bytes
OTHERS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"#!", "a script"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"BM", "a BMP"),
)


def ending_for(path: Path) -> str:
    """The ending that a file must have to be read as what it is, such as `.png`.

    Raises RefusedError (415) for an empty file and for whatever is not taken, such as an archive, a
    pickle or a script.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise RefusedError(415, "The upload is empty.", f"Send the bytes of one file: {TAKES}.")
    if is_dicom(path):
        return ".dcm"
    if head.startswith(PNG):
        return ".png"
    if head.startswith(JPEG):
        return ".jpg"
    try:
        return ENDINGS[container_of(path)]
    except PleuraError:
        raise RefusedError(
            415, f"The file is {_called(head)}, which is not taken.", f"Give {TAKES}."
        ) from None


def _called(head: bytes) -> str:
    """What a file seems to be by its first bytes."""
    for start, name in OTHERS:
        if head.startswith(start):
            return name
    if head[0] == 0x80 and head[1:2] <= b"\x05":
        return "a pickle"
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        return "a text of HTML, XML or JSON"
    return "of an unknown kind"
